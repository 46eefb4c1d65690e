/** A trace against another one or against what is usual, and before against after. */
import {type TraceId, unixNano, unixNanoFromMillis} from '../base/index.ts';
import {
  type Anatomy,
  compareTraces,
  compareWithUsual,
  dissect,
  explainLanguages,
  judgeMend,
  leastUsual,
  stepsOf,
} from '../insight/index.ts';
import {compareResponse, rootOf} from './compare-response.ts';
import type {CompareResponse, MendResponse} from './contract.ts';
import {ApiFailure} from './errors.ts';
import {type MendQuestion, mendResponse, mendSides} from './mend-response.ts';
import {duration, integer, moment, oneOf, required, text, unquotedEmpty, withDefault} from './parameters.ts';
import {inOrder} from './parameters-question.ts';
import {json, type Route, weftRoute} from './route.ts';
import type {Asking} from './sample-traces.ts';
import {traceIdOf} from './trace-id.ts';
import {usualTraces} from './usual-traces.ts';

/** Of a trace the earliest spans are looked at. */
const maxSpans = 100_000;
const mostUsual = 120;
/** Nanoseconds since 1970 that any part of Weft can have. */
const latest = 2n ** 63n - 1n;

const language = withDefault(oneOf(explainLanguages, 'The language of the texts.'), 'en');

export const compareRoutes: readonly Route[] = [
  weftRoute({
    method: 'GET',
    path: '/traces/:traceId/compare',
    summary:
      'A trace against another one, or against the usual traces of its operation: each step with what differs, and what it adds to the duration.',
    pathParameters: {traceId: 'The id in hexadecimal; leading zeros may be left out.'},
    parameters: {
      with: withDefault(text('The id of another trace, or `usual`.'), 'usual'),
      hours: withDefault(integer(1, 720, 'Of `usual`: how many hours before the trace are looked at.'), 6),
      language,
    },
    answer: 'CompareResponse',
    async handle({tenant, budget, path, values}, {source}) {
      const asking: Asking = {source, tenant, budget};
      const id = traceIdOf(path.traceId as string);
      const withId = values.with === 'usual' ? undefined : traceIdOf(values.with, 'with');
      const here = await anatomyOf(id, asking);
      const durations = here.trace.spans.duration;
      if (withId !== undefined) {
        const other = await anatomyOf(withId, asking);
        const comparison = compareTraces(stepsOf(here), stepsOf(other), {
          here: durations,
          other: other.trace.spans.duration,
        });
        return json(compareResponse(comparison, {here, other}, values.language) satisfies CompareResponse);
      }
      const {shape, start, end} = await usualTraces(here, {hours: values.hours, most: mostUsual}, asking);
      const comparison = compareWithUsual(stepsOf(here), shape, durations);
      if (comparison !== undefined) {
        return json(
          compareResponse(comparison, {here, range: {start, end}}, values.language) satisfies CompareResponse,
        );
      }
      const [service, operation] = rootOf(here);
      return json({
        state: 'too_few',
        ...{traceId: here.trace.traceId, with: 'usual', language: values.language, service, operation},
        durationNanos: here.trace.total,
        usual: {traces: shape.count, least: leastUsual, start: `${start}`, end: `${end}`},
      } satisfies CompareResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/mend',
    summary:
      'Did the mend work? Requests of a service or operation before a moment against after it, or with one value of an attribute against another: durations, errors, retries and each step, with a verdict that knows chance.',
    parameters: {
      service: required(text('The service that was mended, or whose answers should be better for it.')),
      operation: text('Only requests of this span name. `""` is that of spans without a name.'),
      at: moment('The moment of the mend.'),
      window: withDefault(
        duration('How long before and after `at`, or before now by an attribute.'),
        3_600_000_000_000n,
        '1h',
      ),
      by: text('The key of an attribute, such as `service.version`, instead of a moment.'),
      before: text('Its value before the mend.'),
      after: text('Its value after the mend.'),
      end: withDefault(moment('By an attribute: up to here.'), undefined, 'now'),
      language,
    },
    answer: 'MendResponse',
    async handle({tenant, budget, values}, {source, clock}) {
      const {service, operation, at, window, by, before, after} = values;
      if (window === 0n) {
        const expected = {phrase: 'duration', values: {}} as const;
        throw new ApiFailure('parameter_invalid', {parameter: 'window', given: '"0s"', expected}, 'window');
      }
      const now = values.end ?? unixNanoFromMillis(clock.now());
      const since = (end: bigint) => unixNano(end > window ? end - window : 0n);
      let question: MendQuestion['sides'];
      if (by !== undefined) {
        if (at !== undefined) throw new ApiFailure('mend_both', {}, 'at');
        if (before === undefined) throw new ApiFailure('mend_value_missing', {parameter: 'before', key: by}, 'before');
        if (after === undefined) throw new ApiFailure('mend_value_missing', {parameter: 'after', key: by}, 'after');
        if (before === after)
          throw new ApiFailure('mend_values_equal', {given: JSON.stringify(after), key: by}, 'after');
        const range = {start: since(now), end: now};
        question = {before: {...range, by, value: before}, after: {...range, by, value: after}};
      } else {
        if (at === undefined) throw new ApiFailure('mend_neither', {}, 'at');
        for (const parameter of ['before', 'after', 'end'] as const)
          if (values[parameter] !== undefined) throw new ApiFailure('mend_value_unused', {parameter}, parameter);
        const end = at + window;
        question = {
          before: {start: since(at), end: unixNano(at > 0n ? at - 1n : 0n)},
          after: {start: at, end: unixNano(end > latest ? latest : end)},
        };
        inOrder(question.after.start, question.after.end, 'at');
      }
      const entry = {service, operation: operation === undefined ? undefined : unquotedEmpty(operation)};
      const sides = await mendSides({entry, sides: question}, {source, tenant, budget});
      const mend = judgeMend(sides.before.requests, sides.after.requests);
      return json(mendResponse(mend, {entry, sides: question}, sides, values.language) satisfies MendResponse);
    },
  }),
];

async function anatomyOf(id: TraceId, {source, tenant, budget}: Asking): Promise<Anatomy> {
  const batch = await source.traces(tenant, [id], {budget, maxSpans});
  if (batch === undefined) throw new ApiFailure('trace_missing', {trace: id});
  return dissect(batch);
}
