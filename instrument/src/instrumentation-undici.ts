import {UndiciInstrumentation, type UndiciInstrumentationConfig} from '@opentelemetry/instrumentation-undici';

/**
 * OpenTelemetry's instrumentation of `fetch` and undici. Theirs says of every request what the conventions want said of few:
 * the method as it was sent, where that is an unknown one, and a query, where there is one (and without its question mark).
 */
export function undiciInstrumentation(
  headersToSpanAttributes: NonNullable<UndiciInstrumentationConfig['headersToSpanAttributes']>,
): UndiciInstrumentation {
  return new UndiciInstrumentation({
    headersToSpanAttributes,
    startSpanHook: ({method, path}) => {
      const query = path.indexOf('?');
      const corrected: Record<string, string | undefined> = {
        'url.query': query === -1 || query === path.length - 1 ? undefined : path.slice(query + 1),
      };
      if (known.has(method)) corrected['http.request.method_original'] = undefined;
      // What is undefined goes: their type just does not say so.
      return corrected as Record<string, string>;
    },
  });
}

const known = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE']);
