import {randomFillSync} from 'node:crypto';
import type {IdGenerator} from '@opentelemetry/sdk-trace';

const pageBytes = 4_096;
const digits = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
const noSpan = '0'.repeat(16);
const noTrace = '0'.repeat(32);

/**
 * Ids from the system's random source, drawn a page at a time. Each is a text of its own, made in one step: a slice of a
 * longer text would hold all of that in memory and be slower to encode, as would two texts joined. Hot path: see
 * bench/instrument.ts.
 */
export function createIdGenerator(): IdGenerator {
  const page = new Uint8Array(pageBytes);
  let next = pageBytes;

  const take = (bytes: number): number => {
    if (next + bytes > pageBytes) {
      randomFillSync(page);
      next = 0;
    }
    next += bytes;
    return next - bytes;
  };
  const spanId = (): string => {
    const id = eightBytes(page, take(8));
    return id === noSpan ? spanId() : id;
  };
  const traceId = (): string => {
    const id = sixteenBytes(page, take(16));
    return id === noTrace ? traceId() : id;
  };
  return {generateSpanId: spanId, generateTraceId: traceId};
}

// Written out: a loop with an array of its own, or Buffer's conversion, takes twice the time.
function eightBytes(b: Uint8Array, at: number): string {
  return String.fromCharCode(
    digits[b[at]! >> 4]!,
    digits[b[at]! & 15]!,
    digits[b[at + 1]! >> 4]!,
    digits[b[at + 1]! & 15]!,
    digits[b[at + 2]! >> 4]!,
    digits[b[at + 2]! & 15]!,
    digits[b[at + 3]! >> 4]!,
    digits[b[at + 3]! & 15]!,
    digits[b[at + 4]! >> 4]!,
    digits[b[at + 4]! & 15]!,
    digits[b[at + 5]! >> 4]!,
    digits[b[at + 5]! & 15]!,
    digits[b[at + 6]! >> 4]!,
    digits[b[at + 6]! & 15]!,
    digits[b[at + 7]! >> 4]!,
    digits[b[at + 7]! & 15]!,
  );
}

function sixteenBytes(b: Uint8Array, at: number): string {
  return String.fromCharCode(
    digits[b[at]! >> 4]!,
    digits[b[at]! & 15]!,
    digits[b[at + 1]! >> 4]!,
    digits[b[at + 1]! & 15]!,
    digits[b[at + 2]! >> 4]!,
    digits[b[at + 2]! & 15]!,
    digits[b[at + 3]! >> 4]!,
    digits[b[at + 3]! & 15]!,
    digits[b[at + 4]! >> 4]!,
    digits[b[at + 4]! & 15]!,
    digits[b[at + 5]! >> 4]!,
    digits[b[at + 5]! & 15]!,
    digits[b[at + 6]! >> 4]!,
    digits[b[at + 6]! & 15]!,
    digits[b[at + 7]! >> 4]!,
    digits[b[at + 7]! & 15]!,
    digits[b[at + 8]! >> 4]!,
    digits[b[at + 8]! & 15]!,
    digits[b[at + 9]! >> 4]!,
    digits[b[at + 9]! & 15]!,
    digits[b[at + 10]! >> 4]!,
    digits[b[at + 10]! & 15]!,
    digits[b[at + 11]! >> 4]!,
    digits[b[at + 11]! & 15]!,
    digits[b[at + 12]! >> 4]!,
    digits[b[at + 12]! & 15]!,
    digits[b[at + 13]! >> 4]!,
    digits[b[at + 13]! & 15]!,
    digits[b[at + 14]! >> 4]!,
    digits[b[at + 14]! & 15]!,
    digits[b[at + 15]! >> 4]!,
    digits[b[at + 15]! & 15]!,
  );
}
