/** Tools that tell of services and of everything that is stored. */
import {z} from 'zod';
import {parseDuration} from '../base/index.ts';
import {sayDuration} from '../insight/index.ts';
import type {
  GraphEdgeFigures,
  OperationsRedResponse,
  RedFigures,
  ServiceGraphResponse,
  ServicesRedResponse,
  SqlResponse,
  SqlTablesResponse,
} from './contract.ts';
import {lines, oneLine, rateText, shareText, tableText} from './mcp-text.ts';
import {range, service, ToolInputError, times, tool, weft} from './mcp-tool.ts';

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
const mostEdges = 60;

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

export const systemTools = [listServices, listOperations, serviceGraph, sqlTables, askSql];
