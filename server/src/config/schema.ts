/**
 * The shape of a component's configuration: a small schema that reads positioned nodes into typed values, reports every fault
 * where it is, and describes itself for the reference (`config-reference.ts`).
 */
import {
  type ConfigNode,
  describeNode,
  emptyMap,
  isNull,
  type MapNode,
  mapWord,
  type Position,
  type Report,
  textOf,
} from './node.ts';
import {suggestion} from './suggest.ts';

export interface ConfigType<T> {
  /** For the reference: `duration`, `one of: gzip, none`. */
  readonly label: string;
  /** The settings inside, for the reference. */
  readonly fields?: Fields | undefined;
  /** Whether nothing after the colon is a value of its own (a section with its defaults) rather than "not set". */
  readonly takesNull?: boolean;
  /** Reports what is wrong; what it returns then is of no importance. */
  read(node: ConfigNode, report: Report): T;
}

export interface Field<T> {
  readonly type: ConfigType<T>;
  readonly help: string;
  readonly required: boolean;
  /** The value where nothing is set. */
  readonly fallback: (node: MapNode, report: Report) => T;
  /** As the reference shows it; empty for none. */
  readonly fallbackText: string;
  /** Accepted so that a Collector's configuration loads; the text says why it does nothing here. */
  readonly ignored?: string;
}
export type Fields = Readonly<Record<string, Field<unknown>>>;
type Values<F> = {readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never};

export function required<T>(type: ConfigType<T>, help: string): Field<T> {
  return {type, help, required: true, fallback: () => undefined as T, fallbackText: ''};
}

export function optional<T>(type: ConfigType<T>, help: string): Field<T | undefined> {
  return {type, help, required: false, fallback: () => undefined, fallbackText: ''};
}

/** `text` is the default as a person would write it in YAML. */
export function withDefault<T>(type: ConfigType<T>, value: T, text: string, help: string): Field<T> {
  return {type, help, required: false, fallback: () => value, fallbackText: text};
}

/** A map that is there with its defaults whether or not it is written. */
export function always<T>(type: ConfigType<T>, help: string): Field<T> {
  return {
    type,
    help,
    required: false,
    fallback: (node, report) => type.read(emptyMap(node.at), report),
    fallbackText: '',
  };
}

/** A setting of the Collector that means nothing here. */
export function ignored(why: string): Field<undefined> {
  const type: ConfigType<undefined> = {label: 'any', takesNull: true, read: () => undefined};
  return {type, help: `No effect: ${why}.`, required: false, fallback: () => undefined, fallbackText: '', ignored: why};
}

/** A setting of the Collector that must not be overlooked: to ignore it would be unsafe. */
export function unsupported(why: string): Field<undefined> {
  const type: ConfigType<undefined> = {
    label: 'any',
    read: (node, report) => report.fault(node.at, why) as undefined,
  };
  return {type, help: `Not available: ${why}.`, required: false, fallback: () => undefined, fallbackText: ''};
}

/** A map with these keys; nothing behind the key means all defaults. `check` is for what concerns several of them. */
export function object<F extends Fields>(
  fields: F,
  check?: (values: Values<F>, node: MapNode, report: Report) => void,
): ConfigType<Values<F>> {
  return {label: 'map', fields, takesNull: true, read: readerOf(fields, true, check)};
}

/** The same of a document that others write and may add to: unknown keys are passed over, and `null` is no object. */
export function record<F extends Fields>(
  fields: F,
  check?: (values: Values<F>, node: MapNode, report: Report) => void,
): ConfigType<Values<F>> {
  return {label: 'map', fields, read: readerOf(fields, false, check)};
}

function readerOf<F extends Fields>(
  fields: F,
  isClosed: boolean,
  check: ((values: Values<F>, node: MapNode, report: Report) => void) | undefined,
): ConfigType<Values<F>>['read'] {
  return (given, report) => {
    const node = isClosed && isNull(given) ? emptyMap(given.at) : given;
    if (node.kind !== 'map') {
      report.fault(
        node.at,
        `expected ${mapWord(node)} with ${listed(Object.keys(fields))}, found ${describeNode(node)}`,
      );
      return {} as Values<F>;
    }
    let faults = 0;
    const counting: Report = {
      ...report,
      fault(at, message) {
        faults++;
        report.fault(at, message);
      },
    };
    for (const [key, {at}] of node.entries) {
      if (!isClosed || Object.hasOwn(fields, key)) continue;
      const known = Object.keys(fields);
      const close = suggestion(key, known);
      counting.fault(at, `unknown key \`${key}\`${close === '' ? `; the keys here are ${listed(known)}` : close}`);
    }
    const values: Record<string, unknown> = {};
    for (const [key, field] of Object.entries(fields)) values[key] = readField(key, field, node, counting);
    // A rule about several values can only be judged when each of them is sound.
    if (faults === 0) check?.(values as Values<F>, node, report);
    return values as Values<F>;
  };
}

function readField(key: string, field: Field<unknown>, node: MapNode, report: Report): unknown {
  const entry = node.entries.get(key);
  if (entry === undefined || (isNull(entry.value) && field.type.takesNull !== true)) {
    if (field.required) report.fault(entry?.at ?? node.at, `\`${key}\` is required: ${field.help}`);
    return field.fallback(node, report);
  }
  if (field.ignored !== undefined) report.warn(entry.at, `\`${key}\` has no effect: ${field.ignored}`);
  // A fault of the value itself is told with its key; one inside it has, or gets, a key of its own.
  const name = (at: Position, message: string): string =>
    at === entry.value.at && at.path === undefined && !/^`[^`]+`: /.test(message) ? `\`${key}\`: ${message}` : message;
  const named: Report = {
    ...report,
    fault: (at, message) => report.fault(at, name(at, message)),
    warn: (at, message) => report.warn(at, name(at, message)),
  };
  return field.type.read(entry.value, named);
}

export const listed = (names: readonly string[]): string =>
  names.length === 0 ? 'none' : names.map((name) => `\`${name}\``).join(', ');

/** A list of such values. */
export function list<T>(item: ConfigType<T>): ConfigType<readonly T[]> {
  return {
    label: `list of ${item.label}`,
    fields: item.fields,
    read(node, report) {
      if (node.kind === 'list') return node.items.map((each) => item.read(each, report));
      report.fault(node.at, `expected a list, as in [a, b]; found ${describeNode(node)}`);
      return [];
    },
  };
}

/** A list of exactly these values. */
export function tuple<T extends readonly unknown[]>(
  ...items: {readonly [K in keyof T]: ConfigType<T[K]>}
): ConfigType<T> {
  return {
    label: `list of ${items.length}`,
    read(node, report) {
      if (node.kind === 'list' && node.items.length === items.length) {
        return node.items.map((each, index) => items[index]?.read(each, report)) as unknown as T;
      }
      report.fault(node.at, `expected a list of ${items.length}, found ${describeNode(node)}`);
      return [] as unknown as T;
    },
  };
}

/** A value that is left out, with a warning, where it is faulty. */
export function ifSound<T>(type: ConfigType<T>): ConfigType<T | undefined> {
  return {
    ...type,
    read(node, report) {
      let isSound = true;
      const fault = (at: Position, message: string): void => {
        isSound = false;
        report.warn(at, `left out: ${message}`);
      };
      const value = type.read(node, {...report, fault});
      return isSound ? value : undefined;
    },
  };
}

/** A list from which faulty values are left out, with a warning for each. */
export function listOfSound<T>(item: ConfigType<T>): ConfigType<readonly T[]> {
  const all = list(ifSound(item));
  return {
    ...all,
    read: (node, report) => all.read(node, report).filter((each): each is NonNullable<T> => each !== undefined),
  };
}

/** A map from any key to such values. */
export function mapOf<T>(item: ConfigType<T>): ConfigType<ReadonlyMap<string, T>> {
  return {
    label: `map of ${item.label}`,
    read(node, report) {
      if (node.kind === 'map')
        return new Map([...node.entries].map(([key, {value}]) => [key, item.read(value, report)]));
      report.fault(node.at, `expected ${mapWord(node)}, found ${describeNode(node)}`);
      return new Map();
    },
  };
}

/** Tries to make a value of a scalar; gives back the words for "expected …" where it cannot. */
export function scalar<T>(label: string, parse: (value: unknown, text: string) => {value: T} | string): ConfigType<T> {
  return {
    label,
    read(node, report) {
      const written = node.kind === 'scalar' ? node.text : node.original;
      const parsed =
        written === undefined ? `expected ${label}` : parse(node.kind === 'scalar' ? node.value : written, written);
      if (typeof parsed !== 'string') return parsed.value;
      report.fault(node.at, `${parsed}, found ${describeNode(node)}`);
      return undefined as T;
    },
  };
}

/** Text; numbers and booleans are taken as they are written, as the Collector does. */
export const text: ConfigType<string> = {
  label: 'text',
  read(node, report) {
    const written = textOf(node);
    if (written !== undefined) return written;
    const why = node.kind === 'scalar' ? `: ${node.textFault}` : '';
    report.fault(node.at, `expected text, found ${describeNode(node)}${why}`);
    return '';
  },
};

export const bool: ConfigType<boolean> = scalar('true or false', (value) =>
  typeof value === 'boolean' ? {value} : 'expected true or false',
);

/** A text in JSON: a number is none. `words` say what is expected beyond that. */
export const string = (isGood: (text: string) => boolean = () => true, words = 'a text'): ConfigType<string> =>
  scalar(words, (value) => (typeof value === 'string' && isGood(value) ? {value} : `expected ${words}`));

/** A finite number. */
export const number = (isGood: (value: number) => boolean = () => true, words = 'a number'): ConfigType<number> =>
  scalar(words, (value) =>
    typeof value === 'number' && Number.isFinite(value) && isGood(value) ? {value} : `expected ${words}`,
  );

export function integer(min = 0, max: number = Number.MAX_SAFE_INTEGER): ConfigType<number> {
  return scalar('whole number', (value) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return 'expected a whole number';
    if (value < min) return `expected a whole number of at least ${min}`;
    return value > max ? `expected a whole number of at most ${max}` : {value};
  });
}

export function oneOf<const V extends string>(...values: readonly V[]): ConfigType<V> {
  const known = scalar(`one of: ${values.map((value) => (value === '' ? '""' : value)).join(', ')}`, (_, written) => {
    if ((values as readonly string[]).includes(written)) return {value: written as V};
    return `expected one of ${listed(values)}`;
  });
  return {
    label: known.label,
    read(node, report) {
      const close = node.kind === 'scalar' ? suggestion(node.text, values) : '';
      return known.read(node, {...report, fault: (at, message) => report.fault(at, `${message}${close}`)});
    },
  };
}
