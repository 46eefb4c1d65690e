/** For tests: the attributes of a row in plain form. */
import {type AnyBatch, type RangeColumn, readAttributes} from '../model/index.ts';
import {plain} from './testing-values.ts';
import {mapFromAny} from './value.ts';

/** Fails where a key is there twice. */
export function attributesOf(batch: AnyBatch, column: RangeColumn, row: number): Record<string, unknown> {
  const list = readAttributes(batch, column.from(row), column.count(row));
  const keys = list.map(({key}) => key);
  if (new Set(keys).size < keys.length) throw new Error(`an attribute is there twice: ${keys.join(', ')}`);
  return plain(mapFromAny(list)) as Record<string, unknown>;
}
