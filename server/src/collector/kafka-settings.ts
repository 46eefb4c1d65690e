/** The settings that the Kafka receiver and exporter share: where the brokers are, who asks, and over what. */
import {
  always,
  type ConfigType,
  describeNode,
  duration,
  extensionId,
  ignored,
  list,
  type MapNode,
  object,
  oneOf,
  optional,
  type Report,
  required,
  scalar,
  text,
  textOf,
  unsupported,
  withDefault,
} from '../config/index.ts';
import type {Signal} from '../model/index.ts';
import {clientFields} from '../pipeline/index.ts';

const texts = list(text);

/** A list of texts, or one text with commas between them, as the Collector takes both. */
export const listOrText: ConfigType<readonly string[]> = {
  label: 'list of text',
  read(node, report) {
    if (node.kind === 'list') return texts.read(node, report);
    const written = textOf(node);
    const parts = written?.split(',').map((part) => part.trim()) ?? [];
    if (parts.length > 0 && !parts.includes('')) return parts;
    report.fault(node.at, `expected a list, as in [a, b], or a text with commas; found ${describeNode(node)}`);
    return [];
  },
};

const brokers: ConfigType<readonly string[]> = {
  label: 'list of host:port',
  read(node, report) {
    const given = listOrText.read(node, report);
    if (node.kind === 'list' && given.length === 0) report.fault(node.at, 'expected at least one broker');
    for (const broker of given) {
      if (!/^(\[[\da-f:.]+\]|[^\s:/]+)(:\d{1,5})?$/i.test(broker)) {
        report.fault(node.at, `expected brokers such as localhost:9092, found "${broker}"`);
      }
    }
    return given;
  },
};

const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER', 'AWS_MSK_IAM_OAUTHBEARER'] as const;

const given: ConfigType<string> = scalar('text', (_, written) =>
  written === '' ? 'expected a text' : {value: written},
);

interface Sasl {
  readonly mechanism: (typeof mechanisms)[number];
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly aws_msk: {readonly region: string};
  readonly oauthbearer_token_source: string | undefined;
}

function checkSasl(values: Sasl, node: MapNode, report: Report): void {
  const {mechanism} = values;
  const need = (key: string, value: string | undefined): void => {
    if (value === undefined || value === '') report.fault(node.at, `\`${key}\` is required with ${mechanism}`);
  };
  if (mechanism === 'AWS_MSK_IAM_OAUTHBEARER') need('aws_msk.region', values.aws_msk.region);
  else if (mechanism === 'OAUTHBEARER') need('oauthbearer_token_source', values.oauthbearer_token_source);
  else {
    need('username', values.username);
    need('password', values.password);
  }
}

const auth = object(
  {
    sasl: optional(
      object(
        {
          username: optional(given, 'PLAIN and SCRAM: the name to log in with.'),
          password: optional(given, 'PLAIN and SCRAM: its password.'),
          mechanism: required(oneOf(...mechanisms), 'how to log in'),
          version: ignored('the version of SASL is negotiated with the broker'),
          aws_msk: always(
            object({region: withDefault(text, '', '', 'AWS_MSK_IAM_OAUTHBEARER: the region of the cluster.')}),
            "Amazon MSK. Credentials are looked for where AWS's own clients do: variables, web identity, container, machine.",
          ),
          oauthbearer_token_source: optional(
            extensionId,
            'OAUTHBEARER: the extension that has the token, such as `bearertokenauth`.',
          ),
          oidc_file: unsupported('name an extension that has the token as `oauthbearer_token_source`'),
        },
        checkSasl,
      ),
      'Log in with SASL.',
    ),
    plain_text: optional(
      object({
        username: required(given, 'the name to log in with'),
        password: required(given, 'its password'),
      }),
      'The older way to write `sasl` with the mechanism PLAIN.',
    ),
    tls: optional(clientFields(5000).tls.type, 'The older place of `tls`.'),
    kerberos: unsupported(
      'Kerberos is not available; use `sasl` with SCRAM-SHA-512 or OAUTHBEARER, which a broker can offer beside it',
    ),
  },
  ({sasl, plain_text}, node, report) => {
    if (sasl !== undefined && plain_text !== undefined) report.fault(node.at, 'set either `sasl` or `plain_text`');
  },
);

const metadata = object({
  refresh_interval: withDefault(
    duration(1000),
    600_000,
    '10m',
    'How often topics and their partitions are looked for again.',
  ),
  retry: withDefault(
    object({
      max: ignored('a request is tried again as long as there is something to send or to receive'),
      backoff: withDefault(duration(1), 250, '250ms', 'The wait before a request is sent again; it doubles, up to 5s.'),
    }),
    {max: undefined, backoff: 250},
    '',
    'Sending requests again.',
  ),
  full: ignored('only the topics in use are asked for'),
});

export const kafkaClientFields = {
  brokers: withDefault(brokers, ['localhost:9092'], '[localhost:9092]', 'Brokers to ask for all others.'),
  client_id: withDefault(
    scalar('text', (_, written) => (/^\S+$/.test(written) ? {value: written} : 'expected a text without spaces')),
    'otel-collector',
    'otel-collector',
    'The name that brokers know the client by.',
  ),
  rack_id: withDefault(text, '', '', 'Where Weft runs: brokers may then name a nearer replica to fetch from.'),
  tls: optional(clientFields(5000).tls.type, 'Speak TLS. Without this key, or with `insecure: true`, plain text.'),
  auth: optional(auth, 'How to log in.'),
  metadata: withDefault(
    metadata,
    {refresh_interval: 600_000, retry: {max: undefined, backoff: 250}, full: undefined},
    '',
    'How the cluster is looked at.',
  ),
  protocol_version: ignored('the version of each request is negotiated with the broker'),
  resolve_canonical_bootstrap_servers_only: ignored('only Kerberos needs it'),
  dial_timeout: withDefault(
    duration(1),
    10_000,
    '10s',
    'How long a connection to a broker may take to come about; never longer than a request may.',
  ),
  conn_idle_timeout: ignored('connections are kept; brokers close those that are idle'),
};

export interface KafkaClientConfig {
  readonly brokers: readonly string[];
  readonly client_id: string;
  readonly rack_id: string;
  readonly tls: TlsClient | undefined;
  readonly auth: ReturnType<typeof auth.read> | undefined;
  readonly metadata: ReturnType<typeof metadata.read>;
  readonly dial_timeout: number;
}
type TlsClient = ReturnType<ReturnType<typeof clientFields>['tls']['type']['read']>;

/** The topic of each signal where the configuration names none. */
export const defaultTopics: Readonly<Record<Signal, string>> = {
  traces: 'otlp_spans',
  metrics: 'otlp_metrics',
  logs: 'otlp_logs',
};

export const topicName: ConfigType<string> = scalar('topic', (_, written) =>
  isTopic(written) ? {value: written} : "expected a topic's name: 1 to 249 letters, digits, `.`, `_` and `-`",
);

export const isTopic = (name: string): boolean => /^[\w.-]{1,249}$/.test(name) && name !== '.' && name !== '..';
