/** `weft explain`: why the traces that a query gives were slow or failed, and what they share that others do not have. */
import type {ExplainTracesResponse} from '../api/index.ts';
import {explainLanguages} from '../insight/index.ts';
import {callsToWeft, clientFlags} from './api-client.ts';
import {type Command, readFlags, UsageError} from './command.ts';
import {rangeFlags, rangeOf} from './range-flags.ts';
import {fit, visible, wrap} from './terminal-text.ts';

const flags = {
  ...clientFlags,
  ...rangeFlags,
  baseline: {value: 'QUERY', help: 'What they are held against (default: other traces that begin alike)'},
  language: {value: 'LANGUAGE', default: 'en', help: `Of the texts: ${explainLanguages.join(', ')}`},
  rows: {value: 'N', default: '10', help: 'How many attributes and steps to list at most'},
  json: {help: 'As JSON, as GET /api/weft/v1/explain answers'},
} as const;

export const explainCommand: Command = {
  name: 'explain',
  summary: 'Why are these slow or failed? What a selection of traces shares that others do not have.',
  usage: "'{ TraceQL }'",
  details: [
    "explain '{ status = error }'                         what failed requests of the last hour have in common",
    'explain \'{ rootName = "POST /cart" && traceDuration > 1s }\' --since 24h',
    'explain \'{ resource.service.version = "2" }\' --baseline \'{ resource.service.version = "1" }\'',
    '',
    'See docs/how-to/explain-a-selection.md.',
  ].join('\n'),
  flags,
  async run(args) {
    const values = readFlags(flags, args, 1);
    const [query] = values.words;
    if (query === undefined)
      throw new UsageError("which traces? Give a query of TraceQL, such as '{ status = error }'");
    const rows = Number(values.text('rows'));
    if (!(Number.isInteger(rows) && rows >= 0)) {
      throw new UsageError(`--rows ${values.text('rows')}: expected a whole number`);
    }
    const question = new URLSearchParams({q: query, ...rangeOf(values)});
    for (const name of ['baseline', 'language'] as const) {
      const value = values.text(name);
      if (value !== undefined) question.set(name, value);
    }
    const explained = await callsToWeft(values)<ExplainTracesResponse>('GET', `/explain?${question}`);
    const width = Math.min(200, Math.max(60, process.stdout.columns ?? 120));
    console.log(
      values.on('json')
        ? JSON.stringify(explained, undefined, 2)
        : describeExplained(explained, {width, rows}).join('\n'),
    );
    return 0;
  },
};

/** The paragraph, what was found, what is shared, which steps differ, and traces to open. */
export function describeExplained(
  {paragraph, findings, attributes, steps, selection, baseline, examples}: ExplainTracesResponse,
  {width, rows}: {readonly width: number; readonly rows: number},
): string[] {
  const lines = wrap(visible(paragraph), width);
  const share = (count: number, of: number): string => `${of === 0 ? 0 : Math.round((100 * count) / of)} %`.padStart(6);
  const counts = (mine: number, others: number): string =>
    `${share(mine, selection.lookedAt)} ${share(others, baseline.lookedAt)}`;
  const table = (title: string, list: readonly (readonly [name: string, figures: string])[]): void => {
    if (list.length === 0) return;
    lines.push('', `${fit(title, width - 14)}  these others`);
    for (const [name, figures] of list) lines.push(`${fit(visible(name), width - 14)} ${figures}`.trimEnd());
  };
  table(
    'Found',
    findings.slice(0, rows).map(({title, traces, baselineTraces}) => [title, counts(traces, baselineTraces)]),
  );
  table(
    'Shared',
    attributes.slice(0, rows).map(({name, twins, implied, ...one}) => {
      const with_ = twins.length === 0 ? '' : ` = ${twins.map((twin) => twin.name).join(' = ')}`;
      return [`${implied ? '(asked for) ' : ''}${name}${with_}`, counts(one.selected, one.baseline)];
    }),
  );
  if (steps.length > 0) lines.push('', 'Steps that differ');
  for (const {sentence} of steps.slice(0, rows)) lines.push(...wrap(visible(sentence), width));
  if (examples.length > 0) lines.push('', `Traces: ${examples.join(' ')}`);
  return lines;
}
