import {type EventEmitter, errorMonitor} from 'node:events';
import {type Attributes, SpanKind, type Tracer} from '@opentelemetry/api';
import type {Instrumentation} from '@opentelemetry/instrumentation';
import type * as MySQL2 from '@opentelemetry/instrumentation-mysql2';
import {optionalPackage} from './optional-package.ts';
import {endingCallback, operationOf, queryEnd} from './query-span.ts';

type Config = {readonly host?: string; readonly port?: number; readonly database?: string};
type Connection = {readonly config?: Config & {readonly connectionConfig?: Config}};
type Query = (this: Connection, ...args: unknown[]) => unknown;
/** A query as mysql2's pool hands it to a connection. */
type Command = {sql?: unknown; onResult?: unknown};

/**
 * OpenTelemetry's mysql2 instrumentation with queries of our own: theirs writes the parameters into the statement, puts the
 * server's words into the status, and its `error` listener hides an error that nobody handles.
 */
export function mysql2Instrumentation(): Instrumentation {
  const {MySQL2Instrumentation} = optionalPackage<typeof MySQL2>('@opentelemetry/instrumentation-mysql2');
  const instrumentation = new MySQL2Instrumentation();
  // Called when mysql2 is loaded, long after this; a private method, so tests with the real library stand guard.
  Object.assign(instrumentation, {
    _patchQuery: () => (original: Query) => tracedQuery(original, instrumentation as unknown as {tracer: Tracer}),
  });
  return instrumentation;
}

function tracedQuery(original: Query, instrumentation: {readonly tracer: Tracer}): Query {
  return function query(...args) {
    const [asked] = args as [string | Command | undefined];
    const sql = typeof asked === 'object' ? asked?.sql : asked;
    const text = typeof sql === 'string' ? sql : undefined;
    const {host, port, database} = this.config?.connectionConfig ?? this.config ?? {};
    const attributes: Attributes = {'db.system.name': 'mysql'};
    if (database !== undefined) attributes['db.namespace'] = database;
    if (host !== undefined) attributes['server.address'] = host;
    if (port !== undefined) attributes['server.port'] = Number(port);
    if (text !== undefined) attributes['db.query.text'] = text;
    const name = [(text === undefined ? undefined : operationOf(text)) ?? 'mysql.query', database]
      .filter(Boolean)
      .join(' ');
    const end = queryEnd(instrumentation.tracer.startSpan(name, {kind: SpanKind.CLIENT, attributes}), () => {});

    const callbackAt = args.findIndex((argument) => typeof argument === 'function');
    if (callbackAt !== -1) args[callbackAt] = endingCallback(args[callbackAt] as never, end);
    else if (typeof asked === 'object' && typeof asked.onResult === 'function') {
      asked.onResult = endingCallback(asked.onResult as never, end);
    }
    try {
      const command = original.apply(this, args) as EventEmitter | undefined;
      command?.once(errorMonitor, end).once('end', () => end());
      return command;
    } catch (error) {
      end(error);
      throw error;
    }
  };
}
