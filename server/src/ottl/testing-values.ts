/** For tests: values of expressions, in plain form. */

import {goDuration, toHex} from '../base/index.ts';
import type {AnyBatch} from '../model/index.ts';
import {Compiler} from './compile.ts';
import type {OttlContext} from './context.ts';
import {pointAt} from './faults.ts';
import {createCache, Frame} from './frame.ts';
import {transformFunctions} from './functions.ts';
import {parseValue} from './parse.ts';
import {testSpan} from './testing.ts';
import {formatRfc3339} from './time-format.ts';
import {Duration, Id, isList, Time, type Value} from './value.ts';

/** The value of an expression on the first row, or an Error of its faults. */
export function evaluate(text: string, batch: AnyBatch = testSpan(), context: OttlContext = 'span'): unknown {
  const compiler = new Compiler(context, transformFunctions);
  const source = compiler.value(parseValue(text));
  if (compiler.faults.length > 0) throw new Error(compiler.faults.map((fault) => pointAt(text, fault)).join('\n'));
  const frame = new Frame(createCache());
  frame.batch = batch;
  frame.parent = 0;
  return plain(source.get(frame));
}

/** Maps as objects, times and durations as texts, ids as `id:…`. */
export function plain(value: Value): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, each]) => [key, plain(each)]));
  if (isList(value)) return value.map(plain);
  if (value instanceof Time) return formatRfc3339(value);
  if (value instanceof Duration) return goDuration(value.nanos);
  return value instanceof Id ? `id:${toHex(value.bytes)}` : value;
}
