import {randomFillSync} from 'node:crypto';
import type {IdGenerator} from '@opentelemetry/sdk-trace';

/** Two bytes → four digits. */
const digits = Array.from({length: 0x1_0000}, (_, value) => value.toString(16).padStart(4, '0'));

/**
 * Ids from the system's random source, taken in pages: cheaper than the SDK's generator, which writes and formats a
 * buffer per id from Math.random(), and safe in forked and cloned processes. Hot path: see bench/instrument.ts.
 */
export function createIdGenerator(): IdGenerator {
  const page = new Uint16Array(2_048);
  let at = page.length;

  const four = (): string => {
    if (at + 4 > page.length) {
      randomFillSync(page);
      at = 0;
    }
    const text = digits[page[at]!]! + digits[page[at + 1]!]! + digits[page[at + 2]!]! + digits[page[at + 3]!]!;
    at += 4;
    return text;
  };
  const spanId = (): string => {
    const id = four();
    return id === '0000000000000000' ? spanId() : id; // All zeros is "invalid".
  };
  return {generateSpanId: spanId, generateTraceId: () => four() + spanId()};
}
