import {ProtoReader} from '../model/index.ts';
import type {SignalSchema} from './otlp-schema.ts';

/**
 * Where in a request the item is whose message starts at `offset`, as in JSON: `resourceSpans[0].scopeSpans[0].spans[3]`.
 * Reads the request once more from its start, which only a rejection costs, so that decoding itself keeps no path.
 */
export function protoPathAt(schema: SignalSchema, body: Uint8Array, offset: number): string {
  const reader = new ProtoReader(body);
  let start = 0;
  let end = body.length;
  /** Enters the field that holds the offset; of several occurrences, says which. */
  const enter = (isField: (tag: number) => boolean): {readonly tag: number; readonly index: number} | undefined => {
    let index = 0;
    for (let at = start; at < end; ) {
      at = reader.next(at, end);
      if (!isField(reader.tag)) continue;
      if (reader.from <= offset && offset <= at) {
        start = reader.from;
        end = at;
        return {tag: reader.tag, index};
      }
      index++;
    }
    return undefined;
  };
  const path: string[] = [];
  for (const [level, key] of schema.keys.entries()) {
    const found = enter((tag) => tag === (level === 0 ? 0x0a : 0x12));
    if (found !== undefined) path.push(`${key}[${found.index}]`);
  }
  if (schema.signal === 'metrics') {
    const {byTag} = schema.item;
    const data = enter((tag) => byTag[tag]?.kind === 'data');
    const point = enter((tag) => tag === 0x0a);
    if (data !== undefined && point !== undefined) path.push(byTag[data.tag]?.name ?? '', `dataPoints[${point.index}]`);
  }
  return path.join('.');
}
