/** Where errors were born, the way they took up, and what a later attempt made good. */
import {responseStatus} from '../query/index.ts';
import type {Anatomy} from './anatomy.ts';
import {CLIENT, ERROR, SERVER} from './columns.ts';
import {type ErrorFacts, readError} from './error-kind.ts';
import type {Finding} from './finding.ts';
import {attributeKey} from './trace.ts';

/** Births beyond these are not looked at: a trace of 100,000 failed spans tells no more than one of 1,000. */
const mostBirths = 1_000;
const version = attributeKey('service.version');

interface Birth {
  readonly span: number;
  /** Failed spans above it, from its parent up. */
  readonly way: readonly number[];
  readonly end: 'surfaced' | 'healed' | 'handled';
  /** Of a healed one: the attempt that succeeded. */
  readonly healedBy?: number;
  /** Of a handled one: a server above it told its caller that the request cannot be done, as a shop that is sold out. */
  readonly refused?: boolean;
  readonly error: ErrorFacts;
}

export function findErrors(anatomy: Anatomy): Finding[] {
  const {trace, errorsBelow} = anatomy;
  const {status} = trace.spans;
  const births: Birth[] = [];
  for (const span of trace.tree.order) {
    if (status[span] !== ERROR || errorsBelow[span]! > 0) continue;
    births.push(follow(anatomy, span));
    if (births.length === mostBirths) break;
  }
  // What the caller was told after the first failure is its consequence, as a rollback that fails too.
  const groups = new Map<string, Birth[]>();
  for (const birth of births) {
    const {span, end, error} = birth;
    const key = [end, trace.spans.service[span], trace.spans.name[span], error.kind, error.type].join('\n');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [birth]);
    else group.push(birth);
  }
  return [...groups.values()].flatMap((group) => findingOf(anatomy, group));
}

function findingOf(anatomy: Anatomy, group: readonly Birth[]): Finding[] {
  const {trace, critical} = anatomy;
  const {spans, services, names} = trace;
  const first = group[0]!;
  const {span, end, error, way} = first;
  // Being told "no" is an answer: of a lookup that found nothing and was dealt with there is nothing to mend.
  if (end === 'handled' && (error.refused || first.refused || error.kind === 'not_found' || error.kind === 'cancelled'))
    return [];
  const path = [span, ...way];
  const passed = path.map((each) => services[spans.service[each]!]!);
  const layers = passed.filter((service, index) => service !== passed[index - 1]);
  const [service, operation] = [services[spans.service[span]!]!, names[spans.name[span]!]!];
  const release = trace.resource(span, version);
  const waited = error.kind === 'timeout' || error.kind === 'cancelled' ? longestBelow(anatomy, span) : undefined;
  const nanos = group.reduce((sum, each) => sum + critical[each.span]!, 0);
  return [
    {
      kind: end === 'surfaced' ? 'error' : end === 'healed' ? 'healed_error' : 'handled_error',
      severity: end === 'surfaced' ? 'problem' : 'notice',
      confidence: error.kind === 'unknown' || error.kind === 'server_error' ? 0.7 : 0.95,
      impact: end === 'surfaced' ? 1 : Math.min(1, nanos / trace.total),
      spans: [...group.map((each) => each.span), ...(first.healedBy === undefined ? [] : [first.healedBy]), ...way],
      figures: {
        count: group.length,
        layers: layers.length,
        longestNanos: group.reduce((most, each) => Math.max(most, spans.duration[each.span]!), 0),
      },
      facts: {
        error: error.kind,
        service,
        operation,
        ...(release === undefined ? {} : {version: release}),
        ...(error.type === '' ? {} : {type: error.type}),
        ...(error.message === '' ? {} : {message: cut(error.message, 300)}),
        ...(error.stack === '' ? {} : {stack: cut(error.stack, 2_000)}),
        ...(waited === undefined
          ? {}
          : {waitedFor: `${services[spans.service[waited]!]} ${names[spans.name[waited]!]}`}),
        way: layers,
      },
    },
  ];
}

export const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** Up from a birth as long as the spans above failed with it. */
function follow(anatomy: Anatomy, span: number): Birth {
  const {trace} = anatomy;
  const {tree, spans} = trace;
  const way: number[] = [];
  let below = span;
  for (let up = tree.parent[span]!; up >= 0; up = tree.parent[up]!) {
    if (spans.status[up] === ERROR) {
      way.push(up);
      below = up;
      continue;
    }
    const caller = tree.parent[up]!;
    // Its caller had given up: the server went on, and did not fail by its own account.
    if (spans.kind[up] === SERVER && caller >= 0 && spans.kind[caller] === CLIENT && spans.status[caller] === ERROR)
      continue;
    const healedBy = laterSuccess(anatomy, up, below);
    const error = readError(trace, span);
    return healedBy === undefined
      ? {span, way, end: 'handled', error, refused: isRefusal(anatomy, up)}
      : {span, way, end: 'healed', healedBy, error};
  }
  return {span, way, end: 'surfaced', error: readError(trace, span)};
}

function isRefusal({trace}: Anatomy, span: number): boolean {
  for (let up = span; up >= 0; up = trace.tree.parent[up]!) {
    const status = responseStatus((key) => trace.attribute(up, attributeKey(key)));
    if (trace.spans.kind[up] === SERVER && status !== undefined) return status.verdict === 'refused';
  }
  return false;
}

/** A sibling with the name of `failed` that came after it and went well: another attempt. */
function laterSuccess({trace}: Anatomy, parent: number, failed: number): number | undefined {
  const {tree, spans} = trace;
  const end = spans.start[failed]! + spans.duration[failed]!;
  for (let c = tree.firstChild[parent]!; c < tree.firstChild[parent + 1]!; c++) {
    const child = tree.children[c]!;
    if (spans.name[child] !== spans.name[failed] || spans.service[child] !== spans.service[failed]) continue;
    if (spans.start[child]! >= end && spans.status[child] !== ERROR) return child;
  }
  return undefined;
}

/** Down from a span that gave up, always to the child that took longest; undefined where it has none. */
function longestBelow({trace}: Anatomy, span: number): number | undefined {
  const {tree, spans} = trace;
  let at = span;
  for (;;) {
    let longest = -1;
    for (let c = tree.firstChild[at]!; c < tree.firstChild[at + 1]!; c++) {
      const child = tree.children[c]!;
      if (longest < 0 || spans.duration[child]! > spans.duration[longest]!) longest = child;
    }
    if (longest < 0 || spans.duration[longest]! < 0.5 * spans.duration[span]!) return at === span ? undefined : at;
    at = longest;
  }
}
