/** `weft trace`: one trace in the terminal, with why it was slow or failed on top. */
import type {ExplainResponse, TraceResponse} from '../api/index.ts';
import {buildTree, explainLanguages, sayDuration, walkTree} from '../insight/index.ts';
import {callsToWeft, clientFlags} from './api-client.ts';
import {type Command, readFlags, UsageError} from './command.ts';

const flags = {
  ...clientFlags,
  language: {value: 'LANGUAGE', default: 'en', help: `Of the explanation: ${explainLanguages.join(', ')}`},
  rows: {value: 'N', default: '100', help: 'How many spans of the waterfall to draw at most'},
  json: {help: 'The explanation as JSON, as GET /api/weft/v1/traces/{id}/explain answers'},
} as const;

export const traceCommand: Command = {
  name: 'trace',
  summary: 'Show a trace: why it was slow or failed, and its waterfall.',
  usage: 'ID',
  details: [
    'A bar is █ where everything waited for the span, and ░ where the span ran beside that. ✗ has failed.',
    'See docs/how-to/explain-a-trace.md.',
  ].join('\n'),
  flags,
  async run(args) {
    const values = readFlags(flags, args, 1);
    const [id] = values.words;
    if (id === undefined) throw new UsageError('which trace? Give its id');
    const rows = Number(values.text('rows'));
    if (!(Number.isInteger(rows) && rows >= 0)) {
      throw new UsageError(`--rows ${values.text('rows')}: expected a whole number`);
    }
    const call = callsToWeft(values);
    const path = `/traces/${encodeURIComponent(id)}`;
    const language = encodeURIComponent(values.text('language') as string);
    const explained = await call<ExplainResponse>('GET', `${path}/explain?language=${language}`);
    if (values.on('json')) {
      console.log(JSON.stringify(explained, undefined, 2));
      return 0;
    }
    const trace = await call<TraceResponse>('GET', path);
    const width = Math.min(200, Math.max(60, process.stdout.columns ?? 120));
    console.log([...describe(explained, width), '', ...waterfall(trace, explained, {width, rows})].join('\n'));
    return 0;
  },
};

/** The paragraph, then each finding with its first span. */
export function describe({paragraph, findings}: ExplainResponse, width: number): string[] {
  const lines = wrap(visible(paragraph), width);
  if (findings.length > 0) lines.push('');
  for (const [index, {title, confidence, severity, spans, spanCount}] of findings.entries()) {
    const more = spanCount > 1 ? ` and ${spanCount - 1} more` : '';
    lines.push(
      `${String(index + 1).padStart(2)}. ${visible(title)}`,
      `    ${severity}, confidence ${Math.round(confidence * 100)} %, span ${spans[0] ?? ''}${more}`,
    );
  }
  return lines;
}

interface Drawing {
  readonly width: number;
  readonly rows: number;
}

/** One line a span: its service and name as deep as it stands, its bar, how long it took. */
export function waterfall(trace: TraceResponse, explained: ExplainResponse, {width, rows}: Drawing): string[] {
  const {spans, services, names} = trace;
  const tree = buildTree(spans);
  const {order, depth} = walkTree(tree, tree.children);
  const total = Math.max(1, Number(trace.durationNano));
  const critical = new Set(explained.criticalPath.map(({spanId}) => spanId));
  const marked = new Map<string, number>();
  for (const [index, finding] of explained.findings.entries()) {
    const [first] = finding.spans;
    if (first !== undefined && !marked.has(first)) marked.set(first, index + 1);
  }
  const label = Math.floor(width * 0.45);
  const bar = width - label - 17;
  const lines = [...order.slice(0, rows)].map((span) => {
    const start = Math.floor((spans.start[span]! / total) * bar);
    const length = Math.max(1, Math.round((spans.duration[span]! / total) * bar));
    const id = spans.spanId[span]!;
    const drawn = (critical.has(id) ? '█' : '░').repeat(Math.min(length, bar - Math.min(start, bar - 1)));
    const number = marked.get(id);
    const name = `${'  '.repeat(Math.min(depth[span]!, 20))}${spans.status[span] === 2 ? '✗ ' : ''}${services[spans.service[span]!]} ${names[spans.name[span]!]}`;
    return [
      fit(visible(name), label),
      fit(`${' '.repeat(Math.min(start, bar - 1))}${drawn}`, bar),
      sayDuration(spans.duration[span]!).padStart(10),
      number === undefined ? '' : `← ${number}`,
    ]
      .join(' ')
      .trimEnd();
  });
  const left = order.length - Math.min(rows, order.length) + (trace.omitted ?? 0);
  if (left > 0) lines.push(`… ${left} more spans (--rows)`);
  return lines;
}

/** What spans say may hold anything: nothing of it may steer the terminal. */
const visible = (text: string): string => text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, '�');

/** Characters of East Asia take two columns. */
const columnsOf = (character: string): number =>
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/.test(character)
    ? 2
    : 1;

function fit(text: string, width: number): string {
  let columns = 0;
  let fitting = '';
  for (const character of text) {
    if (columns + columnsOf(character) > width) return `${fitting.slice(0, -1)}…`.padEnd(fitting.length);
    columns += columnsOf(character);
    fitting += character;
  }
  return fitting + ' '.repeat(width - columns);
}

/** Breaks at blanks, and between characters of East Asia. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  let columns = 0;
  for (const piece of text.match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]+|\s+/g) ?? []) {
    const length = [...piece].reduce((sum, character) => sum + columnsOf(character), 0);
    if (columns + length > width && line !== '') {
      lines.push(line.trimEnd());
      line = '';
      columns = 0;
      if (piece.trim() === '') continue;
    }
    line += piece;
    columns += length;
  }
  if (line.trim() !== '') lines.push(line.trimEnd());
  return lines;
}
