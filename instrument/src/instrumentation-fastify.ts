import type fastifyOtel from '@fastify/otel';
import type {Attributes, Tracer, TracerProvider} from '@opentelemetry/api';
import type {Instrumentation} from '@opentelemetry/instrumentation';
import {optionalPackage} from './optional-package.ts';

/**
 * Fastify's own instrumentation with names that are names: for a handler or plugin without one it takes what Fastify does, the first two
 * lines of the source text or the path of a file. And `url.path` without the query.
 */
export function fastifyInstrumentation(): Instrumentation {
  const {FastifyOtelInstrumentation} = optionalPackage<typeof fastifyOtel>('@fastify/otel');
  class FastifyNamed extends FastifyOtelInstrumentation {
    override setTracerProvider(provider: TracerProvider): void {
      super.setTracerProvider({getTracer: (...about) => named(provider.getTracer(...about))});
    }
  }
  return new FastifyNamed({registerOnInitialization: true, instrumentHooks: false});
}

function named(tracer: Tracer): Tracer {
  return {
    startSpan: (name, options, context) => {
      const attributes = options?.attributes;
      if (attributes === undefined) return tracer.startSpan(name, options, context);
      return tracer.startSpan(nameOf(name, attributes), {...options, attributes: cleaned(attributes)}, context);
    },
    startActiveSpan: tracer.startActiveSpan.bind(tracer),
  };
}

/** A span is `hook - handler`, with the plugin's name where the handler has none. */
function nameOf(name: string, attributes: Attributes): string {
  const [, hook, callback] = /^(notFoundHandler(?: - \w+)?|\w+) - ([\s\S]+)$/.exec(name) ?? [];
  if (hook === undefined || callback === undefined) return name;
  return `${hook} - ${isName(callback) ? callback : routeOf(attributes)}`;
}

/** Names the handler by its route: `GET /orders/:id` says which one it is better than "anonymous". */
const routeOf = ({'http.route': route}: Attributes): string =>
  typeof route === 'string' && route !== '' ? route : 'anonymous';

function cleaned(attributes: Attributes): Attributes {
  const clean = {...attributes};
  const {'url.path': path, 'hook.name': hook} = clean;
  if (typeof path === 'string') clean['url.path'] = path.split('?', 1)[0];
  if (typeof hook === 'string') {
    const [, plugin = '', rest] =
      /^([\s\S]*?)( - (?:route-handler|route -> \w+|not-found-handler(?: - \w+)?|\w+))$/.exec(hook) ?? [];
    if (rest !== undefined && !isName(plugin)) clean['hook.name'] = `anonymous${rest}`;
  }
  return clean;
}

/** Whether a text is the name of a plugin or function, or several joined by `->`: no source text, no path of this machine. */
const isName = (text: string): boolean =>
  text.length <= 100 && /^@?[\w$.-]+(?:\/[\w$.-]+)?(?: -> @?[\w$.-]+(?:\/[\w$.-]+)?)*$/.test(text);
