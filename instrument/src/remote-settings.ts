import type {LogLevels} from './log-levels.ts';
import {type Poller, startPolling} from './poll-json.ts';

/**
 * The server's settings for one service (`GET /api/weft/v1/instrument/settings?service=NAME`). The document is the whole
 * truth: a setting that is not in it is not overridden. `until` is when an override ends by itself, even if the server is away then.
 */
export type Settings = {
  readonly logLevel?: {readonly value: string; readonly until?: string};
  readonly sampling?: {readonly probability: number; readonly until?: string};
};

export type RemoteSettingsOptions = {
  /** Base URL of Weft's own API, for example `http://localhost:7070`. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly service: string;
  readonly pollMillis: number;
  readonly levels: LogLevels;
  /** Keeps this share of new traces while set. */
  readonly overrideSampling: (probability: number | undefined) => void;
};

/** Follows the server's settings for this service. */
export function followSettings(options: RemoteSettingsOptions): Poller {
  const {endpoint, service, levels, overrideSampling} = options;
  const url = `${endpoint.replace(/\/+$/, '')}/api/weft/v1/instrument/settings?service=${encodeURIComponent(service)}`;
  const level = expiring<string>((value) => levels.set(value));
  const sampling = expiring<number>(overrideSampling);
  const poller = startPolling({
    url,
    headers: options.headers,
    everyMillis: options.pollMillis,
    onDocument: (document) => {
      const settings = parseSettings(document);
      level.set(settings.logLevel?.value, settings.logLevel?.until);
      sampling.set(settings.sampling?.probability, settings.sampling?.until);
    },
  });
  return {
    poll: poller.poll,
    stop() {
      poller.stop();
      level.set(undefined, undefined);
      sampling.set(undefined, undefined);
    },
  };
}

/** Checks a settings document. Throws what is wrong with it; then the former settings stay. */
export function parseSettings(document: unknown): Settings {
  const {logLevel, sampling} = (document ?? {}) as {
    logLevel?: Record<string, unknown>;
    sampling?: Record<string, unknown>;
  };
  const until = (entry: Record<string, unknown>): {until?: string} => {
    if (entry.until === undefined || entry.until === null) return {};
    if (typeof entry.until === 'string' && !Number.isNaN(Date.parse(entry.until))) return {until: entry.until};
    throw new TypeError(`until: expected a time, not ${JSON.stringify(entry.until)}`);
  };
  const settings: {logLevel?: Settings['logLevel']; sampling?: Settings['sampling']} = {};
  if (logLevel) {
    if (typeof logLevel.value !== 'string') throw new TypeError('logLevel.value: expected text');
    settings.logLevel = {value: logLevel.value, ...until(logLevel)};
  }
  if (sampling) {
    const {probability} = sampling;
    if (typeof probability !== 'number' || !(probability >= 0 && probability <= 1)) {
      throw new TypeError('sampling.probability: expected 0 to 1');
    }
    settings.sampling = {probability, ...until(sampling)};
  }
  return settings as Settings;
}

const longestTimer = 2 ** 31 - 1;

/** A value that is taken back when its time is over; `apply` hears of changes only. */
export function expiring<T>(apply: (value: T | undefined) => void): {
  set(value: T | undefined, until: string | undefined): void;
} {
  let current: T | undefined;
  let timer: NodeJS.Timeout | undefined;
  const change = (value: T | undefined): void => {
    if (value === current) return;
    current = value;
    apply(value);
  };
  /** A timer reaches 24.8 days: a longer time is waited for in several. */
  const endAt = (end: number): void => {
    const left = end - Date.now();
    if (left <= 0) change(undefined);
    else timer = setTimeout(endAt, Math.min(left, longestTimer), end).unref();
  };
  return {
    set(value, until) {
      clearTimeout(timer);
      if (value === undefined || until === undefined) return change(value);
      const end = Date.parse(until);
      change(end > Date.now() ? value : undefined);
      endAt(end);
    },
  };
}
