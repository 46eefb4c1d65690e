/** The questions of `bench:query`: what each asks, what its answer must hold, and for some how much it may cost. */
import type {Known} from './fill-store.ts';

export interface Question {
  readonly name: string;
  /** Milliseconds of the server's CPU that an answer may take. */
  readonly bar?: number;
  /** Milliseconds from the question to the answer on a quiet machine, half of the times. */
  readonly wallBar?: number;
  /** The path to ask for. Something else each time, so that no cache answers. */
  readonly ask: () => string;
  /** `found`: a list of the answer has something in it; `empty`: none has; `absent`: the status is 404. */
  readonly expects: 'found' | 'empty' | 'absent';
}

export interface Asked {
  /** Of what was written long enough ago to be on disk only. */
  readonly known: Known;
  /** Ids of traces that have just been sent. */
  readonly recentIds: readonly string[];
}

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;
const some = (from: number): number => from + Math.floor(Math.random() * 3);
const ms = (from: number): string => `${(from + Math.random() * 5).toFixed(3)}ms`;
const randomId = (): string => crypto.randomUUID().replaceAll('-', '');

/** The attribute that one trace of 20,000 has. */
export const rareKey = 'feature.flag.variant';

const jaeger = '/api/traces?service=payment';
const weft = '/api/weft/v1/traces?';

/** Questions with a bar. Their names and bars are those of docs/performance.md. */
export function barredQuestions({known, recentIds}: Asked): readonly Question[] {
  // Up to now, as people ask; a store that was kept from an earlier run has its hour further back.
  const inMicros = (): string => `start=${Number(BigInt(known.first) / 1000n) - some(0)}&end=${Date.now() * 1000}`;
  const inNanos = (): string => `start=${BigInt(known.first) - BigInt(some(0))}&end=${BigInt(Date.now()) * 1_000_000n}`;
  const tag = (key: string, value: string): string => `&tag=${encodeURIComponent(`${key}:${value}`)}`;
  const attribute = (key: string, value: string): string => `attribute=${encodeURIComponent(`${key}=${value}`)}`;
  const rare = (): string => pick(known.rareValues);
  return [
    {name: 'services', bar: 1, expects: 'found', ask: () => '/api/services'},
    {name: 'operations', bar: 1, expects: 'found', ask: () => '/api/operations?service=payment'},
    {name: 'trace by id, Jaeger', bar: 20, expects: 'found', ask: () => `/api/traces/${pick(known.traceIds)}`},
    {name: 'trace by id, own', bar: 12, expects: 'found', ask: () => `/api/weft/v1/traces/${pick(known.traceIds)}`},
    {name: 'recent trace by id, Jaeger', bar: 3, expects: 'found', ask: () => `/api/traces/${pick(recentIds)}`},
    {name: 'recent trace by id, own', bar: 3, expects: 'found', ask: () => `/api/weft/v1/traces/${pick(recentIds)}`},
    {
      name: 'rare attribute, Jaeger',
      bar: 40,
      expects: 'found',
      ask: () => `${jaeger}&limit=${some(20)}&${inMicros()}${tag(rareKey, rare())}`,
    },
    {
      name: 'rare attribute, own',
      bar: 40,
      expects: 'found',
      ask: () => `${weft}limit=${some(20)}&${inNanos()}&${attribute(rareKey, rare())}`,
    },
    {
      name: 'attribute nobody has, Jaeger',
      bar: 8,
      expects: 'empty',
      ask: () => `${jaeger}&limit=20&${inMicros()}${tag('user.id', `nobody-${randomId()}`)}`,
    },
    {
      name: 'attribute nobody has, own',
      bar: 8,
      expects: 'empty',
      ask: () => `${weft}limit=20&${inNanos()}&${attribute('user.id', `nobody-${randomId()}`)}`,
    },
    {
      name: 'service + least duration, Jaeger',
      bar: 40,
      expects: 'found',
      ask: () => `${jaeger}&minDuration=${ms(50)}&limit=20&${inMicros()}`,
    },
    {
      name: 'service + least duration, own',
      bar: 40,
      expects: 'found',
      ask: () => `${weft}service=payment&minDuration=${ms(50)}&limit=20&${inNanos()}`,
    },
    {
      name: 'common attribute, Jaeger',
      bar: 40,
      expects: 'found',
      ask: () => `${jaeger}&limit=${some(20)}&${inMicros()}${tag('http.request.method', 'POST')}`,
    },
    {
      name: 'common attribute, own',
      bar: 40,
      expects: 'found',
      ask: () => `${weft}limit=${some(20)}&${inNanos()}&${attribute('http.request.method', 'POST')}`,
    },
    {
      name: 'longest over the hour',
      bar: 40,
      expects: 'found',
      ask: () => `${weft}order=longest&limit=${some(20)}&${inNanos()}`,
    },
  ];
}

/** The same questions of a store that has nothing. */
export function emptyStoreQuestions(): readonly Question[] {
  const hour = 3_600_000_000_000n;
  const known: Known = {
    first: String(BigInt(Date.now()) * 1_000_000n - hour),
    last: String(BigInt(Date.now()) * 1_000_000n),
    traceIds: [],
    orderIds: [],
    userIds: [],
    rareValues: ['0'],
  };
  const questions = barredQuestions({known, recentIds: []}).filter(({name}) => !/by id/.test(name));
  const byId: readonly Question[] = [
    {name: 'trace by id, Jaeger', expects: 'absent', ask: () => `/api/traces/${randomId()}`},
    {name: 'trace by id, own', expects: 'absent', ask: () => `/api/weft/v1/traces/${randomId()}`},
  ];
  return [...byId, ...questions.map((question) => ({...question, expects: 'empty' as const}))].map((question) => ({
    ...question,
    name: `empty store: ${question.name}`,
    bar: 5,
  }));
}

/** The service graph of the hour that is stored, in whole minutes, and of a part of it. */
export function graphQuestions({known}: Asked): readonly Question[] {
  const minutes = (from: bigint): string =>
    `start=${BigInt(known.first) - BigInt(Math.ceil(Math.random() * 1e9))}&end=${BigInt(known.last) - from}`;
  const found = (name: string, ask: () => string): Question => ({name, wallBar: 300, ask, expects: 'found'});
  return [
    found('service graph of an hour', () => `/api/weft/v1/service-graph?${minutes(0n)}`),
    found('service graph of an hour, settled', () => `/api/weft/v1/service-graph?${minutes(600_000_000_000n)}`),
    found('propagation of an hour', () => `/api/weft/v1/propagation?${minutes(0n)}`),
  ];
}

/** The parts of the page of a service, over the hour that is stored. */
export function serviceQuestions({known}: Asked): readonly Question[] {
  const first = BigInt(known.first);
  const half = `&baselineStart=${first}&baselineEnd=${(first + BigInt(known.last)) / 2n}`;
  const ask =
    (part: string, more = '', service = 'payment') =>
    (): string =>
      `/api/weft/v1/${part}?service=${service}&start=${first - BigInt(Math.ceil(Math.random() * 1e9))}&end=${known.last}${more}`;
  const found = (name: string, path: () => string): Question => ({name, bar: 300, ask: path, expects: 'found'});
  // Nothing fails there, and one half of the hour is as the other.
  const empty = (name: string, path: () => string): Question => ({name, bar: 300, ask: path, expects: 'empty'});
  return [
    found('service: operations over time', ask('operations/red', '&points=60')),
    found('service: operations, two times', ask('operations/red', `&points=60${half}`)),
    found('service: exemplars', ask('service/exemplars', '&limit=200')),
    found('service: instances', ask('service/instances')),
    empty('service: errors', ask('service/errors', '&points=60')),
    found('service: statements', ask('service/statements', '', 'inventory-db')),
    found('service: changes', ask('service/changes', half)),
  ];
}

/** Whatever else the page and the APIs ask. */
export function furtherQuestions({known}: Asked): readonly Question[] {
  /** All that is stored, begun elsewhere each time. */
  const everything = (): string =>
    `start=${BigInt(known.first) - BigInt(Math.ceil(Math.random() * 1e9))}&end=${known.last}`;
  const jaegerRange = (): string => `start=${BigInt(known.first) / 1000n}&end=${BigInt(known.last) / 1000n}`;
  const found = (name: string, ask: () => string): Question => ({name, ask, expects: 'found'});
  const empty = (name: string, ask: () => string): Question => ({name, ask, expects: 'empty'});
  return [
    found('search: newest', () => `${weft}limit=${some(20)}`),
    found('order: newest', () => `${weft}order=newest&limit=100&${everything()}`),
    found('order: longest', () => `${weft}order=longest&limit=100&${everything()}`),
    found('order: most spans', () => `${weft}order=spans&limit=100&${everything()}`),
    found('order: most errors', () => `${weft}order=errors&limit=100&${everything()}`),
    found('order: longest of a service', () => `${weft}order=longest&service=payment&limit=100&${everything()}`),
    found(
      'traces: longer than 175 ms',
      () => `${weft}minTraceDuration=${(175 + Math.random()).toFixed(3)}ms&${everything()}`,
    ),
    empty('traces: longer than an hour, none', () => `${weft}minTraceDuration=${some(3600)}s&${everything()}`),
    empty('traces: failed, none', () => `${weft}outcome=failed&${everything()}`),
    found(
      'explain: traces longer than 175 ms',
      () => `/api/weft/v1/explain?minTraceDuration=${(175 + Math.random()).toFixed(3)}ms&${everything()}`,
    ),
    found(
      'compare: the same of a service',
      () =>
        `/api/weft/v1/compare?service=payment&minTraceDuration=${(175 + Math.random()).toFixed(3)}ms&${everything()}`,
    ),
    found(
      'compare: spans of an attribute',
      () => `/api/weft/v1/compare?attribute=http.request.method%3DPOST&minDuration=${ms(50)}&${everything()}`,
    ),
    found('heatmap', () => `/api/weft/v1/traces/heatmap?columns=200&${everything()}`),
    found('heatmap of a service', () => `/api/weft/v1/traces/heatmap?columns=200&service=payment&${everything()}`),
    empty(
      'search: compared, none',
      () => `${weft}attribute=http.response.status_code%3E%3D${500 + Math.floor(Math.random() * 100)}&${everything()}`,
    ),
    empty('search: service, duration, none', () => `${weft}service=payment&minDuration=${ms(9000)}`),
    found('search: order.id', () => `${weft}attribute=order.id%3D${pick(known.orderIds)}&limit=${some(20)}`),
    found('search: user.id', () => `${weft}attribute=user.id%3D${pick(known.userIds)}&limit=${some(20)}`),
    found(
      'search: common resource attribute',
      () => `${weft}attribute=deployment.environment.name%3Dproduction&limit=${some(20)}`,
    ),
    empty('search: error, Jaeger', () => `${jaeger}&tag=error:true&limit=20&${jaegerRange()}`),
    empty(
      'search: 12 tags of the resource, none',
      () =>
        `${jaeger}&limit=20&${jaegerRange()}${Array.from({length: 12}, (_, i) => `&tag=resource.k${i}:${Math.random()}`).join('')}`,
    ),
    found('spans: newest', () => `/api/weft/v1/spans?limit=100&${everything()}`),
    found('spans: longest', () => `/api/weft/v1/spans?order=longest&limit=100&${everything()}`),
    found(
      'spans: longest, two columns',
      () => `/api/weft/v1/spans?order=longest&limit=100&columns=http.route&columns=user.id&${everything()}`,
    ),
    found(
      'spans: longest of a common attribute',
      () => `/api/weft/v1/spans?order=longest&limit=100&attribute=http.request.method%3DPOST&${everything()}`,
    ),
    empty(
      'spans: attribute that is not there',
      () => `/api/weft/v1/spans?order=longest&attribute=user.id%3Dnobody-${Math.random()}&${everything()}`,
    ),
    found('groups: service', () => `/api/weft/v1/spans/groups?by=service&${everything()}`),
    found('groups: version', () => `/api/weft/v1/spans/groups?by=version&${everything()}`),
    found('groups: attribute', () => `/api/weft/v1/spans/groups?by=http.route&${everything()}`),
    found(
      'groups: attribute, of a service',
      () => `/api/weft/v1/spans/groups?by=http.route&service=payment&${everything()}`,
    ),
    found('groups: attribute of a million values', () => `/api/weft/v1/spans/groups?by=order.id&${everything()}`),
    empty('groups: attribute that is not there', () => `/api/weft/v1/spans/groups?by=nowhere&${everything()}`),
    found('attribute keys', () => '/api/weft/v1/attributes?service=payment'),
    found('attribute values', () => '/api/weft/v1/attributes/values?key=http.route'),
    found('rate, errors, duration', () => `/api/weft/v1/services/red?${everything()}`),
    found('rate, errors, duration, 60 points', () => `/api/weft/v1/services/red?points=60&${everything()}`),
    found('rate, errors, duration of a version', () => `/api/weft/v1/services/red?version=2.4.1&${everything()}`),
    found('rate, errors, duration of operations', () => `/api/weft/v1/operations/red?service=payment&${everything()}`),
    found('find', () => `/api/weft/v1/find?text=${pick(['ord', 'pay', 'http', 'POST'])}`),
  ];
}
