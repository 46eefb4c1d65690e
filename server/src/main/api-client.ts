/** Commands that talk to a running Weft: how they find it and what they say when it refuses. */
import {userInfo} from 'node:os';
import type {Override, OverrideChange} from '../api/index.ts';
import {errorMessage} from '../base/index.ts';
import {optional, parseJson, record, required, string} from '../config/index.ts';
import {type Flag, UsageError, type Values} from './command.ts';
import {readEndpoints} from './endpoints.ts';

export const clientFlags = {
  data: {value: 'DIR', default: './weft-data', help: "The running Weft's data directory; tells its address"},
  http: {value: 'ADDRESS', help: 'Its http address, where the directory is not at hand (default: 127.0.0.1:16686)'},
} as const satisfies Record<string, Flag>;

/** Flags of what is set for a time. */
export const overrideFlags = {
  all: {help: 'Every service, instead of one by name'},
  for: {value: 'TIME', help: 'How long, such as 15m or 2h (default: 1h; at most 30d)'},
  until: {value: 'MOMENT', help: 'Until when, such as 2026-01-02T03:04:05Z, instead of --for'},
  note: {value: 'TEXT', help: 'Why, for those who wonder later'},
  by: {value: 'NAME', help: 'The person who sets it (default: your user name)'},
} as const satisfies Record<string, Flag>;

export type Call = <T>(method: 'GET' | 'PUT' | 'DELETE', path: string, body?: object) => Promise<T>;

const apiError = record({
  error: required(
    record({
      code: required(string(), 'its code'),
      message: required(string(), 'what is wrong'),
      hint: optional(string(), 'how to mend it'),
    }),
    'the error',
  ),
});

/** What Weft answers to a request that it refuses. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly values: Readonly<Record<string, unknown>>;
  constructor({message, hint, values}: {message: string; hint: string | undefined; values: unknown}) {
    super(hint === undefined ? message : `${message} ${hint}`);
    this.values = typeof values === 'object' && values !== null ? (values as Record<string, unknown>) : {};
  }
}

/** Calls of Weft's own API at the address that the flags tell. They reject with what is wrong and how to mend it. */
export function callsToWeft(values: Values): Call {
  const ask = requestsToWeft(values);
  return async <T>(method: string, path: string, body?: object): Promise<T> =>
    JSON.parse(await (await ask(path, {method, body, seconds: 10})).text()) as T;
}

export interface WeftRequest {
  readonly method: string;
  readonly body?: object | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long it may take until all of the answer is there. */
  readonly seconds: number;
}

/** Of the running Weft that the flags tell, as a URL without a slash at its end; `before`, where none runs that tells one. */
export function weftAddress(values: Values, before = '127.0.0.1:16686'): string {
  const address = values.text('http') ?? readEndpoints(values.text('data') as string)?.http ?? before;
  return /^https?:\/\//.test(address) ? address.replace(/\/+$/, '') : `http://${address}`;
}

/** The same for answers of any kind: resolves to one that is no refusal. */
export function requestsToWeft(values: Values): (path: string, request: WeftRequest) => Promise<Response> {
  const base = weftAddress(values);
  return async (path, {method, body, headers, seconds}) => {
    let response: Response;
    try {
      response = await fetch(`${base}/api/weft/v1${path}`, {
        method,
        headers: {...headers, ...(body && {'content-type': 'application/json'})},
        ...(body && {body: JSON.stringify(body)}),
        signal: AbortSignal.timeout(1000 * seconds),
      });
    } catch (error) {
      const why = errorMessage((error as Error).cause ?? error);
      throw new Error(
        `no Weft answers at ${base} (${why}). Start it with ./weft serve, or name its directory with --data or its address with --http`,
      );
    }
    if (response.ok) return response;
    const text = await response.text();
    let failure: {readonly message: string; readonly hint: string | undefined};
    try {
      failure = parseJson(apiError, text, `the answer of ${base}`).error;
    } catch {
      throw new Error(
        `what answers at ${base} is not Weft (HTTP ${response.status}); name the right address with --http`,
      );
    }
    throw new RefusedError({...failure, values: (JSON.parse(text) as {error: {values?: unknown}}).error.values});
  };
}

/** The service that a command is about: the word, or every one. */
export function serviceOf(word: string | undefined, values: Values): string {
  if (values.on('all')) {
    if (word !== undefined) throw new UsageError(`name either the service "${word}" or --all`);
    return '*';
  }
  if (word === undefined) throw new UsageError('which service? Name it, or use --all');
  return word;
}

export const overridePath = (service: string): string => `/instrument/overrides/${encodeURIComponent(service)}`;

/** The time, the reason and the person that the flags give for an override. */
export function overrideOf(values: Values): OverrideChange {
  const [duration, until, note] = [values.text('for'), values.text('until'), values.text('note')];
  return {
    ...(duration !== undefined && {for: duration}),
    ...(until !== undefined && {until}),
    ...(note !== undefined && {note}),
    setBy: values.text('by') ?? userName(),
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return ''; // a user that has no name on this machine
  }
}

export const nameOf = (service: string): string => (service === '*' ? 'every service' : service);

/** `cart: log level debug until 2026-01-02 03:04:05 UTC (in 15 min), by ada: INC-7`. */
export function describeOverride({service, what, value, untilUnixNano, setBy, note}: Override, now: number): string {
  const until = Number(BigInt(untilUnixNano) / 1_000_000n);
  const setting = what === 'logLevel' ? `log level ${value}` : `keeps ${percent(Number(value))} of traces`;
  const moment = new Date(until).toISOString().slice(0, 19).replace('T', ' ');
  const left = `${Math.max(1, Math.round((until - now) / 60_000))} min`;
  const who = setBy === '' ? '' : `, by ${setBy}`;
  return `${nameOf(service)}: ${setting} until ${moment} UTC (${left})${who}${note === '' ? '' : `: ${note}`}`;
}

export const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;

/** Columns as wide as their widest cell, two spaces apart; `right` columns are numbers. */
export function table(rows: readonly (readonly string[])[], right: ReadonlySet<number> = new Set()): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] as string).length))) ?? [];
  const cell = (text: string, column: number): string => {
    const width = widths[column] as number;
    return right.has(column) ? text.padStart(width) : text.padEnd(width);
  };
  return rows.map((row) => row.map(cell).join('  ').trimEnd());
}
