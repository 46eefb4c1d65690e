/** The settings that every exporter over a network has: the Collector's configtls (client), configretry and sending queue. */
import type {SecureContextOptions} from 'node:tls';
import {nodeTls} from '../base/index.ts';
import {
  always,
  anyLength,
  bool,
  type ConfigType,
  duration,
  extensionId,
  ignored,
  integer,
  list,
  object,
  oneOf,
  optional,
  type Position,
  required,
  scalar,
  text,
  unsupported,
  withDefault,
} from '../config/index.ts';
import {readPem, tlsChoiceOptions, tlsChoices} from '../net/index.ts';

const number = (min: number, max = Number.MAX_VALUE): ConfigType<number> =>
  scalar('number', (value) =>
    typeof value === 'number' && value >= min && value <= max ? {value} : `expected a number of at least ${min}`,
  );

export const tlsClient = object({
  insecure: withDefault(bool, false, 'false', 'Speak plain text.'),
  insecure_skip_verify: withDefault(bool, false, 'false', 'Take any certificate.'),
  server_name_override: optional(text, "The name that the other side's certificate must have."),
  ca_file: optional(text, "File of the authority that signed the other side's certificate (PEM)."),
  ca_pem: optional(text, 'That authority itself.'),
  cert_file: optional(text, 'File of our own certificate (PEM), for mTLS.'),
  cert_pem: optional(text, 'Our own certificate itself.'),
  key_file: optional(text, 'File of its key (PEM).'),
  key_pem: optional(text, 'Its key itself.'),
  include_system_ca_certs_pool: withDefault(
    bool,
    false,
    'false',
    "Trust the system's authorities beside the one named here.",
  ),
  ...tlsChoices,
  tpm: unsupported('keys are read from files'),
  reload_interval: unsupported('certificates are read once, at start'),
});
export type TlsClient = ReturnType<typeof tlsClient.read>;

/** A default: milliseconds, and as it is written. */
type Default = readonly [millis: number, text: string];

/** `retry_on_failure`, with the defaults that an exporter has for its waits. */
export const retrySettings = (initial: Default, longest: Default, elapsed: Default) =>
  object(
    {
      enabled: withDefault(bool, true, 'true', 'Send again what was refused retryably.'),
      initial_interval: withDefault(duration(), ...initial, 'The wait after the first failure.'),
      randomization_factor: withDefault(
        number(0, 1),
        0.5,
        '0.5',
        'Each wait is changed at random by up to this share.',
      ),
      multiplier: withDefault(number(1), 1.5, '1.5', 'The factor from each wait to the next.'),
      max_interval: withDefault(duration(), ...longest, 'The longest wait.'),
      max_elapsed_time: withDefault(duration(0, anyLength), ...elapsed, 'Give up after so long; 0: never.'),
    },
    ({initial_interval, max_interval, max_elapsed_time}, node, report) => {
      if (max_elapsed_time > 0 && max_elapsed_time < Math.max(initial_interval, max_interval)) {
        report.fault(node.at, '`max_elapsed_time` must be 0 or at least `initial_interval` and `max_interval`');
      }
    },
  );
export const retryOnFailure = retrySettings([5000, '5s'], [30_000, '30s'], [300_000, '5m']);
export type RetryConfig = ReturnType<typeof retryOnFailure.read>;

/** Senders wait for their answer as long as a batch is being filled, so it may not take longer. */
export const maxFlushMs = 1000;

const batch = object(
  {
    sizer: optional(
      oneOf('items', 'bytes'),
      'What the sizes count; as `sizer` of the queue, or `items` where that counts requests.',
    ),
    min_size: withDefault(integer(), 8192, '8192', 'A batch of this size is queued at once.'),
    max_size: withDefault(integer(), 0, '0', 'Larger batches are split; 0: never.'),
    flush_timeout: withDefault(
      duration(0, anyLength),
      200,
      '200ms',
      'How long a batch may be filled. More than 1s counts as 1s, because senders wait for it.',
    ),
    partition: always(
      object({
        metadata_keys: withDefault(list(text), [], '[]', 'Headers of senders whose values are kept apart.'),
        cache_size: withDefault(
          integer(1),
          10_000,
          '10000',
          'How many combinations of their values are filled at once; beyond it the oldest batch is sent.',
        ),
        idle_timeout: ignored('nothing is kept of a combination without a batch that is being filled'),
      }),
      'Which data is never batched together. Tenants never are.',
    ),
  },
  ({min_size, max_size, flush_timeout, partition}, node, report) => {
    const at = (key: string): Position => node.entries.get(key)?.at ?? node.at;
    if (max_size > 0 && max_size < min_size)
      report.fault(at('max_size'), '`max_size` must be 0 or at least `min_size`');
    if (flush_timeout === 0) report.fault(at('flush_timeout'), '`flush_timeout` must be more than 0');
    if (flush_timeout > maxFlushMs) {
      report.warn(at('flush_timeout'), '`flush_timeout` counts as 1s: senders wait until their data is queued');
    }
    const lower = partition.metadata_keys.map((key) => key.toLowerCase());
    const twice = lower.find((key, index) => lower.indexOf(key) !== index);
    if (twice !== undefined)
      report.fault(at('partition'), `\`metadata_keys\` names \`${twice}\` twice (case does not count)`);
  },
);

export const sendingQueue = object(
  {
    enabled: withDefault(
      bool,
      true,
      'true',
      'Without a queue, senders wait until the other side has taken their data.',
    ),
    wait_for_result: withDefault(
      bool,
      false,
      'false',
      'Answer when the other side has taken the data, not when it is queued.',
    ),
    sizer: withDefault(oneOf('requests', 'items', 'bytes'), 'requests', 'requests', 'What `queue_size` counts.'),
    queue_size: withDefault(integer(1), 1000, '1000', 'How much may wait.'),
    num_consumers: withDefault(integer(1, 1000), 10, '10', 'How many requests are under way at once.'),
    block_on_overflow: withDefault(bool, false, 'false', 'With a full queue, let senders wait instead of refusing.'),
    storage: optional(
      extensionId,
      'The `file_storage` that keeps what waits; without it, the queue is lost with the process.',
    ),
    batch: optional(
      batch,
      'Gather small requests and split large ones before they are queued. Without this key it is off.',
    ),
  },
  ({wait_for_result, storage, batch, sizer, queue_size}, node, report) => {
    if (wait_for_result && storage !== undefined) {
      report.fault(node.at, '`wait_for_result` and `storage` exclude each other: what is on disk has been answered');
    }
    if (batch !== undefined && (batch.sizer ?? 'items') === sizer && batch.min_size > queue_size) {
      report.fault(node.at, '`min_size` of `batch` must be at most `queue_size`');
    }
  },
);
export type QueueConfig = ReturnType<typeof sendingQueue.read>;

export const clientFields = (timeoutMs: number) => ({
  timeout: withDefault(duration(1), timeoutMs, `${timeoutMs / 1000}s`, 'How long one attempt may take.'),
  tls: always(tlsClient, 'How to trust the other side.'),
  retry_on_failure: always(retryOnFailure, 'Sending again.'),
  sending_queue: always(sendingQueue, 'What waits to be sent.'),
  auth: optional(
    object({
      authenticator: required(
        extensionId,
        'The extension that knows them, such as `bearertokenauth`, `basicauth` or `headers_setter`.',
      ),
    }),
    'Show credentials, or set headers, with every request.',
  ),
  middlewares: unsupported('middlewares are not available'),
  dialer_middleware: unsupported('middlewares are not available'),
});

/** The setting `headers` by names in lower case, as `authorize` takes them. */
export const fixedHeaders = (headers: ReadonlyMap<string, string>): Readonly<Record<string, string>> =>
  Object.fromEntries([...headers].map(([name, value]) => [name.toLowerCase(), value]));

/** Options for `tls.connect`. Throws FileError where a file cannot be read or used. */
export function tlsClientOptions(tls: TlsClient): SecureContextOptions & {
  readonly rejectUnauthorized: boolean;
  readonly servername?: string;
} {
  const {ca: own, cert, key} = readPem(tls, {file: tls.ca_file, pem: tls.ca_pem});
  const ca = tls.include_system_ca_certs_pool
    ? [...nodeTls.getCACertificates('system'), ...(own === undefined ? [] : [own])]
    : own;
  return {
    rejectUnauthorized: !tls.insecure_skip_verify,
    ...tlsChoiceOptions(tls),
    ...(tls.server_name_override === undefined ? {} : {servername: tls.server_name_override}),
    ...(ca === undefined ? {} : {ca}),
    ...(cert === undefined ? {} : {cert}),
    ...(key === undefined ? {} : {key}),
  };
}
