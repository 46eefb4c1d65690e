/**
 * Jaeger shows a list as JSON, `["a","b"]`, and its users search for what they see: the same list in the text form of the
 * store. Which numbers were integers does not show, so both readings of them are looked for. Lists of lists are not.
 */
import type {AnyValue} from '../model/index.ts';
import {valueText} from '../store/index.ts';

export function listTexts(text: string): readonly string[] {
  if (!text.startsWith('[')) return [];
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return [];
  }
  if (!Array.isArray(list)) return [];
  return [...new Set([readList(list, true), readList(list, false)].flatMap((one) => (one ? [valueText(one)] : [])))];
}

/** Undefined where it cannot be such a list. */
function readList(list: readonly unknown[], integers: boolean): AnyValue | undefined {
  const values: AnyValue[] = [];
  for (const one of list) {
    if (one === null) values.push({type: 'empty'});
    else if (typeof one === 'string') values.push({type: 'string', value: one});
    else if (typeof one === 'boolean') values.push({type: 'bool', value: one});
    else if (typeof one !== 'number') return undefined;
    else if (integers && Number.isSafeInteger(one)) values.push({type: 'int', value: BigInt(one)});
    else values.push({type: 'double', value: one});
  }
  return {type: 'array', value: values};
}
