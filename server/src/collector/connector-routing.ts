/**
 * Gives each item to the pipelines of the first route whose condition holds (the Collector's routing connector): by its resource, by
 * itself, or by the headers of its sender.
 */
import {
  bool,
  type ConfigType,
  list,
  object,
  oneOf,
  optional,
  pipelineId,
  scalar,
  text,
  textOf,
  withDefault,
} from '../config/index.ts';
import {
  type AnyBatch,
  type Batch,
  type BatchOf,
  type ConsumeContext,
  type Consumer,
  emptyBatch,
  gatherRows,
  type Lent,
  type Signal,
} from '../model/index.ts';
import {compileCondition, compileStatement, contextsOf, type OttlContext} from '../ottl/index.ts';
import {type ConnectorFactory, fanOut, type Settings, takes, throwWorst} from '../pipeline/index.ts';
import {errorMode, reportFaults} from './ottl-config.ts';
import {ottlErrors} from './ottl-errors.ts';

/** Whether a route is for a row of its context; `run` may edit the row where it is. */
type Test = (batch: AnyBatch, row: number) => boolean;

interface RequestTest {
  readonly header: string;
  readonly value: string;
  readonly isEqual: boolean;
}

type Context = 'request' | 'resource' | 'span' | 'metric' | 'datapoint' | 'log';

interface Route {
  readonly context: Context;
  readonly text: string;
  readonly test: Test | RequestTest;
  readonly pipelines: readonly string[];
  readonly copies: boolean;
}

const request: ConfigType<RequestTest> = scalar('condition on a header', (_, written) => {
  const match = /^\s*request\["([^"]+)"\]\s*(==|!=)\s*"([^"]*)"\s*$/.exec(written);
  if (match === null) return 'expected `request["header"] == "value"`, or with `!=`';
  return {value: {header: (match[1] as string).toLowerCase(), isEqual: match[2] === '==', value: match[3] as string}};
});

const fields = object({
  context: withDefault(
    oneOf('request', 'resource', 'span', 'metric', 'datapoint', 'log'),
    'resource',
    'resource',
    'What the condition is about; `request` is the headers of the sender, where its receiver has `include_metadata`.',
  ),
  condition: optional(text, 'A condition of OTTL.'),
  statement: optional(text, 'Or a statement, such as `route() where attributes["tenant"] == "acme"`.'),
  pipelines: withDefault(
    list(pipelineId),
    [],
    '',
    'The pipelines that get what fits; each has this connector as a receiver.',
  ),
  action: withDefault(oneOf('move', 'copy'), 'move', 'move', '`copy`: what fits is given to later routes too.'),
});

const route: ConfigType<Route> = {
  label: 'map',
  fields: fields.fields,
  read(node, report) {
    let faults = 0;
    const counting: typeof report = {
      ...report,
      fault(at, message) {
        faults++;
        report.fault(at, message);
      },
    };
    const {context, condition, statement, pipelines, action} = fields.read(node, counting);
    const written = condition ?? statement ?? '';
    const shared = {context, text: written, pipelines, copies: action === 'copy'};
    const never: Route = {...shared, test: () => false};
    if (faults > 0 || node.kind !== 'map') return never;
    if ((condition === undefined) === (statement === undefined)) {
      report.fault(node.at, 'set `condition` or `statement`');
      return never;
    }
    if (pipelines.length === 0) report.fault(node.at, '`pipelines` is required: where to give what fits');
    const value = node.entries.get(condition === undefined ? 'statement' : 'condition')?.value ?? node;
    if (context === 'request') {
      if (condition === undefined) report.fault(value.at, 'the context `request` takes a `condition`');
      else return {...shared, test: request.read(value, report)};
      return never;
    }
    const compiled = compile(context, condition, statement);
    if ('test' in compiled) return {...shared, test: compiled.test};
    reportFaults(report, value.at, textOf(value) ?? '', compiled.faults);
    return never;
  },
};

/** `route()` does nothing but hold: its condition is the route's. */
function compile(context: OttlContext, condition: string | undefined, statement: string | undefined) {
  const where = /^\s*route\(\s*\)\s*(?:where\s(.*))?$/s.exec(statement ?? '');
  const asked = condition ?? (where === null ? undefined : (where[1] ?? 'true'));
  if (asked !== undefined) {
    const compiled = compileCondition(asked, context);
    if (compiled.kind === 'faulty') return {faults: compiled.faults};
    return {test: (batch: AnyBatch, row: number) => compiled.value.test(batch, row)};
  }
  const compiled = compileStatement(statement as string, context);
  if (compiled.kind === 'faulty') return {faults: compiled.faults};
  return {test: (batch: AnyBatch, row: number) => compiled.value.run(batch, row)};
}

const config = object(
  {
    table: withDefault(list(route), [], '', 'The routes, in the order in which they are tried.'),
    default_pipelines: withDefault(
      list(pipelineId),
      [],
      '[]',
      'The pipelines of what fits no route; without any it is dropped.',
    ),
    error_mode: withDefault(
      errorMode,
      'propagate',
      'propagate',
      'What becomes of errors in a condition; `ignore` and `silent`: the route does not fit.',
    ),
    match_once: withDefault(bool, true, 'true', 'false: an item is given to every route that fits.'),
  },
  ({table}, node, report) => {
    if (table.length === 0) report.fault(node.at, '`table` is required: at least one route');
  },
);

export const routingConnector: ConnectorFactory<ReturnType<typeof config.read>> = {
  help: 'Gives each item to the pipelines of the first route whose condition holds.',
  conversions: {traces: ['traces'], metrics: ['metrics'], logs: ['logs']},
  config,
  create(settings, {table, default_pipelines, error_mode, match_once}, _, pipelines) {
    const onError = ottlErrors(settings);
    const target = (ids: readonly string[]): Targets => targetsOf(ids, pipelines);
    const routes = table.map((each) => ({
      ...each,
      copies: each.copies || !match_once,
      targets: target(each.pipelines),
    }));
    const fallback = target(default_pipelines);
    const dropped = countDropped(settings);

    const holds = ({test, text: written}: Route, batch: AnyBatch, row: number): boolean => {
      try {
        return (test as Test)(batch, row);
      } catch (error) {
        onError(error, error_mode, written);
        return false;
      }
    };
    return {
      consumer: takes(async (batch, context) => {
        const {count} = batch.items;
        /** 1: still to be routed. */
        const open = new Uint8Array(count).fill(1);
        const matched = new Uint8Array(count);
        const parts: {readonly rows: number[]; readonly consumer: Consumer | undefined}[] = [];
        for (const each of routes) {
          const fits = rowTest(each, batch, context, holds);
          if (fits === undefined) continue;
          const rows: number[] = [];
          for (let row = 0; row < count; row++) {
            if (open[row] !== 1 || !fits(row)) continue;
            rows.push(row);
            if (!each.copies) open[row] = 0;
            matched[row] = 1;
          }
          if (rows.length > 0) parts.push({rows, consumer: each.targets[batch.signal]});
        }
        const rest: number[] = [];
        // With `match_once: false` what fitted somewhere is not for the default.
        for (let row = 0; row < count; row++) if (open[row] === 1 && (match_once || matched[row] === 0)) rest.push(row);
        if (rest.length > 0) parts.push({rows: rest, consumer: fallback[batch.signal]});
        for (const {rows, consumer} of parts) if (consumer === undefined) dropped(batch.signal, rows.length);
        await give(batch, context, parts);
      }),
    };
  },
};

type Targets = Readonly<Partial<Record<Signal, Consumer>>>;

/** The pipelines of each signal among these. */
function targetsOf(ids: readonly string[], pipelines: ReadonlyMap<string, Consumer>): Targets {
  const of = (signal: Signal): Consumer | undefined => {
    const own = ids.filter((id) => id.split('/', 1)[0] === signal).flatMap((id) => pipelines.get(id) ?? []);
    return own.length === 0 ? undefined : fanOut(own);
  };
  const [traces, metrics, logs] = [of('traces'), of('metrics'), of('logs')];
  return {...(traces && {traces}), ...(metrics && {metrics}), ...(logs && {logs})};
}

/** Whether a route fits an item; undefined where it is of another signal, or does not fit the whole request. */
function rowTest(
  each: Route,
  batch: AnyBatch,
  {metadata}: ConsumeContext,
  holds: (route: Route, batch: AnyBatch, row: number) => boolean,
): ((row: number) => boolean) | undefined {
  if (typeof each.test === 'object') {
    const {header, value, isEqual} = each.test;
    const values = metadata?.get(header) ?? [];
    return values.some((given) => (given === value) === isEqual) ? () => true : undefined;
  }
  const context = each.context as OttlContext;
  if (!contextsOf[batch.signal].includes(context)) return undefined;
  if (context !== 'resource' && context !== 'metric') return (row) => holds(each, batch, row);
  // Asked once for each resource or metric that has items.
  const known: (boolean | undefined)[] = [];
  const ownerOf = context === 'metric' ? metricOf(batch) : resourceOf(batch);
  return (row) => {
    const owner = ownerOf(row);
    return (known[owner] ??= holds(each, batch, owner));
  };
}

const metricOf = (batch: AnyBatch): ((row: number) => number) => {
  const {metric} = (batch as BatchOf<'metrics'>).points.columns;
  return (row) => metric.get(row);
};

function resourceOf(batch: AnyBatch): (row: number) => number {
  if (batch.signal === 'metrics') {
    const owner = metricOf(batch);
    const {resource} = batch.metrics.columns;
    return (row) => resource.get(owner(row));
  }
  const {resource} = batch.signal === 'traces' ? batch.spans.columns : batch.logs.columns;
  return (row) => resource.get(row);
}

/** All parts are made before any is given: whoever takes one may change it. */
async function give(
  batch: AnyBatch,
  context: ConsumeContext,
  parts: readonly {readonly rows: readonly number[]; readonly consumer: Consumer | undefined}[],
): Promise<void> {
  const [only] = parts;
  const taken = parts.flatMap(({rows, consumer}) => {
    if (consumer === undefined) return [];
    if (parts.length === 1 && only?.rows.length === batch.items.count) return [{consumer, part: batch}];
    const part = emptyBatch(batch.signal);
    gatherRows<Batch>(part as Batch, batch as unknown as Lent<Batch>, rows);
    return [{consumer, part}];
  });
  throwWorst(await Promise.allSettled(taken.map(async ({consumer, part}) => consumer.consume(part, context))));
}

function countDropped({meter, id}: Settings): (signal: Signal, items: number) => void {
  const dropped = meter.counter(
    'weft_connector_dropped_items',
    'Items that a connector dropped on purpose, by reason.',
  );
  return (signal, items) => dropped.with({connector: id, otel_signal: signal, reason: 'no_route'}).add(items);
}
