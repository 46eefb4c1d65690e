/** Sampling and log levels at run time: what applications ask, and what people set. */
import {parseDuration} from '../base/index.ts';
import {number, oneOf as oneOfValues, string} from '../config/index.ts';
import type {
  InstrumentSettings,
  Override,
  OverrideChange,
  OverridesResponse,
  SamplingChange,
  SamplingResponse,
} from './contract.ts';
import {ApiFailure} from './errors.ts';
import {bodyField, jsonBody} from './json-body.ts';
import {oneOf, parseMoment, required, text} from './parameters.ts';
import {json, type Route, weftRoute} from './route.ts';

const kinds = ['logLevel', 'sampling'] as const satisfies readonly Override['what'][];
const servicePath = {service: 'The name of the service; `*` for every service.'};
const maxNameLength = 512;
const maxNoteLength = 1000;
const hour = 3_600_000;
const longest = 30 * 24 * hour;

export const samplingRoutes: readonly Route[] = [
  weftRoute({
    method: 'GET',
    path: '/sampling',
    summary: "How much of each service's traffic is kept, and why.",
    parameters: {service: text('Only this service, then with all of its operations.')},
    answer: 'SamplingResponse',
    async handle({tenant, values}, {control}) {
      return json((await control.sampling(tenant, values.service)) satisfies SamplingResponse);
    },
  }),
  weftRoute({
    method: 'PUT',
    path: '/sampling',
    summary: 'Changes mode, budget or probability, from now on and over restarts.',
    parameters: {},
    body: 'SamplingChange',
    answer: 'SamplingResponse',
    async handle({tenant, body}, {control}) {
      const {modes} = await control.sampling(tenant);
      const change: SamplingChange = jsonBody(body, {
        mode: bodyField(() => oneOfValues(...modes), 'one_of', {options: modes.join(', ')}),
        budget: bodyField((words) => number((value) => value > 0, words), 'number_above_0'),
        probability: share,
      });
      if (Object.keys(change).length === 0) throw nothingToSet('mode, budget or probability');
      if (!(await control.changeSampling(tenant, change))) {
        throw new ApiFailure('tenants_full', {});
      }
      return json((await control.sampling(tenant)) satisfies SamplingResponse);
    },
  }),
  weftRoute({
    method: 'DELETE',
    path: '/sampling',
    summary: 'Brings mode, budget and probability back to what the configuration says. Overrides stay.',
    parameters: {},
    answer: 'SamplingResponse',
    async handle({tenant}, {control}) {
      await control.changeSampling(tenant, undefined);
      return json((await control.sampling(tenant)) satisfies SamplingResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/instrument/settings',
    summary: 'The settings in force for one service; its program asks for them every few seconds. With ETag and 304.',
    parameters: {service: required(text('The name of the service.'))},
    answer: 'InstrumentSettings',
    async handle({tenant, values}, {control}) {
      const value = (await control.instrumentSettings(tenant, values.service)) satisfies InstrumentSettings;
      return {kind: 'json', value, etag: true};
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/instrument/overrides',
    summary: 'Log levels and probabilities that people have set for a time.',
    parameters: {},
    answer: 'OverridesResponse',
    async handle({tenant}, {control}) {
      return json({overrides: await control.overrides(tenant)} satisfies OverridesResponse);
    },
  }),
  weftRoute({
    method: 'PUT',
    path: '/instrument/overrides/:service',
    summary: 'Sets a log level, a sampling probability, or both, for a service and a time.',
    pathParameters: servicePath,
    parameters: {},
    body: 'OverrideChange',
    answer: 'OverridesResponse',
    async handle({tenant, path, body}, {control, clock}) {
      const service = serviceOf(path.service as string);
      const change: OverrideChange = jsonBody(body, overrideChange);
      if (change.logLevel === undefined && change.probability === undefined)
        throw nothingToSet('logLevel or probability');
      const until = endOf(change, clock.now());
      const {setBy = '', note = ''} = change;
      const values = {logLevel: change.logLevel, sampling: change.probability};
      for (const what of kinds) {
        const value = values[what];
        if (value === undefined) continue;
        if (!(await control.setOverride(tenant, {service, what, value, until, setBy, note}))) {
          throw new ApiFailure('overrides_full', {});
        }
      }
      return json({overrides: await control.overrides(tenant)} satisfies OverridesResponse);
    },
  }),
  weftRoute({
    method: 'DELETE',
    path: '/instrument/overrides/:service',
    summary: 'Ends what was set for a service; what there is for `*` holds for it again.',
    pathParameters: servicePath,
    parameters: {what: oneOf(kinds, 'Only this; without it both.')},
    answer: 'OverridesResponse',
    async handle({tenant, path, values}, {control}) {
      const service = serviceOf(path.service as string);
      const cleared = [];
      for (const what of values.what === undefined ? kinds : [values.what]) {
        if (await control.clearOverride(tenant, service, what)) cleared.push(what);
      }
      if (cleared.length === 0) {
        throw new ApiFailure('override_missing', {service: JSON.stringify(service)});
      }
      return json({overrides: await control.overrides(tenant)} satisfies OverridesResponse);
    },
  }),
];

const share = bodyField((words) => number((value) => value >= 0 && value <= 1, words), 'share');
const short = bodyField((words) => string((value) => value.length <= maxNoteLength, words), 'short_text', {
  most: maxNoteLength,
});

const overrideChange = {
  /** Levels are the loggers' own; `@weft/instrument` passes over one that a logger does not have. */
  logLevel: bodyField((words) => string((value) => /^[A-Za-z][A-Za-z0-9_-]{0,31}$/.test(value), words), 'level'),
  probability: share,
  for: bodyField((words) => string(() => true, words), 'lasting'),
  until: bodyField((words) => string(() => true, words), 'day_and_time'),
  setBy: short,
  note: short,
};

/** Milliseconds since 1970. */
function endOf(change: {readonly for?: string; readonly until?: string}, now: number): number {
  if (change.for !== undefined && change.until !== undefined) {
    throw new ApiFailure('override_ends_twice', {}, 'until');
  }
  const name = change.until === undefined ? 'for' : 'until';
  let millis = hour;
  if (change.for !== undefined) {
    const nanos = parseDuration(change.for);
    if (nanos === undefined) throw new ApiFailure('override_not_duration', {given: JSON.stringify(change.for)}, 'for');
    millis = Number(nanos / 1_000_000n);
  } else if (change.until !== undefined) {
    const moment = parseMoment(change.until);
    if (moment === undefined) {
      throw new ApiFailure('override_not_moment', {given: JSON.stringify(change.until)}, 'until');
    }
    millis = Number(moment / 1_000_000n) - now;
  }
  if (millis < 1000) throw new ApiFailure('override_short', {}, name);
  if (millis > longest) throw new ApiFailure('override_long', {}, name);
  return Math.round(now + millis);
}

function serviceOf(name: string): string {
  if (name !== '' && name.length <= maxNameLength) return name;
  throw new ApiFailure('service_name_invalid', {most: maxNameLength}, 'service');
}

const nothingToSet = (fields: string): ApiFailure => new ApiFailure('body_empty', {fields});
