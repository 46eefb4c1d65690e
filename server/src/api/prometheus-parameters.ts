/** Parameters of Prometheus's HTTP API, of the address and of a form alike, and its failures. */
import {type Expression, parse, placeIn, readDuration, type VectorSelector} from '../promql/index.ts';
import {ForeignFailure} from './errors.ts';
import {first, parseQuery, type Query} from './parameters.ts';
import type {RouteRequest} from './route.ts';

export const badData = (message: string): ForeignFailure => new ForeignFailure(400, message);
const invalid = (name: string, message: string): ForeignFailure => badData(`invalid parameter "${name}": ${message}`);

/** Those of the form come before those of the address. */
export function readForm({query, body}: RouteRequest): Query {
  const form = parseQuery(new TextDecoder().decode(body));
  for (const [name, values] of Object.entries(query)) form[name] = [...(form[name] ?? []), ...values];
  return form;
}

/** As many as JavaScript's dates have; the store's own bounds are narrower. */
const farthestMs = 8.64e15;

/** As it is written in decimals. */
const plainNumber = (text: string): number | undefined =>
  /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;

/** Milliseconds since 1970: seconds, or RFC 3339. */
export function readMoment(form: Query, name: string, fallback?: number): number {
  const text = first(form, name);
  if (text === '' && fallback !== undefined) return fallback;
  const seconds = plainNumber(text);
  const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  const millis = seconds === undefined ? date : Math.round(1000 * seconds);
  if (Number.isNaN(millis))
    throw invalid(name, `cannot parse ${JSON.stringify(text.slice(0, 100))} to a valid timestamp`);
  return Math.max(-farthestMs, Math.min(farthestMs, millis));
}

/** Milliseconds: seconds, or `1m30s`. */
export function readMillis(form: Query, name: string): number {
  const text = first(form, name);
  const seconds = plainNumber(text) ?? readDuration(text);
  if (seconds === undefined || Math.abs(seconds) > farthestMs / 1000)
    throw invalid(name, `cannot parse ${JSON.stringify(text.slice(0, 100))} to a valid duration`);
  return Math.round(1000 * seconds);
}

/** 0 without one, which is no limit. */
export function readLimit(form: Query): number {
  const text = first(form, 'limit');
  if (text === '') return 0;
  if (!/^\d{1,15}$/.test(text))
    throw invalid('limit', `cannot parse ${JSON.stringify(text.slice(0, 100))} to a valid limit`);
  return Number(text);
}

export function readExpression(text: string, name = 'query'): Expression {
  const parsed = parse(text);
  if (parsed.kind === 'ok') return parsed.value;
  const [fault] = parsed.faults;
  throw invalid(name, `${placeIn(text, fault?.position ?? 0)}: parse error: ${fault?.message}`);
}

/** Every `match[]`. */
export function readSelectors(form: Query): VectorSelector[] {
  return (form['match[]'] ?? []).map((text) => {
    const selector = readExpression(text, 'match[]');
    if (selector.kind !== 'vector' || selector.offset !== undefined || selector.moment !== undefined)
      throw invalid('match[]', `${JSON.stringify(text.slice(0, 100))} is no selector of series`);
    return selector;
  });
}
