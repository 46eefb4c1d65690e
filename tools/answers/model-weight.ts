/**
 * How many spans a stored one stands for, read plainly: `th` of the member `ot` is the share of 2^56 that was sampled out. Whole counts
 * only are sure here; of others the code that counts before sampling says which way a span's id rounds them.
 */
import {spanWeight} from '../../server/src/red/index.ts';
import type {Span} from './span.ts';

/** Of tracestates as `generate.ts` makes them: `th` comes once, or not at all. */
export function probabilityOf({traceState}: Span): number {
  const digits = /(?:^|,)\s*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})(?:[;,]|$)/.exec(traceState)?.[1];
  return digits === undefined ? 1 : 1 - Number.parseInt(digits, 16) / 16 ** digits.length;
}

export function weightOf(span: Span): number {
  const adjusted = 1 / probabilityOf(span);
  return Number.isInteger(adjusted) ? adjusted : spanWeight(probabilityOf(span), Buffer.from(span.spanId, 'hex'), 0);
}

export const sumOfWeights = (spans: readonly Span[]): number => spans.reduce((sum, span) => sum + weightOf(span), 0);
