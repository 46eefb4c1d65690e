import assert from 'node:assert/strict';
import type {CapturedSpan} from './captured.ts';

export type Conventions = {
  /** The form that a span name must have (default: no id in it, at most 100 characters). */
  readonly spanName?: RegExp;
  /** Attributes a span of a kind must have, for example `{server: ['http.route']}`. */
  readonly required?: Readonly<Partial<Record<CapturedSpan['kind'], readonly string[]>>>;
  /** The team's own attribute keys besides the semantic conventions'; `order.*` allows a family. Absent: any key. */
  readonly attributes?: readonly string[];
};

/** A UUID, a long hexadecimal or a number of four or more digits: what makes every name its own. */
const identifier = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{16,}\b|\d{4,}/i;
const key = /^[a-z][a-z0-9_]*(?:\.[a-z0-9_-]+)*$/;
const semantic =
  /^(?:http|url|server|client|network|user_agent|db|messaging|rpc|grpc|error|exception|code|otel|thread|retry|circuit_breaker|saga|express|fastify|hook|net|peer|sampler|weft)\./;

/** Every fault of these spans against the conventions, as sentences; empty when there is none. */
export function conventionFaults(spans: readonly CapturedSpan[], conventions: Conventions = {}): string[] {
  const faults = new Set<string>();
  for (const span of spans) {
    const {name, kind, attributes} = span;
    if (conventions.spanName !== undefined && !conventions.spanName.test(name)) {
      faults.add(`span name "${name}" does not fit ${conventions.spanName}`);
    }
    if (identifier.test(name)) faults.add(`span name "${name}" contains an id: put it into an attribute`);
    if (name.length > 100) faults.add(`span name "${name.slice(0, 40)}…" is ${name.length} characters long`);
    for (const wanted of conventions.required?.[kind] ?? []) {
      if (attributes[wanted] === undefined) faults.add(`${kind} span "${name}" has no ${wanted}`);
    }
    for (const given of Object.keys(attributes)) {
      if (!key.test(given)) faults.add(`attribute "${given}" of "${name}" is not dotted lower case`);
      else if (
        conventions.attributes !== undefined &&
        !semantic.test(given) &&
        !listed(given, conventions.attributes)
      ) {
        faults.add(`attribute "${given}" of "${name}" is not on the list`);
      }
    }
  }
  return [...faults];
}

/** Names and attributes follow the conventions; every fault is listed at once. */
export function assertConventions(spans: readonly CapturedSpan[], conventions?: Conventions): void {
  const faults = conventionFaults(spans, conventions);
  assert.equal(faults.length, 0, `conventions:\n  ${faults.join('\n  ')}`);
}

const listed = (given: string, list: readonly string[]): boolean =>
  list.some((entry) => (entry.endsWith('.*') ? given.startsWith(entry.slice(0, -1)) : entry === given));
