/**
 * Names of metrics and labels as OTLP has them → as Prometheus has them ("Prometheus and OpenMetrics Compatibility" of OpenTelemetry;
 * the same rules as Prometheus's own otlptranslator).
 */

/** Prometheus's `translation_strategy`. */
export const translationStrategies = {
  UnderscoreEscapingWithSuffixes: {suffixes: true, utf8: false},
  UnderscoreEscapingWithoutSuffixes: {suffixes: false, utf8: false},
  NoUTF8EscapingWithSuffixes: {suffixes: true, utf8: true},
  NoTranslation: {suffixes: false, utf8: true},
} as const;
export type TranslationStrategy = keyof typeof translationStrategies;

export interface NameRules {
  /** Whether units and types become suffixes: `_seconds`, `_total`. */
  readonly suffixes: boolean;
  /** Whether characters stay that Prometheus before version 3 does not know. */
  readonly utf8: boolean;
  /** What names begin with, as a label may be called; '' for nothing. */
  readonly namespace: string;
}

/** A counter is a sum that only grows; `other` gets no suffix of its type. */
export type NamedType = 'counter' | 'gauge' | 'other';

export function metricName(name: string, unit: string, type: NamedType, rules: NameRules): string {
  if (rules.utf8) return utf8Name(name, unit, type, rules);
  if (!rules.suffixes) {
    const plain = name
      .split(/[^A-Za-z0-9_:]+/)
      .filter(isNotEmpty)
      .join('_');
    return withNamespace(plain, rules.namespace);
  }
  // Underscores that follow one another become one.
  const tokens = name.split(/[^A-Za-z0-9:]+/).filter(isNotEmpty);
  const {main, per} = unitSuffixes(unit);
  if (main !== '' && !tokens.includes(clean(main))) tokens.push(clean(main));
  if (per !== '' && !tokens.includes(clean(per))) tokens.push('per', clean(per));
  const last = typeSuffix(unit, type);
  return withNamespace(
    [...tokens.filter((token) => token !== last), ...(last === '' ? [] : [last])].join('_'),
    rules.namespace,
  );
}

function utf8Name(name: string, unit: string, type: NamedType, {suffixes, namespace}: NameRules): string {
  let built = name;
  if (suffixes) {
    const {main, per} = unitSuffixes(unit);
    const last = typeSuffix(unit, type);
    const without = (text: string, suffix: string): string =>
      text.endsWith(suffix) ? text.slice(0, -suffix.length).replace(/[^A-Za-z0-9]$/, '') : text;
    if (last !== '') built = without(built, last);
    if (main !== '' && !built.endsWith(main)) built = `${built}_${main}`;
    if (per !== '' && !built.endsWith(`per_${per}`)) built = `${built}_per_${per}`;
    if (last !== '') built = `${built}_${last}`;
  }
  return namespace === '' ? built : `${namespace}_${built}`;
}

function withNamespace(name: string, namespace: string): string {
  const full = namespace === '' ? name : `${namespace}_${name}`;
  return /^[0-9]/.test(full) ? `_${full}` : full;
}

/** `_ratio` is for gauges only: counters of things have the unit 1 as well. */
function typeSuffix(unit: string, type: NamedType): string {
  if (type === 'counter') return 'total';
  return type === 'gauge' && unit === '1' ? 'ratio' : '';
}

/** Of `By/s`: `bytes` and `second`. Empty where there is none; annotations such as `{request}` are none. */
function unitSuffixes(unit: string): {readonly main: string; readonly per: string} {
  const [main = '', per = ''] = unit.split(/\/(.*)/s).map((part) => part.trim());
  const word = (part: string, words: Readonly<Record<string, string>>): string =>
    /[{}]/.test(part) ? '' : Object.hasOwn(words, part) ? (words[part] as string) : part;
  return {main: word(main, unitWords), per: word(per, perUnitWords)};
}

const clean = (unit: string): string => unit.replace(/[^A-Za-z0-9:]+/g, '_').replace(/^_|_$/g, '');

const unitWords: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tibibytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '1': '',
  '%': 'percent',
};

const perUnitWords: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
};

/** The name of a label; undefined where nothing of it would be left. */
export function labelName(name: string, utf8: boolean): string | undefined {
  if (name === '') return undefined;
  if (utf8) return name;
  const escaped = name.replace(/[^A-Za-z0-9_]/gu, '_');
  if (/^[0-9]/.test(escaped)) return `key_${escaped}`;
  return /^_+$/.test(escaped) ? undefined : escaped;
}

/** Adds an attribute's label, undefined where it has none; two that become one name have both values, as `a;b`. */
export function addLabel(labels: Map<string, string>, name: string | undefined, value: string): void {
  if (name === undefined) return;
  const known = labels.get(name);
  labels.set(name, known === undefined ? value : `${known};${value}`);
}

/** Attributes of a resource that name a target. */
export const targetKeys = ['service.name', 'service.namespace', 'service.instance.id'] as const;

/** `job` and `instance` of a resource, which name a target; empty where it names none. */
export function targetLabels(attributes: ReadonlyMap<string, string>): (readonly [name: string, value: string])[] {
  const [service, namespace, instance] = targetKeys.map((key) => attributes.get(key));
  const job = service === undefined || namespace === undefined ? service : `${namespace}/${service}`;
  return [
    ...(job === undefined ? [] : [['job', job] as const]),
    ...(instance === undefined ? [] : [['instance', instance] as const]),
  ];
}

/** Whether Prometheus of every version takes it as the name of a label. */
export const isPlainLabel = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
export const isPlainMetric = (name: string): boolean => /^[A-Za-z_:][A-Za-z0-9_:]*$/.test(name);

const isNotEmpty = (text: string): boolean => text !== '';
