/** `weft trace`: one trace in the terminal, with why it was slow or failed on top. */
import type {CompareResponse, ExplainResponse, TraceLogsResponse, TraceResponse} from '../api/index.ts';
import {buildTree, explainLanguages, sayDuration, walkTree} from '../insight/index.ts';
import {callsToWeft, clientFlags} from './api-client.ts';
import {type Command, readFlags, UsageError} from './command.ts';
import {describeComparison} from './compare-text.ts';
import {fit, visible, wrap} from './terminal-text.ts';

const flags = {
  ...clientFlags,
  language: {value: 'LANGUAGE', default: 'en', help: `Of the explanation: ${explainLanguages.join(', ')}`},
  with: {value: 'ID|usual', help: 'Compare with another trace, or with what is usual of its operation'},
  hours: {value: 'N', default: '6', help: 'With --with usual: how many hours before the trace are looked at'},
  rows: {value: 'N', default: '100', help: 'How many spans of the waterfall to draw at most'},
  logs: {value: 'N', default: '20', help: 'How many log lines of the trace to print at most: the earliest'},
  json: {help: 'As JSON, as GET /api/weft/v1/traces/{id}/explain answers, or …/compare'},
} as const;

export const traceCommand: Command = {
  name: 'trace',
  summary: 'Show a trace: why it was slow or failed, its waterfall, and what differs from others.',
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
    const [rows, logs] = (['rows', 'logs'] as const).map((flag) => {
      const count = Number(values.text(flag));
      if (Number.isInteger(count) && count >= 0 && count <= mostLines) return count;
      throw new UsageError(`--${flag} ${values.text(flag)}: expected a whole number up to ${mostLines}`);
    }) as [number, number];
    const call = callsToWeft(values);
    const path = `/traces/${encodeURIComponent(id)}`;
    const language = encodeURIComponent(values.text('language') as string);
    const other = values.text('with');
    if (other !== undefined) {
      const question = new URLSearchParams({with: other, language: values.text('language') as string});
      if (other === 'usual') question.set('hours', values.text('hours') as string);
      const compared = await call<CompareResponse>('GET', `${path}/compare?${question}`);
      const width = Math.min(200, Math.max(60, process.stdout.columns ?? 120));
      console.log(
        values.on('json')
          ? JSON.stringify(compared, undefined, 2)
          : describeComparison(compared, {width, rows}).join('\n'),
      );
      return 0;
    }
    const explained = await call<ExplainResponse>('GET', `${path}/explain?language=${language}`);
    if (values.on('json')) {
      console.log(JSON.stringify(explained, undefined, 2));
      return 0;
    }
    const trace = await call<TraceResponse>('GET', path);
    const logged =
      logs === 0 ? {lines: [], more: false} : await call<TraceLogsResponse>('GET', `${path}/logs?limit=${logs}`);
    const width = Math.min(200, Math.max(60, process.stdout.columns ?? 120));
    console.log(
      [
        ...describe(explained, width),
        '',
        ...waterfall(trace, explained, {width, rows}),
        ...logLines(trace, logged, width),
      ].join('\n'),
    );
    return 0;
  },
};

/** Of the waterfall, and of the log. */
const mostLines = 10_000;

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

/** One line a record: when after the trace's start, whose, how severe, what it says. Nothing where there is none. */
export function logLines({startUnixNano}: TraceResponse, {lines, more}: TraceLogsResponse, width: number): string[] {
  if (lines.length === 0) return [];
  const services = Math.min(24, Math.max(...lines.map(({service}) => service.length)));
  return [
    '',
    'Logs',
    ...lines.map(({timeUnixNano, service, severity, severityText, body, eventName}) => {
      const since = Number(BigInt(timeUnixNano) - BigInt(startUnixNano));
      const when = `${since < 0 ? '-' : '+'}${sayDuration(Math.abs(since))}`.padStart(10);
      const level = severity === 'unspecified' ? severityText : severity;
      const said = body.type === 'empty' ? eventName : 'value' in body ? plainText(body.value) : '';
      return fit(
        visible(`${when} ${service.padEnd(services)} ${level.padEnd(5)} ${said.replace(/\s+/g, ' ')}`),
        width,
      ).trimEnd();
    }),
    ...(more ? ['… more lines (--logs)'] : []),
  ];
}

/** Lists and maps as JSON. */
const plainText = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));
