import {existsSync, readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {registry} from '../collector/index.ts';
import {formatFault} from '../config/index.ts';
import {type CollectorConfig, loadConfig} from '../pipeline/index.ts';
import {type Command, type Flag, readFlags, UsageError, type Values} from './command.ts';
import type {ConfigSource} from './configuration.ts';
import {createLog, type LogFormat, type LogLevel, logLevels} from './log.ts';
import {type ServeOptions, serve, type Weft} from './serve.ts';
import {onHangUp, untilSignal} from './signals.ts';
import {watchFiles} from './watch-files.ts';

/** Flags that `serve` and `demo` share. */
export const serveFlags = {
  config: {
    value: 'FILE',
    multiple: true,
    help: "Configuration as the OpenTelemetry Collector's; may be repeated, later ones win. Without it every receiver runs into the store",
  },
  set: {
    value: 'PATH=VALUE',
    multiple: true,
    help: 'One setting, stronger than the files: receivers.otlp.protocols.grpc.endpoint=127.0.0.1:4400; may be repeated',
  },
  data: {value: 'DIR', default: './weft-data', help: 'Where everything is kept'},
  http: {value: 'ADDRESS', help: "Address of the page and the APIs (default: the configuration's, 127.0.0.1:16686)"},
  'free-ports': {
    help: 'Listen on free ports, save where --http or --set names one; the addresses are in DIR/endpoints.json',
  },
  'log-level': {value: 'LEVEL', help: `${logLevels.join(', ')}`},
  'log-format': {value: 'FORMAT', help: 'text or json (default: text on a terminal, else json)'},
} as const satisfies Record<string, Flag>;

export const serveCommand: Command = {
  name: 'serve',
  summary: 'Run Weft: receive, store, answer, show.',
  details:
    'Stops cleanly on SIGINT and SIGTERM. Reads its configuration again on SIGHUP and when a file of it changes. GET /ready on the http address tells whether it accepts.',
  flags: serveFlags,
  async run(args, start) {
    const options = await serveOptions(readFlags(serveFlags, args), 'info');
    const starting = serve(options, start);
    const end = reloadWhenAsked(starting, options);
    const weft = await starting;
    const signal = untilSignal();
    await Promise.race([weft.opened.then(() => console.log(readyLine(weft))), signal]);
    await signal;
    end();
    await weft.stop();
    return 0;
  },
};

/** Reads the configuration again at SIGHUP and when its files change, until the function that it returns is called. */
export function reloadWhenAsked(starting: Promise<Weft>, {source}: ServeOptions): () => void {
  if (source === undefined) return () => {};
  const files = watchFiles(() => void again());
  const again = async (): Promise<void> => {
    const weft = await starting.catch(() => undefined); // that it cannot start is told elsewhere
    // A SIGHUP beside an edited file is one reading.
    files.accept();
    await weft?.reload();
    // It may name others now.
    files.watch(source.files());
  };
  files.watch(source.files());
  const endHangUp = onHangUp(() => void again());
  return () => {
    endHangUp();
    files.stop();
  };
}

/** Reads the configuration of the flags each time that it is asked to, and notes the files that it is made of. */
function configSource(values: Values): ConfigSource {
  const files = new Set<string>();
  const request = {
    configs: values.all('config'),
    sets: values.all('set'),
    env: process.env,
    readFile(path: string): string {
      files.add(resolve(path));
      return readFileSync(path, 'utf8');
    },
    registry,
  };
  return {
    names: request.configs,
    files: () => [...files],
    load() {
      files.clear();
      return loadConfig(request);
    },
  };
}

export function readyLine({endpoints, problems}: Weft): string {
  const {http, ...receivers} = endpoints;
  const entries = Object.entries(receivers);
  const list = entries.filter(([name]) => name.startsWith('otlp')).map(([name, address]) => `${name} ${address}`);
  // The others have ports that those who send to them know: by component, in one line.
  const ports = Map.groupBy(
    entries.filter(([name]) => !name.startsWith('otlp')),
    ([name]) => name.split('_', 1)[0] as string,
  );
  for (const [component, own] of ports) {
    list.push(`${component} ${own.map(([, address]) => address.slice(address.lastIndexOf(':'))).join(' ')}`);
  }
  const amiss = problems.map((problem) => `\nWeft takes data and keeps it, but ${problem}`);
  return `Weft is ready: http://${http}   (${list.join(', ')})${amiss.join('')}`;
}

/** Reads flags and configuration; throws with every fault of either. */
export async function serveOptions(values: Values, defaultLevel: LogLevel): Promise<ServeOptions> {
  const source = configSource(values);
  const loaded = await source.load();
  if (loaded.kind === 'faulty') {
    const count = loaded.faults.length === 1 ? 'a fault' : `${loaded.faults.length} faults`;
    throw new UsageError(
      `the configuration has ${count}:\n${loaded.faults.map((fault) => `  ${formatFault(fault)}`).join('\n')}`,
    );
  }
  const logLevel = (values.text('log-level') ?? defaultLevel) as LogLevel;
  if (!logLevels.includes(logLevel))
    throw new UsageError(`--log-level ${logLevel}: expected one of ${logLevels.join(', ')}`);
  const logFormat = (values.text('log-format') ?? (process.stderr.isTTY ? 'text' : 'json')) as LogFormat;
  if (logFormat !== 'text' && logFormat !== 'json')
    throw new UsageError(`--log-format ${logFormat}: expected text or json`);
  const log = createLog(logLevel, logFormat);
  for (const warning of loaded.warnings) log.warn({}, formatFault(warning));
  const freePorts = values.on('free-ports');
  const keptPorts = portsOf(values.all('set'));
  return {
    config: loaded.config,
    source,
    warnings: loaded.warnings.map(formatFault),
    dataDirectory: values.text('data') as string,
    http: httpAddress(values.text('http'), loaded.config.weft.http.endpoint, freePorts, keptPorts),
    grpc: grpcAddress(loaded.config.weft.grpc, freePorts, keptPorts),
    freePorts,
    keptPorts,
    uiDirectory: findPage(),
    log,
    logLevel,
    logFormat,
  };
}

/** A port that the command line names is stronger than `--free-ports`, which is stronger than the configuration's. */
function httpAddress(
  flag: string | undefined,
  {host = '::', port}: {readonly host: string | undefined; readonly port: number},
  freePorts: boolean,
  keptPorts: ReadonlySet<number>,
): ServeOptions['http'] {
  if (flag !== undefined) return parseHttp(flag);
  return {host, port: freePorts && !keptPorts.has(port) ? 0 : port};
}

function grpcAddress(
  {enabled, endpoint, port_in_use}: CollectorConfig['weft']['grpc'],
  freePorts: boolean,
  keptPorts: ReadonlySet<number>,
): ServeOptions['grpc'] {
  if (!enabled) return undefined;
  return {...httpAddress(undefined, endpoint, freePorts, keptPorts), optional: port_in_use === 'skip'};
}

/** Ports of the addresses that `--set` gives, `receivers.otlp.protocols.grpc.endpoint=127.0.0.1:4400`. */
export const portsOf = (sets: readonly string[]): ReadonlySet<number> =>
  new Set(sets.flatMap((set) => /^[^=]*\bendpoint\s*=.*:(\d{1,5})\s*$/.exec(set)?.[1] ?? []).map(Number));

/** `127.0.0.1:16686`, `:16686` (every address of the machine), `[::1]:16686`. */
function parseHttp(text: string): ServeOptions['http'] {
  const match = /^(\[[0-9a-fA-F:]+\]|[^:[\]]*):(\d{1,5})$/.exec(text);
  if (match === null || Number(match[2]) > 65_535)
    throw new UsageError(`--http ${text}: expected an address such as 127.0.0.1:16686`);
  const host = (match[1] as string).replace(/[[\]]/g, '');
  return {host: host === '' ? '::' : host === 'localhost' ? '127.0.0.1' : host, port: Number(match[2])};
}

/** Undefined where the page has not been built: the APIs work without it. */
function findPage(): string | undefined {
  const directory = join(import.meta.dirname, '..', '..', '..', 'ui', 'dist');
  return existsSync(join(directory, 'index.html')) ? directory : undefined;
}
