/**
 * Prometheus's language of tests, of which its own tests of PromQL are written (`promql/promqltest`): samples that are loaded, and
 * questions with their answers.
 */
import {type Label, Labels, markStale, parse, type RawSeries, readDuration} from './index.ts';

export interface Script {
  readonly steps: readonly ScriptStep[];
}
export type ScriptStep = Load | Ask | {readonly kind: 'clear'};
export interface Load {
  readonly kind: 'load';
  readonly series: readonly RawSeries[];
  /** Native histograms were left out. */
  readonly lacks: boolean;
}
export interface Ask {
  readonly kind: 'ask';
  readonly line: number;
  readonly text: string;
  /** Milliseconds; `step` 0 of a question at one moment. */
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly expected: readonly Expected[];
  readonly series: readonly ExpectedSeries[];
  /** The answer is one number. */
  readonly scalar?: number | undefined;
  /** It has native histograms. */
  readonly lacks: boolean;
}
export interface Expected {
  readonly what: 'fail' | 'warn' | 'no_warn' | 'info' | 'no_info' | 'ordered' | 'string' | 'range';
  readonly how?: 'msg' | 'regex';
  readonly text: string;
}
export interface ExpectedSeries {
  readonly labels: Labels;
  /** NaN is a value; undefined where there is none. */
  readonly values: readonly (number | undefined)[];
}

const duration = (text: string): number => {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  return text.startsWith('-') ? -duration(text.slice(1)) : 1000 * (readDuration(text) ?? fail(`no duration: ${text}`));
};

function fail(message: string): never {
  throw new Error(message);
}

export function readScript(text: string): Script {
  const lines = text.split('\n').map((line) => line.replace(/^\s*#.*$/, '').trim());
  const steps: ScriptStep[] = [];
  for (let i = 0; i < lines.length; ) {
    const line = lines[i++] as string;
    if (line === '') continue;
    const number = i;
    const block: string[] = [];
    while (i < lines.length && lines[i] !== '') block.push(lines[i++] as string);
    const word = /^\w+/.exec(line)?.[0] ?? '';
    if (word === 'clear') {
      steps.push({kind: 'clear'});
      i -= block.length;
    } else if (word.startsWith('load')) steps.push(readLoad(line, block));
    else if (word.startsWith('eval')) steps.push(readAsk(line, block, number));
    else fail(`line ${number}: ${line}`);
  }
  return {steps};
}

function readLoad(line: string, block: readonly string[]): Load {
  const interval = duration(/^load\w*\s+(\S+)$/.exec(line)?.[1] ?? fail(line));
  const series: RawSeries[] = [];
  let lacks = line.startsWith('load_with_nhcb');
  for (const text of block) {
    if (/^@(?:st|start)/i.test(text)) {
      lacks = true;
      continue;
    }
    const {labels, rest} = readLabels(text);
    if (rest.includes('{{') || rest.startsWith('@')) {
      lacks = true;
      continue;
    }
    const values = readValues(rest);
    const kept = values.flatMap((value, i) => (value === undefined ? [] : [{time: i * interval, value}]));
    const array = Float64Array.from(kept, ({value}) => (value === 'stale' ? Number.NaN : value));
    kept.forEach(({value}, i) => {
      if (value === 'stale') markStale(array, i);
    });
    series.push({labels, times: Float64Array.from(kept, ({time}) => time), values: array});
  }
  return {kind: 'load', series, lacks};
}

function readLabels(text: string): {labels: Labels; rest: string} {
  // The name may be in the braces, and values may have braces and spaces.
  const head =
    /^(?:[A-Za-z_:][\w:]*)?(?:\s*\{(?!\{)(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^"'}])*\})?/.exec(text)?.[0] ?? '';
  const selector = /^\{\s*\}$/.test(head) ? `{x=~".*"}` : head;
  const braces = selector.includes('{')
    ? selector.replace(/\}$/, `${/\{\s*\}$/.test(selector) ? '' : ','}x=~".+"}`)
    : selector;
  const parsed = parse(braces);
  if (parsed.kind !== 'ok' || parsed.value.kind !== 'vector') fail(`no labels: ${text}`);
  const pairs = parsed.value.matchers.filter(({sign}) => sign === '=').map(({label, value}): Label => [label, value]);
  return {labels: Labels.of(new Map(pairs)), rest: text.slice(head.length).trim()};
}

/** `1 2`, `1x3`, `0+10x5`, `_`, `_x3`, `stale`. */
function readValues(text: string): (number | 'stale' | undefined)[] {
  return text.split(/\s+/).flatMap((item): (number | 'stale' | undefined)[] => {
    if (item === '') return [];
    const empty = /^_(?:x(\d+))?$/.exec(item);
    if (empty !== null) return Array.from({length: Number(empty[1] ?? 1)}, () => undefined);
    const stale = /^stale(?:x(\d+))?$/.exec(item);
    if (stale !== null) return Array.from({length: Number(stale[1] ?? 0) + 1}, () => 'stale' as const);
    const number = String.raw`[+-]?(?:inf|nan|(?:\d[\d_]*\.?\d*|\.\d+)(?:e[+-]?\d+)?)`;
    const parts = new RegExp(
      `^(${number})(?:([+-](?:inf|nan|(?:\\d+\\.?\\d*|\\.\\d+)(?:e[+-]?\\d+)?))?x(\\d+))?$`,
      'i',
    ).exec(item);
    if (parts === null) return fail(`no values: ${item}`);
    const [, start, change = '0', times = '0'] = parts;
    const [from, by] = [numberOf(start as string), numberOf(change)];
    const values: number[] = [from];
    for (let i = 0; i < Number(times); i++) values.push((values.at(-1) as number) + by);
    return values;
  });
}

function numberOf(text: string): number {
  const infinite = /^([+-]?)inf$/i.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /nan/i.test(text) ? Number.NaN : Number(text.replaceAll('_', ''));
}

function readAsk(line: string, block: readonly string[], number: number): Ask {
  const instant = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(\S+)\s+)?(.+)$/.exec(line);
  const range = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)$/.exec(line);
  const expected: Expected[] = [];
  const series: ExpectedSeries[] = [];
  let scalar: number | undefined;
  let lacks = false;
  const former = instant?.[1] ?? range?.[1];
  if (former !== undefined) expected.push({what: former as Expected['what'], text: ''});
  for (const text of block) {
    const message = /^expected_fail_(message|regexp)\s+(.*)$/.exec(text);
    const words = /^expect\s+(\w+)(?:\s+(msg|regex):\s*(.*)|\s+(.*))?$/.exec(text);
    if (message !== null)
      expected.push({what: 'fail', how: message[1] === 'message' ? 'msg' : 'regex', text: message[2] as string});
    else if (words !== null)
      expected.push({
        what: words[1] as Expected['what'],
        ...(words[2] === undefined ? {} : {how: words[2] as 'msg' | 'regex'}),
        text: words[3] ?? words[4] ?? '',
      });
    else if (text.includes('{{')) lacks = true;
    else if (/^[+-]?(?:\d|\.\d|inf|nan)/i.test(text) && !/^(?:inf|nan)\S*[{\w]+\s/i.test(text) && !text.includes(' '))
      scalar = numberOf(text);
    else {
      const {labels, rest} = readLabels(text);
      series.push({labels, values: readValues(rest).map((value) => (value === 'stale' ? undefined : value))});
    }
  }
  const more = {expected, series, scalar, lacks, line: number};
  if (range !== null)
    return {
      kind: 'ask',
      text: range[5] as string,
      start: duration(range[2] as string),
      end: duration(range[3] as string),
      step: duration(range[4] as string),
      ...more,
    };
  if (instant === null) return fail(`line ${number}: ${line}`);
  const at = duration(instant[2] ?? '0');
  return {kind: 'ask', text: instant[3] as string, start: at, end: at, step: 0, ...more};
}
