import {type Attributes, type HrTime, type Span, SpanKind, type Tracer} from '@opentelemetry/api';
import {hrTime} from '@opentelemetry/core';
import type {Instrumentation} from '@opentelemetry/instrumentation';
import type * as Pg from '@opentelemetry/instrumentation-pg';
import {optionalPackage} from './optional-package.ts';
import {endingCallback, operationOf, queryEnd} from './query-span.ts';

type Query = (this: PgClient, ...args: unknown[]) => unknown;
type PgClient = {
  readonly database?: string;
  readonly connectionParameters: {readonly host?: string; readonly port?: number; readonly database?: string};
};

/**
 * OpenTelemetry's pg instrumentation (connections, pools, their metrics) with queries of our own: theirs never ends the span of a
 * cursor or a query stream, puts the server's words, which quote parameters, into the status, takes the statement's first "word"
 * into the span's name whatever it holds, and writes into the caller's query object.
 */
export function pgInstrumentation(): Instrumentation {
  const {PgInstrumentation} = optionalPackage<typeof Pg>('@opentelemetry/instrumentation-pg');
  const instrumentation = new PgInstrumentation();
  // Called when pg is loaded, long after this; a private method, so tests with the real library stand guard.
  Object.assign(instrumentation, {
    _getClientQueryPatch: () => (original: Query) => tracedQuery(original, instrumentation as unknown as Measured),
  });
  return instrumentation;
}

type Measured = {readonly tracer: Tracer; recordOperationDuration(attributes: Attributes, start: HrTime): void};

function tracedQuery(original: Query, instrumentation: Measured): Query {
  return function query(...args) {
    const [asked] = args;
    const submittable = isSubmittable(asked) ? asked : undefined;
    if (submittable !== undefined && !followable(submittable)) return original.apply(this, args);
    const started = hrTime();
    const {span, attributes} = startSpan(instrumentation.tracer, this, statementOf(asked));
    const end = queryEnd(span, (failed) =>
      instrumentation.recordOperationDuration({...attributes, ...failed}, started),
    );
    if (submittable !== undefined) follow(submittable, end);
    let result: unknown;
    try {
      result = original.apply(this, submittable === undefined ? withCallback(args, end) : args);
    } catch (error) {
      end(error);
      throw error;
    }
    if (submittable !== undefined || !(result instanceof Promise)) return result;
    return result.then(
      (value) => {
        end();
        return value;
      },
      (error: unknown) => {
        end(error);
        throw error;
      },
    );
  };
}

type Statement = {readonly text?: unknown; readonly name?: unknown};

function statementOf(asked: unknown): Statement {
  if (typeof asked === 'string') return {text: asked};
  if (typeof asked !== 'object' || asked === null) return {};
  return 'cursor' in asked ? (asked.cursor as Statement) : (asked as Statement);
}

function startSpan(tracer: Tracer, client: PgClient, {text, name}: Statement): {span: Span; attributes: Attributes} {
  const {host, port, database = client.database} = client.connectionParameters;
  const operation = typeof text === 'string' ? operationOf(text) : undefined;
  const named = typeof name === 'string' && name !== '' ? name : undefined;
  const attributes: Attributes = {'db.system.name': 'postgresql'};
  if (database !== undefined) attributes['db.namespace'] = database;
  if (host !== undefined) attributes['server.address'] = host;
  if (port !== undefined && Number.isInteger(port)) attributes['server.port'] = port;
  const measured = {...attributes, ...(operation === undefined ? {} : {'db.operation.name': operation})};
  const what = named ?? operation;
  const span = tracer.startSpan(
    `${what === undefined ? 'pg.query' : `pg.query:${what}`}${database ? ` ${database}` : ''}`,
    {
      kind: SpanKind.CLIENT,
      attributes: {
        ...attributes,
        ...(typeof text === 'string' ? {'db.query.text': text} : {}),
        ...(named === undefined ? {} : {'db.postgresql.plan': named}),
      },
    },
  );
  return {span, attributes: measured};
}

/** The arguments with the caller's callback, wherever it is, ending the span. The caller's objects stay as they are. */
function withCallback(args: readonly unknown[], end: (error?: unknown) => void): unknown[] {
  const last = args.at(-1);
  if (typeof last === 'function') return [...args.slice(0, -1), endingCallback(last as never, end)];
  const [config, ...others] = args;
  const callback =
    typeof config === 'object' && config !== null ? (config as {callback?: unknown}).callback : undefined;
  if (typeof callback !== 'function') return [...args];
  const copy: object = Object.create(Object.getPrototypeOf(config) as object | null);
  return [Object.assign(copy, config, {callback: endingCallback(callback as never, end)}), ...others];
}

/** pg's own Query, a Cursor of pg-cursor, a stream of pg-query-stream: the client tells it what the server says. */
type Submittable = {submit(connection: unknown): void; handleReadyForQuery?: Handler; handleError?: Handler};
type Handler = (this: unknown, ...args: unknown[]) => unknown;

const isSubmittable = (asked: unknown): asked is Submittable =>
  typeof asked === 'object' && asked !== null && typeof (asked as {submit?: unknown}).submit === 'function';

/** pg-native's queries are told nothing. */
const followable = ({handleReadyForQuery, handleError}: Submittable): boolean =>
  typeof handleReadyForQuery === 'function' && typeof handleError === 'function';

/** Ends with the server's last word on it: a cursor's span covers all that is read until it is closed. */
function follow(query: Submittable, end: (error?: unknown) => void): void {
  const before = (name: 'handleReadyForQuery' | 'handleError', first: (argument: unknown) => void): void => {
    const handler = query[name] as Handler;
    const value: Handler = function followed(...args) {
      first(args[0]);
      return handler.apply(query, args);
    };
    Object.defineProperty(query, name, {value, configurable: true, writable: true, enumerable: false});
  };
  before('handleReadyForQuery', () => end());
  before('handleError', end);
}
