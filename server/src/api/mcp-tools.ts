/**
 * The tools that assistants are offered (docs/how-to/assistants.md): each asks a route of this API, and says the answer in a few lines,
 * with the page's address where a person would look. None of them writes.
 */
import {z} from 'zod';
import {parseDuration} from '../base/index.ts';
import {explainLanguages, sayDuration} from '../insight/index.ts';
import type {
  CompareResponse,
  ExplainResponse,
  ExplainTracesResponse,
  GraphEdgeFigures,
  MendResponse,
  OperationsRedResponse,
  RedFigures,
  ServiceGraphResponse,
  ServicesRedResponse,
  SqlResponse,
  SqlTablesResponse,
  TraceResponse,
} from './contract.ts';
import {lines, oneLine, rateText, shareText, tableText} from './mcp-text.ts';

export interface Asked {
  /** Asks a route of the API; rejects with what it refuses, and how to mend that. */
  readonly get: <T>(path: string, query?: Readonly<Record<string, string | number | undefined>>) => Promise<T>;
  readonly post: <T>(path: string, body: object) => Promise<T>;
  /** The address of the page, without a slash at its end. */
  readonly page: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Tool<S extends z.ZodRawShape = z.ZodRawShape> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: S;
  /** Resolves to what is said, in Markdown without headings. */
  readonly run: (input: z.infer<z.ZodObject<S>>, asked: Asked) => Promise<string>;
}

// biome-ignore lint/suspicious/noExplicitAny: each tool's input is inferred where it is written
const tool = <S extends z.ZodRawShape>(made: Tool<S>): Tool<any> => made;

/** A mistake of the assistant's in its arguments. */
export class ToolInputError extends Error {}

const weft = '/api/weft/v1';
const traceId = z.string().describe('The id of the trace, in hexadecimal.');
const service = z.string().describe('The name of a service, as list_services has it.');
const language = z.enum(explainLanguages as unknown as [string, ...string[]]).default('en');
const range = {
  since: z
    .string()
    .default('1h')
    .describe('How far back to look, such as 15m, 6h or 2d. Ignored where `start` is given.'),
  start: z.string().optional().describe('RFC 3339, such as 2026-01-02T03:04:05Z.'),
  end: z.string().optional().describe('RFC 3339. Default: now.'),
};
type Range = z.infer<z.ZodObject<typeof range>>;

/** As the routes take it: nanoseconds since 1970. */
function times({since, start, end}: Range, now: number): {readonly start: string; readonly end: string} {
  const until = end === undefined ? BigInt(now) * 1_000_000n : nanos('end', end);
  if (start !== undefined) return {start: `${nanos('start', start)}`, end: `${until}`};
  const back = parseDuration(since);
  if (back === undefined) throw new ToolInputError(`since: expected a time such as 15m or 24h, not "${since}"`);
  return {start: `${until > back ? until - back : 0n}`, end: `${until}`};
}

function nanos(name: string, text: string): bigint {
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) {
    throw new ToolInputError(`${name}: expected a moment such as 2026-01-02T03:04:05Z, not "${text}"`);
  }
  return BigInt(Math.max(0, milliseconds)) * 1_000_000n;
}

const seconds = (start: string, end: string): number => Number(BigInt(end) - BigInt(start)) / 1e9;

/** Rate, failed share and durations of some requests, as cells. */
const redHead = ['requests/s', 'failed', 'p50', 'p95', 'p99'];
const redCells = (figures: RedFigures, over: number): string[] => [
  rateText(figures.requests / Math.max(1, over)),
  shareText(figures.requests === 0 ? 0 : figures.errors / figures.requests),
  ...[figures.p50, figures.p95, figures.p99].map((ms) => sayDuration(ms * 1e6)),
];

const mostServices = 50;
const mostOperations = 50;
const mostFindings = 8;
const mostSteps = 15;
const mostEdges = 60;
/** OTLP's number of a span that failed. */
const statusError = 2;

const listServices = tool({
  name: 'list_services',
  title: 'Services and how they are',
  description:
    'Every service that sent spans, with requests a second, the share that failed and the durations of what it served. Start here.',
  input: range,
  async run(input, {get, page, now}) {
    const asked = times(input, now);
    const red = await get<ServicesRedResponse>(`${weft}/services/red`, asked);
    const {services: all} = await get<{services: readonly {name: string}[]}>(`${weft}/services`);
    if (all.length === 0) return 'No service has sent a span yet.';
    const over = seconds(red.coveredStart, red.end);
    const served = red.services.toSorted((a, b) => b.errors - a.errors || b.requests - a.requests);
    const names = new Set(served.map(({name}) => name));
    const quiet = all.flatMap(({name}) => (names.has(name) ? [] : [oneLine(name)]));
    return lines(
      ...tableText(
        ['service', ...redHead],
        served.slice(0, mostServices).map((one) => [one.name, ...redCells(one, over)]),
      ),
      served.length > mostServices && `${served.length - mostServices} more services.`,
      quiet.length > 0 &&
        `Without requests in this time: ${quiet.slice(0, mostServices).join(', ')}${quiet.length > mostServices ? ' …' : ''}.`,
      `On the page: ${page}/services`,
    );
  },
});

const listOperations = tool({
  name: 'list_operations',
  title: 'Operations of a service',
  description: 'The operations of a service with requests a second, the share that failed, and durations (RED).',
  input: {service, ...range},
  async run({service, ...input}, {get, page, now}) {
    const red = await get<OperationsRedResponse>(`${weft}/operations/red`, {service, ...times(input, now)});
    if (red.operations.length === 0) return `${oneLine(service)} served nothing in this time.`;
    const over = seconds(red.coveredStart, red.end);
    return lines(
      ...tableText(
        ['operation', 'kind', ...redHead],
        red.operations.slice(0, mostOperations).map((one) => [one.name, one.kind, ...redCells(one, over)]),
      ),
      red.operations.length > mostOperations && `${red.operations.length - mostOperations} more operations.`,
      `On the page: ${page}/services?service=${encodeURIComponent(service)}`,
    );
  },
});

interface FoundTrace {
  readonly traceID: string;
  readonly rootServiceName?: string;
  readonly rootTraceName?: string;
  readonly startTimeUnixNano: string;
  readonly durationMs?: number;
  readonly spanSets?: readonly {readonly matched: number}[];
}

const searchTraces = tool({
  name: 'search_traces',
  title: 'Search traces by TraceQL',
  description: [
    'Traces that a TraceQL query finds, the newest first. Examples:',
    '{ resource.service.name = "checkout" && status = error }',
    '{ name = "GET /cart" && duration > 2s }',
    '{ span.http.route = "/orders" } >> { span.db.system = "postgresql" && duration > 500ms }',
    '{ status = error } | count() > 3',
  ].join('\n'),
  input: {
    query: z.string().describe('In TraceQL. `{}` finds every trace.'),
    limit: z.number().int().min(1).max(50).default(10),
    ...range,
  },
  async run({query, limit, ...input}, {get, page, now}) {
    const {start, end} = times(input, now);
    const whole = (nano: string, up: bigint): number => Number((BigInt(nano) + up) / 1_000_000_000n);
    const {traces = []} = await get<{traces?: readonly FoundTrace[]}>('/tempo/api/search', {
      ...{q: query, limit, spss: 1, start: whole(start, 0n), end: whole(end, 999_999_999n)},
    });
    if (traces.length === 0) return 'No trace fits in this time. Look further back with `since`, or ask for less.';
    const rows = traces.map((trace) => [
      new Date(Number(BigInt(trace.startTimeUnixNano) / 1_000_000n)).toISOString(),
      trace.traceID,
      `${trace.rootServiceName ?? '?'} ${trace.rootTraceName ?? ''}`,
      sayDuration((trace.durationMs ?? 0) * 1e6),
      String(trace.spanSets?.reduce((sum, {matched}) => sum + matched, 0) ?? ''),
    ]);
    return lines(
      ...tableText(['start', 'trace id', 'root', 'duration', 'spans that fit'], rows),
      traces.length === limit && `There may be more than these ${limit}.`,
      `One of them on the page: ${page}/trace/${traces[0]?.traceID}`,
    );
  },
});

const explainTrace = tool({
  name: 'explain_trace',
  title: 'Why a trace was slow or failed',
  description:
    'One paragraph that says why the trace was slow or failed, and the findings behind it, each with its confidence and what would disprove it.',
  input: {trace_id: traceId, language},
  async run({trace_id: id, language}, {get, page}) {
    const explained = await get<ExplainResponse>(`${weft}/traces/${encodeURIComponent(id)}/explain`, {language});
    const findings = explained.findings.slice(0, mostFindings).map((finding, index) => {
      const {severity, confidence, title, disprove, spans} = finding;
      return `${index + 1}. ${oneLine(title)} (${severity}, confidence ${shareText(confidence)}, span ${spans[0] ?? '?'}). It would be wrong if: ${oneLine(disprove)}`;
    });
    const more = explained.findings.length - findings.length;
    return lines(
      oneLine(explained.paragraph),
      ...findings,
      more > 0 && `${more} lesser findings.`,
      `${explained.spans} spans, ${sayDuration(explained.durationNanos)}, ${explained.failed ? 'failed' : 'did not fail'}. On the page: ${page}/trace/${explained.traceId}`,
    );
  },
});

const traceSummary = tool({
  name: 'trace_summary',
  title: 'What happened in a trace',
  description: 'The services of a trace, its slowest steps on the critical path, and its failed spans.',
  input: {trace_id: traceId},
  async run({trace_id: id}, {get, page}) {
    const path = `${weft}/traces/${encodeURIComponent(id)}`;
    const [trace, explained] = await Promise.all([
      get<TraceResponse>(path),
      get<ExplainResponse>(`${path}/explain`, {language: 'en'}),
    ]);
    const {spanId, service, name, status} = trace.spans;
    const rowOf = new Map(spanId.map((one, row) => [one, row]));
    const what = (row: number | undefined): string =>
      row === undefined ? '?' : `${trace.services[service[row] as number]} ${trace.names[name[row] as number]}`;
    const failed = status.flatMap((one, row) => (one === statusError ? [row] : []));
    const longest = explained.criticalPath.toSorted((a, b) => b.nanos - a.nanos).slice(0, mostSteps);
    const counts = new Map<string, number>();
    for (const one of service) {
      const called = oneLine(trace.services[one] as string);
      counts.set(called, (counts.get(called) ?? 0) + 1);
    }
    return lines(
      `${explained.spans} spans, ${sayDuration(explained.durationNanos)}, ${explained.failed ? 'failed' : 'did not fail'}. Services: ${[...counts].map(([called, spans]) => `${called} (${spans})`).join(', ')}.`,
      'What everything waited for, the longest first:',
      ...tableText(
        ['span', 'what', 'time'],
        longest.map((one) => [one.spanId, what(rowOf.get(one.spanId)), sayDuration(one.nanos)]),
      ),
      failed.length > 0 &&
        `Failed: ${failed
          .slice(0, mostSteps)
          .map((row) => `${oneLine(what(row))} (span ${spanId[row]})`)
          .join('; ')}${failed.length > mostSteps ? ` and ${failed.length - mostSteps} more` : ''}.`,
      `On the page: ${page}/trace/${explained.traceId}`,
    );
  },
});

const compareTrace = tool({
  name: 'compare_trace',
  title: 'A trace against what is usual, or another trace',
  description: 'Which steps of a trace are slower, more often, missing or new, and how much each adds to the duration.',
  input: {
    trace_id: traceId,
    with: z.string().default('usual').describe('`usual`, or the id of another trace.'),
    hours: z
      .number()
      .int()
      .min(1)
      .max(720)
      .default(6)
      .describe('Of `usual`: how many hours before the trace to look at.'),
    language,
  },
  async run({trace_id: id, with: other, hours, language}, {get, page}) {
    const question = {with: other, language, ...(other === 'usual' && {hours})};
    const compared = await get<CompareResponse>(`${weft}/traces/${encodeURIComponent(id)}/compare`, question);
    if (compared.state === 'too_few') {
      return `There are ${compared.usual.traces} usual traces of ${oneLine(compared.service)} "${oneLine(compared.operation)}" in these hours; it takes ${compared.usual.least}. Look at more hours.`;
    }
    const changed = compared.steps.filter(({changes}) => changes.length > 0);
    const most = changed.toSorted((a, b) => Math.abs(b.excessNanos) - Math.abs(a.excessNanos)).slice(0, mostSteps);
    const time = (figures: {readonly nanos: number} | undefined): string =>
      figures === undefined ? '–' : sayDuration(figures.nanos);
    return lines(
      oneLine(compared.paragraph),
      ...tableText(
        ['step', 'here', other === 'usual' ? 'usual' : 'other', 'adds'],
        most.map((step) => [
          `${step.service} ${step.name}`,
          time(step.here),
          time(step.other),
          `${step.excessNanos < 0 ? '−' : '+'}${sayDuration(Math.abs(step.excessNanos))}`,
        ]),
      ),
      `On the page: ${page}/trace/${compared.traceId}`,
    );
  },
});

const beforeAfter = tool({
  name: 'before_after',
  title: 'Did the mend work?',
  description:
    'Requests of a service or operation before a moment against after it, or one value of an attribute (such as service.version) against another, with a verdict that knows chance.',
  input: {
    service,
    operation: z.string().optional(),
    at: z.string().optional().describe('The moment of the change, RFC 3339.'),
    window: z.string().default('1h').describe('How long to look before and after it.'),
    by: z.string().optional().describe('The key of an attribute, instead of a moment.'),
    before: z.string().optional().describe('Its value before.'),
    after: z.string().optional().describe('Its value after.'),
    language,
  },
  async run({at, ...input}, {get}) {
    const moment = at === undefined ? {} : {at: `${nanos('at', at)}`};
    const mend = await get<MendResponse>(`${weft}/mend`, {...input, ...moment});
    const changed = mend.steps.filter(({verdict}) => verdict === 'better' || verdict === 'worse').slice(0, mostSteps);
    return lines(
      oneLine(mend.paragraph),
      `Verdict: ${mend.verdict} (${mend.before.requests} requests before, ${mend.after.requests} after).`,
      ...tableText(
        ['step', 'before', 'after', 'verdict'],
        changed.map((step) => [
          `${step.service} ${step.name}`,
          step.before === undefined ? '–' : sayDuration(step.before.nanos),
          step.after === undefined ? '–' : sayDuration(step.after.nanos),
          step.verdict,
        ]),
      ),
    );
  },
});

const serviceGraph = tool({
  name: 'service_graph',
  title: 'Who calls whom',
  description:
    'Services with their databases, queues and external systems, and each call between them with its rate, failed share and durations. With `compare_since`, what has changed since the same time before.',
  input: {
    service: service.optional().describe('Only what is next to this service.'),
    compare_since: z.string().optional().describe('Compare with the same length of time, this long ago: 1h, 24h.'),
    ...range,
  },
  async run({service, compare_since: before, ...input}, {get, page, now}) {
    const {start, end} = times(input, now);
    const back = before === undefined ? undefined : parseDuration(before);
    if (before !== undefined && back === undefined) {
      throw new ToolInputError(`compare_since: expected a time such as 1h or 24h, not "${before}"`);
    }
    const baseline =
      back === undefined ? {} : {baselineStart: `${BigInt(start) - back}`, baselineEnd: `${BigInt(end) - back}`};
    const graph = await get<ServiceGraphResponse>(`${weft}/service-graph`, {service, start, end, ...baseline});
    if (graph.edges.length === 0) return 'Nobody called anybody in this time.';
    const nameOf = new Map(graph.nodes.map((node) => [node.id, node.kind === 'service' ? node.name : node.id]));
    const share = ({calls, errors}: GraphEdgeFigures): string => shareText(calls === 0 ? 0 : errors / calls);
    const durations = ({server, client}: GraphEdgeFigures): string => {
      const known = server ?? client;
      return known === undefined ? '–' : `${sayDuration(known.p50 * 1e6)}, ${sayDuration(known.p95 * 1e6)}`;
    };
    const cells = (figures: GraphEdgeFigures): string[] => [rateText(figures.rate), share(figures), durations(figures)];
    const head = ['calls/s', 'failed', 'p50, p95'];
    return lines(
      ...tableText(
        ['from', 'to', 'kind', ...head, ...(back === undefined ? [] : head.map((one) => `${one} then`))],
        graph.edges
          .slice(0, mostEdges)
          .map((edge) => [
            nameOf.get(edge.from) ?? edge.from,
            nameOf.get(edge.to) ?? edge.to,
            edge.kind,
            ...cells(edge),
            ...(back === undefined ? [] : edge.baseline ? cells(edge.baseline) : ['not there', '', '']),
          ]),
      ),
      graph.edges.length > mostEdges && `${graph.edges.length - mostEdges} more calls; name a service to see its own.`,
      graph.pendingMinutes !== undefined &&
        `${graph.pendingMinutes} minutes are not counted yet; ask again a little later.`,
      `On the page: ${page}/map`,
    );
  },
});

const explainSelection = tool({
  name: 'explain_selection',
  title: 'What the bad traces share',
  description:
    'Traces that a TraceQL query selects (failed, slow, of one route …) against the others: which attributes and steps set them apart, and why they are slow or fail, in words. Use it when more than one trace is affected.',
  input: {
    query: z
      .string()
      .describe('The selection in TraceQL, such as { resource.service.name = "checkout" && status = error }.'),
    baseline: z
      .string()
      .optional()
      .describe('What to hold it against, in TraceQL. Default: the other traces of the same operation.'),
    language,
    ...range,
  },
  async run({query, baseline, language, ...input}, {get, page, now}) {
    const question = {q: query, baseline, language, ...times(input, now)};
    const told = await get<ExplainTracesResponse>(`${weft}/explain`, question);
    const {attributes, steps, findings, selection, baseline: others, examples} = told;
    const shared = attributes.filter(({implied}) => !implied).slice(0, mostFindings);
    return lines(
      oneLine(told.paragraph),
      `Looked at ${selection.lookedAt} selected traces (${selection.failed} failed, median ${sayDuration(selection.p50Nanos)}) and ${others.lookedAt} others (${others.failed} failed, median ${sayDuration(others.p50Nanos)}).`,
      ...tableText(
        ['what sets them apart', 'selected', 'others'],
        shared.map((one) => [
          one.name,
          `${one.selected} of ${selection.lookedAt}`,
          `${one.baseline} of ${others.lookedAt}`,
        ]),
      ),
      ...steps.slice(0, mostFindings).map(({sentence}) => `- ${oneLine(sentence)}`),
      ...findings
        .slice(0, mostFindings)
        .map(
          ({title, traces, confidence}) =>
            `- ${oneLine(title)} (in ${traces} of them, confidence ${shareText(confidence)})`,
        ),
      examples.length > 0 && `Examples: ${examples.map((id) => `${page}/trace/${id}`).join(' ')}`,
    );
  },
});

const askSql = tool({
  name: 'query_sql',
  title: 'Ask in SQL',
  description:
    "A SELECT in ClickHouse's SQL over spans, traces, rates, operations and logs; it can only read. Name a time (start_time > now() - INTERVAL 1 HOUR), and few rows. sql_tables tells the columns.",
  input: {query: z.string(), limit: z.number().int().min(1).max(200).default(50)},
  async run({query, limit}, {post}) {
    const {columns, rows, truncated} = await post<SqlResponse>(`${weft}/sql?limit=${limit}`, {query, format: 'json'});
    const cell = (value: unknown): string =>
      value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
    return lines(
      ...tableText(
        columns.map(({name}) => name),
        rows.map((row) => row.map(cell)),
      ),
      `${rows.length} rows${truncated ? ', and there are more' : ''}.`,
    );
  },
});

const sqlTables = tool({
  name: 'sql_tables',
  title: 'Tables and columns of SQL',
  description: 'The tables that query_sql can ask, with the columns of one.',
  input: {table: z.string().optional().describe('Tell the columns of this one.')},
  async run({table}, {get}) {
    const {tables} = await get<SqlTablesResponse>(`${weft}/sql/tables`);
    const one = tables.find(({name}) => name === table);
    if (table !== undefined && one === undefined) {
      throw new ToolInputError(`there is no table "${table}". Tables: ${tables.map(({name}) => name).join(', ')}`);
    }
    if (one === undefined) return lines(...tables.map(({name, description}) => `${name}: ${description}`));
    return lines(
      one.description,
      ...one.columns.map((column) => `${column.name} ${column.type}: ${column.description}`),
    );
  },
});

export const tools: readonly Tool[] = [
  listServices,
  listOperations,
  searchTraces,
  traceSummary,
  explainTrace,
  compareTrace,
  explainSelection,
  serviceGraph,
  beforeAfter,
  sqlTables,
  askSql,
];
