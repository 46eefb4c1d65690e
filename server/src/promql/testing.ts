/** Asks the questions of a script, and says which answers are others than it expects. */
import {isAlmost} from './almost.ts';
import {type Answer, evaluate, matches, PromqlError, parse, type RawSeries, type SampleSource} from './index.ts';
import {mergeAlike} from './series.ts';
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
      loaded = mergeAlike([...loaded, ...step.series]);
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
    return wanted?.every((value, i) => isSame(value, answer.values[i]))
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
    for (let at = 0; at < length; at++) if (!isSame(wanted.values[at], found.values[at])) return shown();
  }
  return undefined;
}

/** To six digits, as Prometheus compares. */
function isSame(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (Number.isNaN(a) && Number.isNaN(b)) || isAlmost(a, b, 1e-6);
}
