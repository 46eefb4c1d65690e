/** Durations, sizes and addresses in a configuration. */
import {isIP} from 'node:net';
import {maxTimerMs, parseDuration} from '../base/index.ts';
import {describeNode, textOf} from './node.ts';
import {type ConfigType, type Field, scalar, withDefault} from './schema.ts';

const durationWords = 'a duration such as 200ms, 5s or 1h30m';

/** For a duration that no timer waits for: one that is compared with a clock, or told to somebody. */
export const anyLength = Number.MAX_SAFE_INTEGER;

/** Milliseconds; at most what a timer can wait for, unless `maxMs` says otherwise. */
export function duration(minMs = 0, maxMs: number = maxTimerMs): ConfigType<number> {
  return scalar('duration', (value, text) => {
    const nanos = parseDuration(text);
    if (nanos === undefined) {
      const bare = typeof value === 'number' ? '; a number needs its unit' : '';
      return `expected ${durationWords}${bare}`;
    }
    const millis = Number(nanos) / 1e6;
    if (millis < minMs) return `expected a duration of at least ${minMs} ms`;
    if (millis <= maxMs) return {value: millis};
    return `expected a duration of at most ${maxMs === maxTimerMs ? '596h (24.8 days)' : `${maxMs} ms`}`;
  });
}

/** A hundred years, as far as ClickHouse's TTL reaches. */
const longestRetentionMs = 36_500 * 86_400_000;

/** Milliseconds, or undefined for `off`. */
export const durationOrOff: ConfigType<number | undefined> = scalar('duration or off', (value, text) => {
  if (text === 'off' || value === false) return {value: undefined};
  const nanos = parseDuration(text);
  if (nanos === undefined || nanos === 0n) return `expected ${durationWords}, 7d, or off`;
  const millis = Number(nanos) / 1e6;
  return millis <= longestRetentionMs
    ? {value: millis}
    : 'expected a duration of at most 36500d; write off to keep for ever';
});

const sizeUnits: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Bytes. */
export const byteSize: ConfigType<number> = scalar('size', (value, text) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return {value};
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const unit = match === null ? undefined : sizeUnits[(match[2] as string).toLowerCase()];
  if (match === null || unit === undefined) return 'expected a size such as 512MiB, 10GiB or a number of bytes';
  const bytes = Math.round(Number(match[1]) * unit);
  return Number.isSafeInteger(bytes) ? {value: bytes} : 'expected a size of at most 8191TiB';
});

export interface Address {
  /** As for `listen`; undefined is every address of the machine. */
  readonly host: string | undefined;
  readonly port: number;
  /** Of a Unix domain socket, instead of them. */
  readonly path?: string;
}

/** Parses `host:port`, `:port` and `[ipv6]:port`; undefined where it is none. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(\[[^\]]*\]|[^:[\]]*):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const name = (match[1] as string).replace(/^\[|\]$/g, '');
  const port = Number(match[2]);
  if (port > 65_535 || (text.startsWith('[') && isIP(name.split('%', 1)[0] as string) !== 6)) return undefined;
  return {host: name === '' ? undefined : name === 'localhost' ? '127.0.0.1' : name, port};
}

export const isLoopback = (host: string | undefined): boolean =>
  host !== undefined && (host === 'localhost' || host === '::1' || /^127\./.test(host));

export const formatAddress = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** A setting with an address to listen on: where none is written, the port on loopback, which counts as listened on too. */
export const listensAt = (type: ConfigType<Address>, port: number, help: string): Field<Address> => {
  const address = {host: '127.0.0.1', port};
  return {
    ...withDefault(type, address, formatAddress('localhost', port), help),
    fallback(node, report) {
      report.listens(node.at, address.host, port);
      return address;
    },
  };
};

/** An address to listen on. Warns where others than this machine can reach it. */
export const listenAddress: ConfigType<Address> = {
  label: 'host:port',
  read(node, report) {
    const written = textOf(node);
    const address = written === undefined ? undefined : parseAddress(written);
    if (address === undefined) {
      const hint = written !== undefined && /^\w+:\/\//.test(written) ? ' without a scheme' : '';
      report.fault(
        node.at,
        `expected an address to listen on${hint}, such as 127.0.0.1:4317, found ${describeNode(node)}`,
      );
      return {host: '127.0.0.1', port: 0};
    }
    if (!isLoopback(address.host)) {
      const where =
        address.host === undefined || isWildcard(address.host) ? 'every address of this machine' : address.host;
      report.warn(node.at, `listens on ${where}, beyond loopback: others on the network can reach it`);
    }
    report.listens(node.at, address.host, address.port);
    return address;
  },
};

/** The same, or the path of a Unix domain socket (`transport: unix`). */
export const listenAddressOrPath: ConfigType<Address> = {
  label: 'host:port, or a path',
  read(node, report) {
    const written = textOf(node);
    return written?.startsWith('/') ? {host: undefined, port: 0, path: written} : listenAddress.read(node, report);
  },
};

const referenceTo = (kind: 'extension' | 'pipeline', example: string): ConfigType<string> => ({
  label: `id of ${kind === 'extension' ? 'an extension' : 'a pipeline'}`,
  read(node, report) {
    const id = textOf(node)?.trim() ?? '';
    if (id === '')
      report.fault(node.at, `expected the id of ${kind === 'extension' ? 'an' : 'a'} ${kind}, such as ${example}`);
    else report.refers(node.at, kind, id);
    return id;
  },
});

/** An extension that runs: `storage: file_storage`, `authenticator: basicauth/client`. */
export const extensionId: ConfigType<string> = referenceTo('extension', 'file_storage');

/** A pipeline whose receiver this connector is. */
export const pipelineId: ConfigType<string> = referenceTo('pipeline', 'traces/kept');

export const isWildcard = (host: string | undefined): boolean =>
  host === undefined || host === '0.0.0.0' || host === '::';
