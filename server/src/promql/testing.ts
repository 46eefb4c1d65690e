/** Asks the questions of a script, and says which answers are others than it expects. */
import {type Answer, evaluate, matches, PromqlError, parse, type RawSeries, type SampleSource} from './index.ts';
import type {Ask, Expected, Script} from './testing-script.ts';

export interface ScriptResult {
  readonly passed: number;
  /** Of native histograms, which are not there yet. */
  readonly skipped: number;
  readonly failed: readonly {readonly line: number; readonly text: string; readonly why: string}[];
}

export async function runScript(script: Script): Promise<ScriptResult> {
  let loaded: RawSeries[] = [];
  let lacks = false;
  let passed = 0;
  let skipped = 0;
  const failed: ScriptResult['failed'][number][] = [];
  for (const step of script.steps) {
    if (step.kind === 'clear') {
      loaded = [];
      lacks = false;
    } else if (step.kind === 'load') {
      loaded = merge([...loaded, ...step.series]);
      lacks ||= step.lacks;
    } else {
      if (step.lacks || lacks) {
        skipped++;
        continue;
      }
      const why = await faultOf(step, sourceOf(loaded));
      if (why === undefined) passed++;
      else failed.push({line: step.line, text: step.text, why});
    }
  }
  return {passed, skipped, failed};
}

function merge(all: readonly RawSeries[]): RawSeries[] {
  const byKey = new Map<string, RawSeries>();
  for (const series of all) {
    const other = byKey.get(series.labels.key);
    if (other === undefined) {
      byKey.set(series.labels.key, series);
      continue;
    }
    const words = (from: RawSeries) =>
      new BigUint64Array(from.values.buffer, from.values.byteOffset, from.values.length);
    const points = new Map<number, bigint>();
    for (const from of [other, series])
      for (const [i, time] of from.times.entries()) points.set(time, words(from)[i] as bigint);
    const sorted = [...points].sort(([a], [b]) => a - b);
    const values = new Float64Array(sorted.length);
    new BigUint64Array(values.buffer).set(sorted.map(([, value]) => value));
    byKey.set(series.labels.key, {labels: series.labels, times: Float64Array.from(sorted, ([time]) => time), values});
  }
  return [...byKey.values()];
}

export function sourceOf(loaded: readonly RawSeries[]): SampleSource {
  return {
    async select({matchers, from, to}) {
      const fit = loaded.filter(({labels}) => matchers.every((matcher) => matches(matcher, labels.get(matcher.label))));
      return fit
        .map(({labels, times, values}) => {
          const first = times.findIndex((time) => time > from);
          const end = times.findIndex((time) => time > to);
          const range = [first === -1 ? times.length : first, end === -1 ? times.length : end] as const;
          return {labels, times: times.slice(...range), values: values.slice(...range)};
        })
        .filter(({times}) => times.length > 0)
        .sort((a, b) => a.labels.compare(b.labels));
    },
  };
}

/** What is other than expected. */
async function faultOf(ask: Ask, source: SampleSource): Promise<string | undefined> {
  const {text, start, end, step, expected} = ask;
  const expectedFail = expected.filter(({what}) => what === 'fail');
  const parsed = parse(text, {functions: true, fill: true});
  let answer: Answer;
  try {
    if (parsed.kind === 'faulty') throw new PromqlError(parsed.faults[0]?.message);
    answer = await evaluate(parsed.value, {source, start, end, step, text});
  } catch (error) {
    if (!(error instanceof PromqlError)) return `thrown: ${(error as Error).stack}`;
    const {message} = error;
    if (expectedFail.length === 0) return `failed: ${message}`;
    const other = expectedFail.find((one) => !fits(one, [message]));
    return other === undefined ? undefined : `failed with ${message}, expected ${other.text}`;
  }
  if (expectedFail.length > 0) return `did not fail: ${expectedFail[0]?.text}`;
  const {warnings, infos} = answer.notes;
  for (const one of expected) {
    const notes = one.what.endsWith('warn') ? [...warnings] : [...infos];
    if (one.what === 'no_warn' || one.what === 'no_info') {
      if (notes.length > 0) return `${one.what}: ${notes}`;
    } else if ((one.what === 'warn' || one.what === 'info') && !fits(one, notes))
      return `expected ${one.what} ${one.text}, got ${notes.join('; ')}`;
  }
  return differenceOf(ask, answer);
}

function fits({how, text}: Expected, messages: readonly string[]): boolean {
  if (how === undefined) return messages.length > 0;
  const wanted = text.replace(/^"(.*)"$/, '$1');
  return messages.some((message) =>
    how === 'msg' ? message === wanted || message.endsWith(wanted) : new RegExp(wanted).test(message),
  );
}

function differenceOf({series, scalar, expected, step}: Ask, answer: Answer): string | undefined {
  const string = expected.find(({what}) => what === 'string');
  if (string !== undefined) {
    const wanted = string.text.slice(1, -1).replace(/\\(.)/g, (_all, letter) => (letter === 'n' ? '\n' : letter));
    return answer.kind === 'string' && answer.value === wanted ? undefined : `expected the string ${string.text}`;
  }
  if (answer.kind === 'string') return 'got a string';
  if (answer.kind === 'scalar') {
    const wanted = scalar === undefined ? series[0]?.values : [scalar];
    return wanted?.every((value, i) => isAlmost(value, answer.values[i]))
      ? undefined
      : `expected ${wanted}, got ${answer.values}`;
  }
  const got: {key: string; name: string; values: (number | undefined)[]}[] =
    answer.kind === 'matrix'
      ? answer.series.map(({labels, values}) => ({key: labels.key, name: String(labels), values: [...values]}))
      : answer.columns.map(({labels, values, present}) => ({
          key: labels.key,
          name: String(labels),
          values: Array.from(values, (value, i) => (present[i] === 1 ? value : undefined)),
        }));
  const shown = (): string =>
    `expected\n${series.map((one) => `      ${one.labels} ${one.values}`).join('\n')}\n    got\n${got.map((one) => `      ${one.name} ${one.values}`).join('\n')}`;
  const isOrdered = step === 0 && expected.some(({what}) => what === 'ordered');
  if (got.length !== series.length) return shown();
  for (const [i, wanted] of series.entries()) {
    const found = isOrdered ? got[i] : got.find(({key}) => key === wanted.labels.key);
    if (found?.key !== wanted.labels.key) return shown();
    const length = Math.max(found.values.length, wanted.values.length);
    for (let at = 0; at < length; at++) if (!isAlmost(wanted.values[at], found.values[at])) return shown();
  }
  return undefined;
}

/** To six digits, as Prometheus compares. */
function isAlmost(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  if (a === b) return true;
  const [sum, difference] = [Math.abs(a) + Math.abs(b), Math.abs(a - b)];
  return sum < Number.MIN_VALUE * 2 ** 52 ? difference < 1e-6 : difference / Math.min(sum, Number.MAX_VALUE) < 1e-6;
}
