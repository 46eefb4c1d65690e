import {randomBytes} from 'node:crypto';
import type {IdGenerator} from '@opentelemetry/sdk-trace';

const pageBytes = 4_096;
const spanDigits = 16;
const invalid = '0'.repeat(spanDigits);

/**
 * Ids from the system's random source, formatted a page at a time: cheaper than the SDK's generator, which writes and
 * formats a buffer per id from Math.random(). Hot path: see bench/instrument.ts.
 */
export function createIdGenerator(): IdGenerator {
  let page = '';
  let at = 0;

  const spanId = (): string => {
    if (at + spanDigits > page.length) {
      page = randomBytes(pageBytes).toString('hex');
      at = 0;
    }
    const id = page.slice(at, at + spanDigits);
    at += spanDigits;
    return id === invalid ? spanId() : id;
  };
  return {generateSpanId: spanId, generateTraceId: () => spanId() + spanId()};
}
