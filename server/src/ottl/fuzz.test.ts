/** Statements put together by chance: they compile or have faults, and run or throw OttlError. Nothing else may come of them. */
import {expect, it} from 'vitest';
import {copyBatch} from '../model/index.ts';
import type {FunctionDefinition, Parameter} from './function.ts';
import {compileStatement, OttlError, transformFunctions} from './index.ts';
import {testSpan} from './testing.ts';

/** Mulberry32: numbers in [0, 1) that a seed decides. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const paths = [
  'name',
  'kind',
  'attributes',
  'attributes["a"]',
  'attributes["list"]',
  'attributes["map"]["x"]',
  'resource.attributes',
  'status.code',
  'start_time',
  'trace_id',
  'trace_state["key1"]',
  'cache["c"]',
  'events',
];
const literals = [
  '"a"',
  '"(?P<x>.)"',
  '""',
  '1',
  '-1',
  '0',
  '1.5',
  'true',
  'nil',
  '0x0a0b',
  '[1, "a"]',
  '{"k": [1]}',
  'SPAN_KIND_SERVER',
  '"%Y"',
  '"10s"',
  '"/a/@b"',
  '"<a b=\\"c\\">d</a>"',
  '"base64"',
];
const pieces = [
  'set(',
  'where',
  'and',
  'or',
  'not',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  ',',
  '==',
  '<',
  '+',
  '/',
  '=',
  '.',
  '=>',
  '"',
  '\\',
  ...paths,
  ...literals,
];
const definitions = [...transformFunctions.values()];
const converters = definitions.filter(({kind}) => kind === 'converter');
const editors = definitions.filter(({kind}) => kind === 'editor');

function statement(random: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const value = (depth: number): string => {
    const kind = random();
    if (depth > 2 || kind < 0.35) return pick(literals);
    if (kind < 0.6) return pick(paths);
    if (kind < 0.7) return `${value(depth + 1)} ${pick(['+', '-', '*', '/'])} ${value(depth + 1)}`;
    if (kind < 0.75) return `(${pick(['k, v', '_, v', 'a, k, v', ''])}) => ${value(depth + 1)}`;
    return call(pick(converters), depth + 1);
  };
  /** Mostly what the parameter takes. */
  const argument = ({type, arity = 0}: Parameter, depth: number): string => {
    if (random() < 0.05) return value(depth);
    switch (type) {
      case 'literal string':
        return pick(['"a"', '"key"', '"value"', '"%Y"', '"asc"', '"base64"', '"/a/b"', '"upsert"', '"1.40.0"']);
      case 'literal strings':
        return '["a", "b"]';
      case 'literal int':
        return pick(['0', '3', '-1']);
      case 'literal number':
        return pick(['2', '0.5']);
      case 'literal numbers':
        return '[1.0, 2.0]';
      case 'literal bool':
        return 'true';
      case 'target':
        return pick(paths);
      case 'map target':
        return pick(['attributes', 'attributes["map"]', 'cache', 'resource.attributes']);
      case 'function':
        return pick(['SHA256', 'ToUpperCase', 'Len']);
      case 'lambda':
        return `(${['a', 'b', 'c'].slice(0, arity).join(', ')}) => ${value(depth)} == ${arity > 1 ? 'b' : value(depth)}`;
      case 'map':
        return pick(['attributes', '{"k": [1]}', 'attributes["map"]']);
      default:
        return value(depth);
    }
  };
  const call = ({name, parameters}: FunctionDefinition, depth: number): string => {
    const list = Object.values(parameters).filter(({optional}) => !optional || random() < 0.5);
    return `${name}(${list.map((parameter) => argument(parameter, depth)).join(', ')})`;
  };
  if (random() < 0.25) return Array.from({length: 12}, () => pick(pieces)).join(random() < 0.5 ? ' ' : '');
  const written = `${call(pick(editors), 0)} where ${value(0)} ${pick(['==', '!=', '<', '>='])} ${value(0)}`;
  if (random() < 0.7) return written;
  const at = Math.floor(random() * written.length);
  return written.slice(0, at) + written.slice(at + 1 + Math.floor(random() * 4));
}

it('ottl: statements by chance compile or have faults in their text, and run or fail as OTTL does', () => {
  const seed = Number(process.env.WEFT_OTTL_SEED ?? 20_260_807);
  const random = randomOf(seed);
  const whole = testSpan({a: 'x', list: [1, 'two', 3.5], map: {x: {y: 1}}});
  let compiledCount = 0;
  for (let round = 0; round < 3000; round++) {
    const text = statement(random);
    try {
      const compiled = compileStatement(text, 'span', {functions: transformFunctions});
      if (compiled.kind === 'faulty') {
        for (const {position} of compiled.faults) expect(position).toBeLessThanOrEqual(text.length);
        continue;
      }
      compiledCount++;
      const batch = copyBatch(whole);
      compiled.value.run(batch, 0);
      copyBatch(batch);
    } catch (error) {
      if (!(error instanceof OttlError)) throw new Error(`seed ${seed}, round ${round}: ${text}`, {cause: error});
    }
  }
  expect(compiledCount).toBeGreaterThan(100);
});
