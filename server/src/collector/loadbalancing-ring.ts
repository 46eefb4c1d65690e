/** The consistent ring of the Collector's load-balancing exporter, position by position, so that fleets of both agree. */
import {utf8Bytes} from '../base/index.ts';

/** 360 degrees with two digits behind the point. */
const positions = 36_000;
const pointsEach = 100;

export interface Ring {
  readonly endpoints: readonly string[];
  /** The index of the endpoint that a routing key belongs to: `length` bytes from `start`. */
  endpointOf(key: Uint8Array, start?: number, length?: number): number;
}

/** Where an endpoint's points lie; a later one on a taken position is left out. */
export function ringPoints(endpoints: readonly string[], each = pointsEach): ReadonlyMap<number, number> {
  const points = new Map<number, number>();
  for (const [index, endpoint] of endpoints.entries()) {
    const bytes = utf8Bytes(endpoint);
    const numbered = new Uint8Array(bytes.length + 1);
    numbered.set(bytes);
    for (let point = 0; point < each; point++) {
      numbered[bytes.length] = point;
      const position = crc32(numbered, 0, numbered.length) % positions;
      if (!points.has(position)) points.set(position, index);
    }
  }
  return points;
}

/** `endpoints` in the order in which they claim positions: sorted, as every resolver gives them. There is at least one. */
export function createRing(endpoints: readonly string[]): Ring {
  const points = ringPoints(endpoints);
  // The owner of each position: the next point at or after it, and past the last one the first.
  const owners = new Uint16Array(positions);
  let owner = points.get(Math.min(...points.keys())) as number;
  for (let position = positions - 1; position >= 0; position--) {
    owner = points.get(position) ?? owner;
    owners[position] = owner;
  }
  return {
    endpoints,
    endpointOf: (key, start = 0, length = key.length) => owners[crc32(key, start, length) % positions] as number,
  };
}

/** As `zlib.crc32`, without a view and a call into C++ for a few bytes. */
export function crc32(bytes: Uint8Array, start: number, length: number): number {
  let crc = 0xffff_ffff;
  for (let i = start; i < start + length; i++)
    crc = (crc >>> 8) ^ (table[(crc ^ (bytes[i] as number)) & 255] as number);
  return (crc ^ 0xffff_ffff) >>> 0;
}

const table = Uint32Array.from({length: 256}, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  return crc;
});
