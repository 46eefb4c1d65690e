/** Tools that tell of traces: of one, or of many. */
import {z} from 'zod';
import {sayDuration} from '../insight/index.ts';
import type {CompareResponse, ExplainResponse, ExplainTracesResponse, MendResponse, TraceResponse} from './contract.ts';
import {lines, oneLine, shareText, tableText} from './mcp-text.ts';
import {language, nanos, range, service, times, tool, traceId, weft} from './mcp-tool.ts';

const mostFindings = 8;
const mostSteps = 15;
/** OTLP's number of a span that failed. */
const statusError = 2;

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

export const traceTools = [searchTraces, traceSummary, explainTrace, compareTrace, explainSelection, beforeAfter];
