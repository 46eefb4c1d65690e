/** The consistent ring of the Collector's load-balancing exporter, position by position, so that fleets of both agree. */
import {utf8Bytes} from '../base/index.ts';

/** A prime, so that the points spread evenly. */
export const positions = 131_071;
const pointsEach = 200;
/** How far a point moves on when another has its position; one that finds no room by then is left out. */
const probes = 10;

export interface Ring {
  readonly endpoints: readonly string[];
  /** The index of the endpoint that a routing key belongs to: `length` bytes from `start`. */
  endpointOf(key: Uint8Array, start?: number, length?: number): number;
}

/** Where the endpoints' points lie. Their order does not matter: points claim positions in the order of their hashes. */
export function ringPoints(endpoints: readonly string[], each = pointsEach): ReadonlyMap<number, number> {
  const wanted = endpoints.flatMap((endpoint, index) => {
    const bytes = utf8Bytes(endpoint);
    const numbered = new Uint8Array(bytes.length + 4);
    numbered.set(bytes);
    const view = new DataView(numbered.buffer);
    return Array.from({length: each}, (_, point) => {
      view.setUint32(bytes.length, point, true);
      const hash = crc32(numbered, 0, numbered.length);
      return {position: hash % positions, hash, bytes, index};
    });
  });
  wanted.sort((a, b) => a.position - b.position || a.hash - b.hash || Buffer.compare(a.bytes, b.bytes));
  const points = new Map<number, number>();
  for (const {position, index} of wanted) {
    let at = position;
    let probed = 0;
    for (; points.has(at) && probed < probes; probed++) at = (at + 1) % positions;
    if (probed < probes) points.set(at, index);
  }
  return points;
}

/** There is at least one endpoint. */
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
