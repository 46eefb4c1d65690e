/**
 * What is different in a service from another time, the most telling first. Whatever chance alone can do is left out: a few requests
 * more or less, a slow one among twenty, an operation that is called once a day.
 */
import type {
  FoundError,
  FoundStatement,
  OperationRed,
  OperationSteps,
  RedFigures,
  SpanExample,
} from '../query/index.ts';
import {kindNames} from '../query/index.ts';
import {servingKinds, stepMillis} from '../red/index.ts';
import {leastDifference} from './chance.ts';
import {sayDuration} from './say.ts';

/** What there is to say of a comparison of two times, beside what has changed. */
export const changeNotes = {
  no_baseline: 'There is nothing of the time before to compare with.',
  few_requests: 'There are few requests: less can be said of them.',
  sampled: 'There are very many spans: some parts are counted from a share of them.',
} as const;

/** A service in one time. Of what was only looked at in part, `share` is the part's: one in so many. */
export interface ServiceSide {
  /** The time that there is data of. */
  readonly seconds: number;
  readonly served: RedFigures;
  readonly operations: readonly OperationRed[];
  readonly steps: readonly OperationSteps[];
  readonly versions: readonly {
    readonly value: string;
    readonly spans: number;
    readonly requests: number;
    readonly firstUnixNano: string;
    readonly lastUnixNano: string;
  }[];
  readonly errors: {readonly share: number; readonly groups: readonly FoundError[]};
  readonly statements: {readonly share: number; readonly statements: readonly FoundStatement[]};
}

export interface DependencyCalls<D> {
  readonly dependency: D;
  readonly name: string;
  readonly before: number;
  readonly now: number;
}

export interface ChangeCounts {
  readonly count: number;
  readonly rate: number;
  readonly errors?: number;
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
  readonly mean?: number;
}

export type ServiceChangeKind =
  | 'version_new'
  | 'version_gone'
  | 'rate'
  | 'errors'
  | 'latency'
  | 'operation_new'
  | 'operation_gone'
  | 'error_new'
  | 'error_more'
  | 'statement_new'
  | 'statement_slower'
  | 'dependency_new'
  | 'dependency_gone';

export interface FoundChange<D> {
  readonly kind: ServiceChangeKind;
  readonly effect: 'worse' | 'better' | 'neutral';
  readonly text: string;
  readonly weight: number;
  readonly operation?: Pick<OperationRed, 'name' | 'kind'>;
  readonly version?: string;
  readonly error?: FoundError;
  readonly statement?: FoundStatement;
  readonly dependency?: D;
  readonly before?: ChangeCounts;
  readonly now?: ChangeCounts;
  readonly seenUnixNano?: string;
  readonly example?: SpanExample;
}

/** A count of no calls is told as news where it comes by chance so seldom. */
const mostChance = 0.001;
/** Standard deviations by which a count differs at the least. */
const leastDeviations = 4;
/** Fewer requests on a side say nothing of durations. */
const leastRequests = 10;
const mostOfKind = 10;
const mostChanges = 60;

export function serviceChanges<D>(
  before: ServiceSide,
  now: ServiceSide,
  dependencies: readonly DependencyCalls<D>[],
): readonly FoundChange<D>[] {
  const operations = operationChanges(before, now);
  const whole = wholeChanges(before, now).filter(
    // Where an operation shows it, that is what is to be told.
    ({kind, effect}) => !operations.some((one) => one.kind === kind && one.effect === effect),
  );
  const all: FoundChange<D>[] = [
    ...versionChanges(before, now),
    ...whole,
    ...operations,
    ...errorChanges(before, now),
    ...statementChanges(before, now),
    ...dependencies.flatMap((one) => dependencyChange(one, before, now)),
  ];
  const told = new Map<ServiceChangeKind, number>();
  return all
    .sort((a, b) => b.weight - a.weight)
    .filter(({kind}) => {
      const count = (told.get(kind) ?? 0) + 1;
      told.set(kind, count);
      return count <= mostOfKind;
    })
    .slice(0, mostChanges);
}

interface Sides {
  readonly before: number;
  readonly now: number;
}
type Times = {readonly before: ServiceSide; readonly now: ServiceSide};

/** Whether it can hardly be chance that there was none on the other side, of so many that were counted on this one. */
function isNews(counted: number, own: number, other: number): boolean {
  return counted > 0 && (own / (own + other)) ** counted <= mostChance;
}

/** By how many standard deviations `now` is above what `before` lets expect. */
function deviations({before, now}: Sides, {before: sideBefore, now: sideNow}: Times): number {
  const share = sideNow.seconds / (sideNow.seconds + sideBefore.seconds);
  const all = before + now;
  return all === 0 ? 0 : (now - all * share) / Math.sqrt(all * share * (1 - share));
}

const ratio = (now: number, before: number): number =>
  before === 0 ? (now === 0 ? 1 : Number.POSITIVE_INFINITY) : now / before;
const ms = (millis: number): string => sayDuration(millis * 1e6);
const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;
const perSecond = (rate: number): string => `${Number(rate.toPrecision(3))}/s`;
const shareOf = ({errors, requests}: RedFigures): number => (requests === 0 ? 0 : errors / requests);

const counts = ({requests, errors, p50, p95, p99}: RedFigures, {seconds}: ServiceSide): ChangeCounts => ({
  ...{count: requests, rate: requests / seconds, errors},
  ...(requests === 0 ? {} : {p50, p95, p99}),
});

function versionChanges(before: ServiceSide, now: ServiceSide): FoundChange<never>[] {
  const change = (kind: 'version_new' | 'version_gone', own: ServiceSide, other: ServiceSide): FoundChange<never>[] => {
    const known = new Set(other.versions.map(({value}) => value));
    const isNew = kind === 'version_new';
    // Without a version on the other side it is the naming that is new.
    if (known.size === 0) return [];
    return own.versions
      .filter(({value}) => !known.has(value))
      .map((version) => ({
        kind,
        effect: 'neutral',
        text: isNew
          ? `version ${version.value} is new, first seen ${moment(version.firstUnixNano)}`
          : `version ${version.value} is gone, last seen ${moment(version.lastUnixNano)}`,
        weight: isNew ? 0.65 : 0.3,
        version: version.value,
        seenUnixNano: isNew ? version.firstUnixNano : version.lastUnixNano,
        [isNew ? 'now' : 'before']: {count: version.requests, rate: version.requests / own.seconds},
      }));
  };
  return [...change('version_new', now, before), ...change('version_gone', before, now)];
}

const moment = (nanos: string): string =>
  `${new Date(Number(BigInt(nanos) / 1_000_000n)).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

function wholeChanges(before: ServiceSide, now: ServiceSide): FoundChange<never>[] {
  const changes: FoundChange<never>[] = [];
  const [was, is] = [before.served, now.served];
  const figures = {before: counts(was, before), now: counts(is, now)};
  const times = ratio(figures.now.rate, figures.before.rate);
  const isMore = deviations({before: was.requests, now: is.requests}, {before, now});
  if (was.requests > 0 && Math.abs(isMore) >= leastDeviations && (times >= 1.5 || times <= 1 / 1.5)) {
    changes.push({
      kind: 'rate',
      effect: 'neutral',
      text: `requests: ${perSecond(figures.before.rate)} → ${perSecond(figures.now.rate)}`,
      weight: Math.min(0.55, 0.25 + 0.1 * Math.abs(Math.log2(Math.max(times, 0.05)))),
      ...figures,
    });
  }
  changes.push(...errorShare(was, is, figures, 'errors', {}));
  const serving = (side: ServiceSide) => summed(side.steps.filter(({kind}) => isServing(kind)));
  changes.push(...slower(serving(before), serving(now), was, is, figures, 'durations', {}));
  return changes;
}

const isServing = (kind: OperationRed['kind']): boolean => servingKinds.some((one) => kindNames[one] === kind);
const key = ({name, kind}: Pick<OperationRed, 'name' | 'kind'>): string => `${kind} ${name}`;

function operationChanges(before: ServiceSide, now: ServiceSide): FoundChange<never>[] {
  const was = new Map(before.operations.map((one) => [key(one), one]));
  const is = new Map(now.operations.map((one) => [key(one), one]));
  const stepsBefore = new Map(before.steps.map((one) => [key(one), one]));
  const stepsNow = new Map(now.steps.map((one) => [key(one), one]));
  const changes: FoundChange<never>[] = [];
  const lone = (kind: 'operation_new' | 'operation_gone', one: OperationRed, own: ServiceSide, other: ServiceSide) => {
    if (!isServing(one.kind) || !isNews(one.stored ?? one.requests, own.seconds, other.seconds)) return;
    const isNew = kind === 'operation_new';
    changes.push({
      kind,
      effect: 'neutral',
      text: `${one.name} is ${isNew ? 'new' : 'gone'}: ${perSecond(one.requests / own.seconds)}${isNew ? '' : ' before'}`,
      weight: isNew ? 0.35 : 0.4,
      operation: {name: one.name, kind: one.kind},
      [isNew ? 'now' : 'before']: counts(one, own),
    });
  };
  for (const [id, one] of is) {
    const former = was.get(id);
    if (former === undefined) {
      lone('operation_new', one, now, before);
      continue;
    }
    if (!isServing(one.kind)) continue;
    const operation = {name: one.name, kind: one.kind};
    const figures = {before: counts(former, before), now: counts(one, now)};
    changes.push(...errorShare(former, one, figures, one.name, {operation}));
    const [a, b] = [stepsBefore.get(id), stepsNow.get(id)];
    if (a !== undefined && b !== undefined) {
      changes.push(...slower(summed([a]), summed([b]), former, one, figures, one.name, {operation}));
    }
  }
  for (const [id, one] of was) if (!is.has(id)) lone('operation_gone', one, before, now);
  return changes;
}

type Figures = {readonly before: ChangeCounts; readonly now: ChangeCounts};
type About = Pick<FoundChange<never>, 'operation'>;

/** How many spans were counted for so many requests: the rest they stand for adds nothing to what is known. */
const known = ({requests, stored}: RedFigures): number => stored ?? requests;

function errorShare(
  was: RedFigures,
  is: RedFigures,
  figures: Figures,
  name: string,
  about: About,
): FoundChange<never>[] {
  const [a, b] = [shareOf(was), shareOf(is)];
  const [countA, countB] = [known(was), known(is)].map(Math.round) as [number, number];
  const least = leastDifference(Math.round(a * countA), countA, Math.round(b * countB), countB);
  if (was.requests === 0 || is.requests === 0 || least <= 0.002 || ratio(Math.max(a, b), Math.min(a, b)) < 1.5)
    return [];
  return [
    {
      kind: 'errors',
      effect: b > a ? 'worse' : 'better',
      text: `${name}: ${percent(a)} failed → ${percent(b)}`,
      weight: b > a ? 0.7 + 0.3 * Math.min(1, 2 * least) : 0.3 + 0.15 * least,
      ...about,
      ...figures,
    },
  ];
}

/** Counts by step. */
function summed(operations: readonly OperationSteps[]): ReadonlyMap<number, number> {
  const sum = new Map<number, number>();
  for (const {steps, requests} of operations) {
    steps.forEach((step, i) => void sum.set(step, (sum.get(step) ?? 0) + (requests[i] as number)));
  }
  return sum;
}

/** Of the quantiles that differ, at what share of requests on the other side of the former one they differ beyond chance. */
const judged = [
  {name: 'p50', level: 0.5, least: 0.1},
  {name: 'p95', level: 0.95, least: 0.03},
] as const;

function slower(
  was: ReadonlyMap<number, number>,
  is: ReadonlyMap<number, number>,
  redBefore: RedFigures,
  redNow: RedFigures,
  figures: Figures,
  name: string,
  about: About,
): FoundChange<never>[] {
  const [countA, countB] = [known(redBefore), known(redNow)].map(Math.round) as [number, number];
  if (countA < leastRequests || countB < leastRequests) return [];
  for (const {name: quantile, level, least} of judged) {
    const [from, to] = [stepAt(was, level), stepAt(is, level)];
    if (Math.max(stepMillis(from), stepMillis(to)) < 1.2 * Math.min(stepMillis(from), stepMillis(to))) continue;
    // Requests beyond the lower one of the two: more of them on the slower side.
    const at = Math.min(from, to);
    const [a, b] = [shareAbove(was, at), shareAbove(is, at)];
    const difference = leastDifference(Math.round(a * countA), countA, Math.round(b * countB), countB);
    if (difference < least || b > a !== to > from) continue;
    const times = stepMillis(to) / stepMillis(from);
    return [
      {
        kind: 'latency',
        effect: to > from ? 'worse' : 'better',
        text: `${name}: ${quantile} ${ms(stepMillis(from))} → ${ms(stepMillis(to))}`,
        weight: to > from ? Math.min(0.98, 0.6 + 0.1 * Math.log2(times)) : 0.35,
        ...about,
        ...figures,
      },
    ];
  }
  return [];
}

function stepAt(steps: ReadonlyMap<number, number>, level: number): number {
  const sorted = [...steps].sort(([a], [b]) => a - b);
  const all = sorted.reduce((sum, [, count]) => sum + count, 0);
  let left = level * all;
  for (const [step, count] of sorted) {
    left -= count;
    if (left <= 0) return step;
  }
  return sorted.at(-1)?.[0] ?? 0;
}

function shareAbove(steps: ReadonlyMap<number, number>, at: number): number {
  let above = 0;
  let all = 0;
  for (const [step, count] of steps) {
    all += count;
    if (step > at) above += count;
  }
  return all === 0 ? 0 : above / all;
}

function errorChanges(before: ServiceSide, now: ServiceSide): FoundChange<never>[] {
  const was = new Map(before.errors.groups.map((one) => [one.id, one]));
  const failures = now.errors.groups.reduce((sum, {count}) => sum + count, 0);
  return now.errors.groups.flatMap((error): FoundChange<never>[] => {
    const former = was.get(error.id);
    const looked = {before: (former?.count ?? 0) / before.errors.share, now: error.count / now.errors.share};
    const what = [error.operation, error.type, error.message].filter((text) => text !== '').join(': ');
    const figures = {
      ...(former === undefined ? {} : {before: {count: former.count, rate: former.count / before.seconds}}),
      now: {count: error.count, rate: error.count / now.seconds},
      example: error.example,
      error,
    };
    const share = error.count / failures;
    if (former === undefined) {
      if (!isNews(looked.now, now.seconds, before.seconds)) return [];
      const {firstUnixNano: seenUnixNano} = error;
      const text = `new error in ${what}: ${error.count.toLocaleString('en')} times`;
      return [{kind: 'error_new', effect: 'worse', text, weight: 0.72 + 0.25 * share, seenUnixNano, ...figures}];
    }
    const times = ratio(error.count / now.seconds, former.count / before.seconds);
    // More of the same requests is no news.
    const more = ratio(now.served.requests / now.seconds, before.served.requests / before.seconds);
    if (deviations(looked, {before, now}) < leastDeviations || times < 2 || times < 1.5 * more) return [];
    const text = `${what}: ${Number(times.toPrecision(2))} times as often`;
    return [{kind: 'error_more', effect: 'worse', text, weight: 0.6 + 0.25 * share, ...figures}];
  });
}

function statementChanges(before: ServiceSide, now: ServiceSide): FoundChange<never>[] {
  const was = new Map(before.statements.statements.map((one) => [one.id, one]));
  const total = now.statements.statements.reduce((sum, {totalMs}) => sum + totalMs, 0);
  const shares = {before: before.statements.share, now: now.statements.share};
  return now.statements.statements.flatMap((statement): FoundChange<never>[] => {
    const former = was.get(statement.id);
    const share = statement.totalMs / total;
    const figures = {
      ...(former === undefined ? {} : {before: timesOf(former, before)}),
      now: timesOf(statement, now),
      example: statement.example,
      statement,
    };
    const short = shortened(statement.statement);
    if (former === undefined) {
      if (!isNews(statement.calls / shares.now, now.seconds, before.seconds)) return [];
      const text = `new statement: ${short}, ${perSecond(statement.calls / now.seconds)}, mean ${ms(statement.meanMs)}`;
      return [{kind: 'statement_new', effect: 'neutral', text, weight: 0.4 + 0.3 * share, ...figures}];
    }
    const [countA, countB] = [former.calls / shares.before, statement.calls / shares.now];
    const times = ratio(statement.meanMs, former.meanMs);
    if (countA < leastRequests || countB < leastRequests || times < 1.5) return [];
    // Welch's test of two means.
    const error = Math.sqrt(former.spreadMs ** 2 / countA + statement.spreadMs ** 2 / countB);
    if (statement.meanMs - former.meanMs < leastDeviations * error) return [];
    const text = `${short}: mean ${ms(former.meanMs)} → ${ms(statement.meanMs)}`;
    const weight = Math.min(0.97, 0.5 + 0.08 * Math.log2(times) + 0.25 * share);
    return [{kind: 'statement_slower', effect: 'worse', text, weight, ...figures}];
  });
}

const timesOf = ({calls, errors, meanMs, p95Ms}: FoundStatement, {seconds}: ServiceSide): ChangeCounts => ({
  ...{count: calls, rate: calls / seconds, errors, mean: meanMs, p95: p95Ms},
});
const shortened = (text: string): string => (text.length > 120 ? `${text.slice(0, 119)}…` : text);

function dependencyChange<D>(
  {dependency, name, before: was, now: is}: DependencyCalls<D>,
  before: ServiceSide,
  now: ServiceSide,
): FoundChange<D>[] {
  if (was === 0 && isNews(is, now.seconds, before.seconds)) {
    const rate = is / now.seconds;
    const text = `${name} is new: ${perSecond(rate)}`;
    return [{kind: 'dependency_new', effect: 'neutral', text, weight: 0.45, dependency, now: {count: is, rate}}];
  }
  if (is === 0 && isNews(was, before.seconds, now.seconds)) {
    const rate = was / before.seconds;
    const text = `${name} is gone: ${perSecond(rate)} before`;
    return [{kind: 'dependency_gone', effect: 'neutral', text, weight: 0.42, dependency, before: {count: was, rate}}];
  }
  return [];
}
