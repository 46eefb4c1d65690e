import type {ReadableLogRecord} from '@opentelemetry/sdk-logs';
import type {ReadableSpan} from '@opentelemetry/sdk-trace';

/** The bytes of an item and of one value beside their text: objects, ids, times. */
const perItem = 512;
const perValue = 64;

/** Bytes that a waiting item holds, near enough for a bound. For items that are encoded a batch at a time. */
export function spanSize(span: ReadableSpan): number {
  let size = perItem + textSize(span.name) + textSize(span.status.message) + valueSize(span.attributes, 0);
  for (const {name, attributes} of span.events) size += perItem + textSize(name) + valueSize(attributes, 0);
  for (const {attributes} of span.links) size += perItem + valueSize(attributes, 0);
  return size;
}

export const recordSize = (record: ReadableLogRecord): number =>
  perItem + valueSize(record.body, 0) + valueSize(record.attributes, 0);

const textSize = (text: string | undefined): number => (typeof text === 'string' ? Buffer.byteLength(text) : 0);

function valueSize(value: unknown, depth: number): number {
  if (typeof value === 'string') return perValue + textSize(value);
  if (typeof value !== 'object' || value === null) return perValue;
  if (ArrayBuffer.isView(value)) return perValue + value.byteLength;
  if (depth === maxDepth) return perValue;
  let size = perValue;
  for (const key of Object.keys(value)) {
    if (!Array.isArray(value)) size += textSize(key);
    size += valueSize((value as Record<string, unknown>)[key], depth + 1);
  }
  return size;
}

/** Cycles end here; the encoders would not end at all. */
const maxDepth = 32;
