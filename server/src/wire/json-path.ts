import {MalformedError} from '../base/index.ts';
import {array, JsonReader, object} from './json-reader.ts';

/**
 * Where in a JSON text an offset is: `resourceSpans[0].scopeSpans[1].spans[3].traceId`; empty at the top.
 *
 * Reads the text once more from its start, which only a failure costs, so that reading itself keeps no path.
 */
export function jsonPathAt(bytes: Uint8Array, offset: number): string {
  const reader = new JsonReader(bytes);
  const path: string[] = [];
  try {
    descend(reader, offset, path);
  } catch (error) {
    // The text itself breaks off there: what was entered until then is the path.
    if (!(error instanceof MalformedError)) throw error;
  }
  return path.join('').replace(/^\./, '');
}

/** Walks the value that follows; true, with its path, once the offset is reached. */
function descend(reader: JsonReader, offset: number, path: string[]): boolean {
  const byte = reader.peek();
  if (reader.at >= offset || path.length > maxSteps) return true;
  if (byte !== object.open && byte !== array.open) {
    reader.skip();
    return reader.at > offset;
  }
  const container = byte === object.open ? object : array;
  if (!reader.enter(container)) return reader.at > offset;
  let index = 0;
  do {
    reader.peek();
    if (reader.at >= offset && container === object) return true;
    path.push(container === object ? keyStep(reader) : `[${index++}]`);
    if (descend(reader, offset, path)) return true;
    path.pop();
  } while (reader.more(container));
  return reader.at > offset;
}

/** Deeper paths are cut: they tell nothing more. */
const maxSteps = 64;

function keyStep(reader: JsonReader): string {
  reader.key();
  const key = reader.text();
  return /^[A-Za-z_]\w{0,80}$/.test(key) ? `.${key}` : `[${JSON.stringify(key.slice(0, 40))}]`;
}
