import {type Attributes, diag, type HrTime, propagation, type Span} from '@opentelemetry/api';
import {addHrTimes, millisToHrTime} from '@opentelemetry/core';
import {UndiciInstrumentation, type UndiciInstrumentationConfig} from '@opentelemetry/instrumentation-undici';
import {errorType, recordFailure} from './span-outcome.ts';
import {removeHeaders, type UndiciRequest, watchReading, watchUpgrade} from './undici-request.ts';

/** The private parts of theirs. The tests of this package stand guard. */
type Internals = {
  readonly _recordFromReq: WeakMap<object, Started>;
  recordRequestDuration(attributes: Attributes, startTime: HrTime): void;
  onRequestCreated(message: Message): void;
  onRequestHeaders(message: Message): void;
  onResponseHeaders(message: Message): void;
  onDone(message: Message): void;
  onError(message: Message & {readonly error: unknown}): void;
};
type Message = {readonly request: UndiciRequest};

/** The record that theirs keeps of each request in flight. */
type Started = {readonly span: Span; readonly attributes: Attributes; readonly startTime: HrTime};

/**
 * OpenTelemetry's instrumentation of `fetch` and undici, mended where theirs:
 * - says of every request what the conventions want said of few: the method as it was sent, a query with its question mark;
 * - adds a second `traceparent` beside one of the caller's, and two are as bad as none;
 * - keeps the span open until the body is read, which may be never, and takes what the garbage collector does then for a failure;
 * - never ends the span of a WebSocket's request;
 * - throws at some failures, from a diagnostics channel, which ends the program.
 */
export function undiciInstrumentation(
  headersToSpanAttributes: NonNullable<UndiciInstrumentationConfig['headersToSpanAttributes']>,
): UndiciInstrumentation {
  const instrumentation = new UndiciInstrumentation({
    headersToSpanAttributes,
    startSpanHook: ({method, path}) => {
      const query = path.indexOf('?');
      const corrected: Record<string, string | undefined> = {
        'url.query': query === -1 || query === path.length - 1 ? undefined : path.slice(query + 1),
      };
      if (known.has(method)) corrected['http.request.method_original'] = undefined;
      // Undefined attributes are removed: their type just does not say so.
      return corrected as Record<string, string>;
    },
  });
  instrumentation.disable(); // Enabling is what gives the channels their listeners.
  mend(instrumentation as unknown as Internals);
  instrumentation.enable();
  return instrumentation;
}

const known = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE']);

function mend(theirs: Internals): void {
  const {_recordFromReq: underWay, onRequestCreated, onRequestHeaders, onResponseHeaders, onDone} = theirs;
  const end = (request: UndiciRequest, started: Started, waitedMillis = 0): void => {
    underWay.delete(request);
    started.span.end(waitedMillis === 0 ? undefined : performance.now() - waitedMillis);
    theirs.recordRequestDuration(started.attributes, addHrTimes(started.startTime, millisToHrTime(waitedMillis)));
  };
  Object.assign(theirs, {
    onRequestCreated: safely((message: Message) => {
      const {request} = message;
      removeHeaders(request, propagation.fields());
      onRequestCreated.call(theirs, message);
      const started = underWay.get(request);
      if (started === undefined) return;
      watchUpgrade(
        request,
        safely((status: unknown) => {
          if (underWay.get(request) !== started) return;
          started.span.setAttribute('http.response.status_code', Number(status));
          started.attributes['http.response.status_code'] = Number(status);
          end(request, started);
        }),
      );
      watchReading(request, (waitedMillis) => {
        if (underWay.get(request) === started) end(request, started, waitedMillis);
      });
    }),
    onRequestHeaders: safely((message: Message) => onRequestHeaders.call(theirs, message)),
    onResponseHeaders: safely((message: Message) => onResponseHeaders.call(theirs, message)),
    onDone: safely((message: Message) => onDone.call(theirs, message)),
    onError: safely(({request, error}: Message & {readonly error: unknown}) => {
      const started = underWay.get(request);
      if (started === undefined) return;
      if (!isCallersOwn(error, started.attributes)) {
        recordFailure(started.span, error);
        started.attributes['error.type'] = errorType(error);
      }
      end(request, started);
    }),
  });
}

/**
 * The caller has enough, or the garbage collector found that nobody reads the body: once there is a status, it is the outcome. A
 * failure of the network is always an error; a reason that is none is one a caller gave, or undici for the garbage collector.
 */
const isCallersOwn = (error: unknown, {'http.response.status_code': status}: Attributes): boolean =>
  (error as {readonly name?: unknown} | null | undefined)?.name === 'AbortError' ||
  (status !== undefined && !(error instanceof Error));

/** undici calls through a diagnostics channel: what is thrown there ends the program. */
const safely =
  <T>(listener: (message: T) => void) =>
  (message: T): void => {
    try {
      listener(message);
    } catch (error) {
      diag.warn('a request of fetch or undici could not be traced', error);
    }
  };
