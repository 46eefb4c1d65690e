/** The settings of `remote_sampling` (Jaeger's names) and of `jaegerremotesampling` (the Collector's), read into one form. */

import {
  always,
  type ConfigType,
  duration,
  emptyMap,
  ignored,
  integer,
  object,
  oneOf,
  optional,
  required,
  scalar,
  text,
  withDefault,
} from '../config/index.ts';
import {grpcServerFields, httpServerFields, serverObject} from '../net/index.ts';
import type {SamplingMode} from '../sampling/index.ts';
import {grpcClientFields, grpcTarget, grpcTargetHelp} from './grpc-forwarder.ts';

const share: ConfigType<number> = scalar('number from 0 to 1', (value) =>
  typeof value === 'number' && value >= 0 && value <= 1 ? {value} : 'expected a number from 0 to 1',
);
const positiveShare: ConfigType<number> = scalar('number above 0, at most 1', (value) =>
  typeof value === 'number' && value > 0 && value <= 1 ? {value} : 'expected a number above 0 and at most 1',
);
const perSecond = (min: 'above 0' | 'at least 0'): ConfigType<number> =>
  scalar('number per second', (value) => {
    const good = typeof value === 'number' && Number.isFinite(value) && (min === 'above 0' ? value > 0 : value >= 0);
    return good ? {value} : `expected a number of traces per second, ${min}`;
  });

const adaptive = object({
  total_samples_per_second: withDefault(
    perSecond('above 0'),
    100,
    '100',
    'The budget: how many traces a second are wanted of all services of a tenant together.',
  ),
  service_samples_per_second: optional(perSecond('above 0'), 'The most of it for one service.'),
  target_samples_per_second: optional(
    perSecond('above 0'),
    "The most of it for one operation. Jaeger's only budget, there 1.",
  ),
  // Jaeger starts with 0.001, which makes rare operations wait for hours.
  initial_sampling_probability: withDefault(
    share,
    1,
    '1',
    'Operations that are not known yet are kept with this probability.',
  ),
  min_sampling_probability: withDefault(positiveShare, 1e-5, '0.00001', 'No operation is kept with less.'),
  min_samples_per_second: withDefault(
    perSecond('at least 0'),
    1 / 60,
    '1 a minute',
    'Clients keep each operation this often, however small its probability.',
  ),
  // Jaeger's minute is for its store.
  calculation_interval: withDefault(duration(100), 5000, '5s', 'Time between two calculations.'),
  max_services: withDefault(
    integer(1, 100_000),
    500,
    '500',
    'Services of a tenant that are told apart; the rest share one entry.',
  ),
  max_operations: withDefault(integer(1, 100_000), 200, '200', 'The same for the operations of one service.'),
  sampling_store: ignored('rates are kept in the data directory'),
  delta_tolerance: ignored('probabilities follow the traffic at each calculation'),
  aggregation_buckets: ignored('rates are averaged over about a minute'),
  calculation_buckets: ignored('rates are averaged over about a minute'),
  calculation_delay: ignored('spans say the probability that they were kept with'),
  leader_lease_refresh_interval: ignored('each Weft calculates from what it receives'),
  follower_lease_refresh_interval: ignored('each Weft calculates from what it receives'),
});

const file = object({
  path: optional(text, "Jaeger's strategies file, or an http(s) URL that serves one."),
  reload_interval: withDefault(duration(), 10_000, '10s', 'How often to look for changes of it; 0: never.'),
  default_sampling_probability: withDefault(
    share,
    0.001,
    '0.001',
    'Operations that the file leaves open are kept with this probability.',
  ),
});

const servers = {
  http: optional(serverObject(httpServerFields(5778)), 'Answer at `GET /sampling?service=NAME`. Without this key: no.'),
  grpc: optional(serverObject(grpcServerFields(5779)), 'Answer `jaeger.api_v2.SamplingManager`. Without this key: no.'),
};
const jaeger = object(
  {
    mode: optional(
      oneOf('fixed', 'file', 'adaptive'),
      "Weft's own: what holds at start, until the API changes it. Without it: `file` or `adaptive`, whichever is there, else `fixed`.",
    ),
    fixed: always(
      object({probability: withDefault(share, 1, '1', 'The share of traces that every service keeps.')}),
      "Weft's own: one probability for all.",
    ),
    file: optional(file, 'Probabilities from a file.'),
    adaptive: optional(adaptive, 'Probabilities from traffic; needs the processor `adaptive_sampling`.'),
    ...servers,
  },
  (values, node, report) => {
    if (values.mode === undefined && values.file?.path !== undefined && values.adaptive !== undefined) {
      report.fault(node.at, 'set either `file` or `adaptive`, or say with `mode` which of them holds at start');
    }
    if (values.mode === 'file' && values.file?.path === undefined) {
      report.fault(node.at, 'the mode `file` needs `file.path`');
    }
  },
);

export interface RemoteSamplingConfig {
  readonly mode: SamplingMode;
  readonly probability: number;
  readonly file:
    | {
        readonly path: string;
        readonly contents?: string | undefined;
        readonly reloadInterval: number;
        readonly probability: number;
      }
    | undefined;
  /** Asked instead of the file, whose `path` is then its name. */
  readonly remote?: RemoteServer | undefined;
  readonly adaptive: ReturnType<typeof adaptive.read>;
  readonly http: ReturnType<typeof jaeger.read>['http'];
  readonly grpc: ReturnType<typeof jaeger.read>['grpc'];
}

export const remoteSamplingConfig: ConfigType<RemoteSamplingConfig> = {
  ...jaeger,
  read(node, report) {
    const values = jaeger.read(node, report);
    const {path} = values.file ?? {};
    const source = path === undefined ? undefined : values.file;
    return {
      mode: values.mode ?? (source !== undefined ? 'file' : values.adaptive !== undefined ? 'adaptive' : 'fixed'),
      // A file without a path is Jaeger's way to say one probability for all.
      probability:
        values.file !== undefined && source === undefined
          ? values.file.default_sampling_probability
          : (values.fixed?.probability ?? 1),
      file:
        path === undefined || source === undefined
          ? undefined
          : {path, reloadInterval: source.reload_interval, probability: source.default_sampling_probability},
      adaptive: values.adaptive ?? adaptive.read(emptyMap(node.at), report),
      http: values.http,
      grpc: values.grpc,
    };
  },
};

/** All that a connection needs; questions wait for no queue. */
const {sending_queue: _queue, retry_on_failure: _retry, ...connectionFields} = grpcClientFields;
const remoteServer = object({endpoint: required(grpcTarget, grpcTargetHelp), ...connectionFields});
export type RemoteServer = ReturnType<typeof remoteServer.read>;

const contrib = object({
  source: required(
    object(
      {
        file: optional(text, "Jaeger's strategies file, or an http(s) URL that serves one."),
        reload_interval: withDefault(
          duration(),
          0,
          '0s',
          'How often to look for changes of the file, 0: never; and for how long the answers of `remote` are given again.',
        ),
        remote: optional(
          remoteServer,
          'A server of `jaeger.api_v2.SamplingManager` that is asked instead, such as a Jaeger collector.',
        ),
        contents: optional(text, 'The strategies themselves, in JSON.'),
      },
      ({file, remote, contents}, node, report) => {
        const given = [file, remote, contents].filter((each) => each !== undefined);
        if (given.length !== 1) report.fault(node.at, 'set one of `file`, `remote` and `contents`');
      },
    ),
    'Where strategies come from.',
  ),
  http: always(serverObject(httpServerFields(5778)), 'Answer at `GET /sampling?service=NAME`.'),
  grpc: always(serverObject(grpcServerFields(14_250)), 'Answer `jaeger.api_v2.SamplingManager`.'),
});

/** `jaegerremotesampling`: the same part by the Collector's names. */
export const contribSamplingConfig: ConfigType<RemoteSamplingConfig> = {
  ...contrib,
  read(node, report) {
    const {source, http, grpc} = contrib.read(node, report);
    return {
      mode: 'file',
      probability: 1,
      file: {
        path: source?.file ?? source?.remote?.endpoint?.target?.replace(/^dns:\/\/\//, '') ?? '`contents`',
        contents: source?.contents,
        reloadInterval: source?.reload_interval ?? 0,
        probability: 0.001,
      },
      remote: source?.remote,
      adaptive: adaptive.read(emptyMap(node.at), report),
      http,
      grpc,
    };
  },
};
