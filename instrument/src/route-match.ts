import {SpanKind} from '@opentelemetry/api';
import type {SpanStart} from './sampler.ts';

/**
 * Finds the operation a starting span will turn out to be. A server span is named `GET` when it starts and
 * `GET /orders/:id` when it ends, so operations that look like routes are matched against its method and path.
 * Returns the operation's own text, or `undefined`.
 */
export function routeMatcher(
  operations: readonly string[],
): (span: Pick<SpanStart, 'name' | 'kind' | 'attributes'>) => string | undefined {
  const names = new Set(operations);
  const routes = operations.flatMap((operation) => {
    const [, method, path] = /^(?:([A-Z]+) )?(\/.*)$/.exec(operation) ?? [];
    return path === undefined ? [] : [{operation, method, pattern: pathPattern(path)}];
  });
  return ({name, kind, attributes}) => {
    if (names.has(name)) return name;
    if (kind !== SpanKind.SERVER || routes.length === 0) return undefined;
    const method = attributes['http.request.method'] ?? attributes['http.method'];
    const path = attributes['url.path'] ?? attributes['http.target'];
    if (typeof path !== 'string') return undefined;
    const plain = path.split('?', 1)[0] as string;
    return routes.find((route) => (route.method === undefined || route.method === method) && route.pattern.test(plain))
      ?.operation;
  };
}

/** `:id` and `{id}` stand for one segment, `*` for any rest. */
function pathPattern(path: string): RegExp {
  const source = path
    .split('/')
    .map((segment) => {
      if (segment === '*' || segment === '**') return '.*';
      if (/^:\w+\??$|^\{[^}]+\}$/.test(segment)) return '[^/]+';
      return segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('/');
  return new RegExp(`^${source}/?$`);
}
