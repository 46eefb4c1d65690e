/** The address bar's query as plain keys and values: no JSON, a list repeats its key. */
import {isSaidOtherwise, type Unread} from './unread.ts';

export type RawQuery = Readonly<Record<string, unknown>>;

export function parseQuery(text: string): Record<string, string | string[]> {
  const parameters = new URLSearchParams(text);
  const result: Record<string, string | string[]> = {};
  for (const key of new Set(parameters.keys())) {
    const values = parameters.getAll(key);
    result[key] = values.length === 1 ? values[0]! : values;
  }
  return result;
}

/** With the leading `?`, or '' when there is nothing to say. What was not understood stays as it was, until it is said otherwise. */
export function writeQuery(query: object): string {
  const {unread = {}, ...said} = query as {readonly unread?: Unread} & RawQuery;
  const parameters = new URLSearchParams();
  const append = (key: string, value: unknown): void => {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (isSaid(one)) parameters.append(key, String(one));
    }
  };
  for (const [key, value] of Object.entries(said)) append(key, value);
  const understood = new Set(parameters.keys());
  for (const [key, values] of Object.entries(unread)) {
    // By what was understood: two parts that were not say nothing of each other.
    if (!isSaidOtherwise(key, (other) => understood.has(other))) append(key, values);
  }
  // These are legal in a query; left readable.
  const text = parameters
    .toString()
    .replaceAll('%3A', ':')
    .replaceAll('%2F', '/')
    .replaceAll('%3D', '=')
    .replaceAll('%2C', ',');
  return text === '' ? '' : `?${text}`;
}

const isSaid = (value: unknown): boolean => value !== undefined && value !== null && value !== '' && value !== false;

/** Foreign values to typed ones. What does not fit is undefined, as if it were not there, and told by `unread`. */
export interface Reader {
  readonly text: (key: string) => string | undefined;
  /** What `read` makes of a text; undefined where it is none of these. */
  readonly parsed: <T>(key: string, read: (text: string) => T | undefined) => T | undefined;
  /** What `read` makes of each text of a list, `most` of them. */
  readonly list: <T>(
    key: string,
    read: (text: string) => readonly T[] | undefined,
    most?: number,
  ) => readonly T[] | undefined;
  /** Those of some words, joined by commas, that are choices. */
  readonly words: (key: string, choices: readonly string[]) => string | undefined;
  readonly flag: (key: string) => true | undefined;
  readonly integer: (key: string, min: number, max: number) => number | undefined;
  readonly oneOf: <T extends string>(key: string, choices: readonly T[]) => T | undefined;
  /** Counts a part that was read as not understood after all. */
  readonly refuse: (key: string) => void;
  /** Counts some of a list that was read as not understood after all. */
  readonly leave: (key: string, values: readonly string[]) => void;
  /** Everything of the query that nothing was made of, by its key. */
  readonly unread: () => Unread;
}

/** A reader remembers what was read through it: those who share an address share its reader. */
export function readerOf(query: RawQuery | Reader): Reader {
  if (isReader(query)) return query;
  const left = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(query)) {
    const all = (Array.isArray(value) ? value : [value]).filter((one) => isSaid(one) && typeof one !== 'object');
    if (all.length > 0) left.set(key, all.map(String));
  }
  const parsed = <T>(key: string, read: (text: string) => T | undefined): T | undefined => {
    const value = query[key];
    const text = typeof value === 'number' || value === true ? String(value) : value;
    const result = typeof text === 'string' && text !== '' ? read(text) : undefined;
    if (result !== undefined) left.delete(key);
    return result;
  };
  const list: Reader['list'] = (key, read, most = Number.POSITIVE_INFINITY) => {
    const bad: string[] = [];
    let taken = 0;
    const value = query[key];
    const fitting = (Array.isArray(value) ? value : [value]).flatMap((one: unknown) => {
      if (typeof one !== 'string' || one === '') return [];
      const result = taken < most ? read(one) : undefined;
      if (result === undefined) bad.push(one);
      else taken++;
      return result ?? [];
    });
    if (bad.length > 0) left.set(key, bad);
    else left.delete(key);
    return fitting.length > 0 ? fitting : undefined;
  };
  return {
    parsed,
    list,
    words: (key, choices) => {
      const value = query[key];
      const all = (Array.isArray(value) ? value : [value]).flatMap((one: unknown) =>
        typeof one === 'string' ? one.split(',').filter((word) => word !== '') : [],
      );
      const [fitting, others] = [true, false].map((fits) => all.filter((word) => choices.includes(word) === fits));
      if (others!.length > 0) left.set(key, [others!.join()]);
      else left.delete(key);
      return fitting!.length > 0 ? fitting!.join() : undefined;
    },
    text: (key) => parsed(key, (text) => text),
    flag: (key) =>
      parsed(key, (text) => (text === 'true' || text === 'false' ? text === 'true' : undefined)) || undefined,
    integer: (key, min, max) =>
      parsed(key, (text) => {
        const number = Number(text);
        return Number.isInteger(number) && number >= min && number <= max ? number : undefined;
      }),
    oneOf: (key, choices) => parsed(key, (text) => choices.find((choice) => choice === text)),
    refuse: (key) => {
      const value = query[key];
      if (isSaid(value)) left.set(key, (Array.isArray(value) ? value : [value]).map(String));
    },
    leave: (key, values) => left.set(key, [...(left.get(key) ?? []), ...values]),
    unread: () => Object.fromEntries(left),
  };
}

const isReader = (query: RawQuery | Reader): query is Reader => typeof query.unread === 'function';
