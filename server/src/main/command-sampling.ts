/** `weft sampling`: what share of traces each service keeps, and changing it while everything runs. */
import type {OverridesResponse, SamplingChange, SamplingResponse, SamplingService} from '../api/index.ts';
import {
  type Call,
  callsToWeft,
  clientFlags,
  describeOverride,
  nameOf,
  overrideFlags,
  overrideOf,
  overridePath,
  percent,
  serviceOf,
  table,
} from './api-client.ts';
import {type Command, readFlags, UsageError, type Values} from './command.ts';

const flags = {
  ...clientFlags,
  probability: {value: 'P', help: 'Of set, and of mode fixed: the share of traces to keep, 0 to 1'},
  ...overrideFlags,
  budget: {value: 'N', help: 'Of mode adaptive: how many traces a second are wanted of all services together'},
  operations: {value: 'N', default: '10', help: 'How many operations of each service to list'},
  json: {help: 'List as JSON, as GET /api/weft/v1/sampling answers'},
} as const;

export const samplingCommand: Command = {
  name: 'sampling',
  summary: 'Show how much of its traffic each service keeps, and change it while it runs.',
  usage: '[set SERVICE | clear SERVICE | mode MODE | reset]',
  details: [
    'sampling                       what is seen, kept and why, by service and operation',
    'sampling set SERVICE --probability 1 --for 30m',
    '                               a person decides, for a time; --all instead of a name: every service',
    'sampling clear SERVICE         ends that early',
    'sampling mode adaptive --budget 100',
    '                               fixed, file or adaptive, from now on and over restarts',
    'sampling reset                 mode, budget and probability as the configuration has them',
    '',
    'It reaches services that ask: OTEL_TRACES_SAMPLER=parentbased_jaeger_remote, or WEFT_SETTINGS_ENDPOINT for what is set',
    'for a time. See docs/how-to/sampling.md.',
  ].join('\n'),
  flags,
  async run(args) {
    const values = readFlags(flags, args, 2);
    const [action = 'list', word] = values.words;
    const run = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (run === undefined) {
      throw new UsageError(`"${action}" is nothing to do with sampling; there are set, clear, mode and reset`);
    }
    console.log(await run(callsToWeft(values), word, values));
    return 0;
  },
};

/** The actions by their first word; each returns the text to print. */
const actions: Readonly<Record<string, (call: Call, word: string | undefined, values: Values) => Promise<string>>> = {
  async list(call, _word, values) {
    const sampling = await call<SamplingResponse>('GET', '/sampling');
    if (values.on('json')) return JSON.stringify(sampling, undefined, 2);
    return describeSampling(sampling, numberFlag(values, 'operations') ?? 10, Date.now());
  },

  async set(call, word, values) {
    const service = serviceOf(word, values);
    const probability = numberFlag(values, 'probability');
    if (probability === undefined) throw new UsageError('which share? Use --probability, from 0 to 1');
    const change = {...overrideOf(values), probability};
    const {overrides} = await call<OverridesResponse>('PUT', overridePath(service), change);
    const set = overrides.find((each) => each.service === service && each.what === 'sampling');
    return set === undefined ? 'set, and ended already' : describeOverride(set, Date.now());
  },

  async clear(call, word, values) {
    const service = serviceOf(word, values);
    await call('DELETE', `${overridePath(service)}?what=sampling`);
    return `${nameOf(service)}: nothing is set any more`;
  },

  async mode(call, word, values) {
    const [budget, probability] = [numberFlag(values, 'budget'), numberFlag(values, 'probability')];
    const change: SamplingChange = {
      ...(word !== undefined && {mode: word as 'fixed'}),
      ...(budget !== undefined && {budget}),
      ...(probability !== undefined && {probability}),
    };
    return describeMode(await call<SamplingResponse>('PUT', '/sampling', change));
  },

  reset: async (call) => describeMode(await call<SamplingResponse>('DELETE', '/sampling')),
};

function numberFlag(values: Values, name: string): number | undefined {
  const text = values.text(name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text.trim() === '' || Number.isNaN(number)) throw new UsageError(`--${name} ${text}: expected a number`);
  return number;
}

function describeMode({mode, probability, budget, file, setBy}: SamplingResponse): string {
  const what = {
    fixed: `every service keeps ${percent(probability)}`,
    file: `as ${file?.path} says${file?.problem === undefined ? '' : ` (as it was; now: ${file.problem})`}`,
    adaptive: `a budget of ${budget} traces a second is shared out by traffic`,
  }[mode];
  return `Mode ${mode}: ${what}${setBy === 'api' ? ' (changed at run time)' : ''}`;
}

/** For a terminal. */
export function describeSampling(sampling: SamplingResponse, maxOperations: number, now: number): string {
  const {seenRate, keptRate, endpoints, observing, services, overrides} = sampling;
  const lines = [describeMode(sampling)];
  if (endpoints.http === undefined && endpoints.grpc === undefined) {
    lines.push('It is not served: the configuration has no extension remote_sampling.');
  }
  if (!observing) lines.push('Rates are not known: no pipeline has the processor adaptive_sampling.');
  lines.push(`Traces that begin: ${rate(seenRate)}/s, of which ${rate(keptRate)}/s are kept`);
  if (services.length === 0) lines.push('', 'No service has sent a span or asked yet.');
  else {
    const rows = services.flatMap((service) => serviceRows(service, maxOperations));
    const header = ['SERVICE', '/S', 'KEPT/S', 'KEEPS', 'WHY'];
    lines.push('', ...table([header, ...rows], new Set([1, 2, 3])));
  }
  if (overrides.length > 0) lines.push('', ...overrides.map((each) => describeOverride(each, now)));
  return lines.join('\n');
}

function serviceRows(service: SamplingService, maxOperations: number): string[][] {
  const {seenRate, keptRate, reason, askedUnixNano, operations} = service;
  const asks = askedUnixNano === undefined ? ' (it does not ask for its sampling)' : '';
  const share = seenRate > 0 ? percent(keptRate / seenRate) : '';
  const more = operations.length + (service.omittedOperations ?? 0) - maxOperations;
  return [
    [service.service || '(others)', rate(seenRate), rate(keptRate), share, `${reason.text}${asks}`],
    ...operations
      .slice(0, maxOperations)
      .map((each) => [
        `  ${each.operation || '(others)'}`,
        rate(each.seenRate),
        rate(each.keptRate),
        percent(each.probability),
        each.reason.text,
      ]),
    ...(more > 0 ? [[`  … ${more} more`, '', '', '', '']] : []),
  ];
}

const rate = (value: number): string => String(Number(value.toPrecision(3)));
