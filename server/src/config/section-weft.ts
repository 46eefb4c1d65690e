/** The `weft:` section: what concerns Weft as a whole and no part of a pipeline. */
import {always, bool, type ConfigType, list, object, oneOf, optional, scalar, text, withDefault} from './schema.ts';
import {byteSize, durationOrOff, listenAddress} from './units.ts';

const day = 86_400_000;

const clickhouseUrl: ConfigType<URL> = scalar('URL', (_, written) => {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  const known = url?.protocol === 'http:' || url?.protocol === 'https:';
  return url !== undefined && known ? {value: url} : 'expected a URL such as http://user:password@clickhouse:8123/weft';
});

export const weftSection = object({
  clickhouse: optional(
    clickhouseUrl,
    'A ClickHouse server or cluster to store in, as `http://user:password@host:8123/database`. Without it, the embedded one.',
  ),
  retention: always(
    object({
      traces: withDefault(durationOrOff, 7 * day, '7d', 'How long spans are kept; `off` is for ever.'),
      logs: withDefault(durationOrOff, 7 * day, '7d', 'How long log records are kept; `off` is for ever.'),
      metrics: withDefault(durationOrOff, 30 * day, '30d', 'How long metric points are kept; `off` is for ever.'),
    }),
    'How long data is kept, by the time that it carries.',
  ),
  http: always(
    object({
      endpoint: withDefault(
        listenAddress,
        {host: '127.0.0.1', port: 16_686},
        'localhost:16686',
        'Where the page and the APIs are served; the flag `--http` is stronger.',
      ),
      hosts: withDefault(
        list(text),
        [],
        '[]',
        'Names by which browsers and clients reach a Weft that listens on loopback only, such as that of a proxy before it: `[weft.example.com]`. Others are refused, since any page could let its own name point at 127.0.0.1.',
      ),
    }),
    'The page and the APIs.',
  ),
  grpc: always(
    object({
      enabled: withDefault(bool, true, 'true', 'Whether they are served at all.'),
      endpoint: withDefault(
        listenAddress,
        {host: '127.0.0.1', port: 16_685},
        'localhost:16685',
        'Where they are served. Whoever reaches it can read everything that is stored.',
      ),
      port_in_use: withDefault(
        oneOf('fail', 'skip'),
        'skip',
        'skip',
        'What to do where another process uses the port, such as a Jaeger: not start, or go on without them and say so in the log.',
      ),
    }),
    "The APIs over gRPC: Jaeger's query services.",
  ),
  mcp: always(
    object({
      enabled: optional(
        bool,
        'Whether assistants are answered at `/mcp`. Without it: where the page and the APIs are served on loopback only. Whoever reaches it can read everything that is stored.',
      ),
    }),
    'Tools for assistants, by the Model Context Protocol.',
  ),
  spool: always(
    object({
      max_bytes: withDefault(
        byteSize,
        4 * 2 ** 30,
        '4GiB',
        'How much may be acknowledged and not yet in ClickHouse; beyond it senders are told to wait.',
      ),
    }),
    'The files in which data is safe before it is in ClickHouse.',
  ),
  ingest: always(
    object({
      max_in_flight: withDefault(
        byteSize,
        256 * 2 ** 20,
        '256MiB',
        'How many bytes of requests the receivers may hold at once, decompressed; beyond it senders are told to wait.',
      ),
    }),
    'Limits that all receivers share.',
  ),
});
export type WeftConfig = ReturnType<typeof weftSection.read>;
