/** The parts of one service's answers out of what the store tells of it. */
import type {TenantId, UnixNano} from '../base/index.ts';
import {errorKindOf, statusName} from '../insight/index.ts';
import {
  type Budget,
  type FoundError,
  type FoundErrors,
  type FoundStatement,
  type FoundStatements,
  type Looked,
  responseStatus,
  type ServiceFilter,
  type TimeRange,
} from '../query/index.ts';
import type {PointTimes} from '../red/index.ts';
import type {CountedTime, ErrorGroup, ServicePart, StatementFigures, StatementTimes} from './contract.ts';
import type {Source} from './source.ts';

export interface Asking {
  readonly source: Source;
  readonly tenant: TenantId;
  readonly budget: Budget;
}

export const countedTime = ({start, end}: TimeRange, coveredStart: UnixNano): CountedTime => ({
  start: start.toString(),
  end: end.toString(),
  coveredStart: coveredStart.toString(),
});

export const part = (range: TimeRange, coveredStart: UnixNano | undefined, {share}: Looked): ServicePart => ({
  ...countedTime(range, coveredStart ?? range.start),
  ...(share === 1 ? {} : {share}),
});

export async function errorsOf(
  filter: ServiceFilter,
  {source, tenant, budget}: Asking,
  points?: PointTimes,
): Promise<{readonly part: ServicePart; readonly found: FoundErrors}> {
  const [found, covered] = await Promise.all([
    source.serviceErrors(tenant, filter, {budget, points}),
    source.firstStart(tenant, filter, {budget}),
  ]);
  return {part: part(filter, covered, found), found};
}

export function errorGroups(now: FoundErrors, former: FoundErrors | undefined, limit: number) {
  const before = new Map(former?.groups.map(({id, count}) => [id, {count}]));
  return {
    errors: now.errors,
    groups: now.groups.slice(0, limit).map(
      (found): ErrorGroup => ({
        ...errorGroup(found, now.errors),
        ...(former === undefined ? {} : {baseline: before.get(found.id) ?? null}),
      }),
    ),
    omitted: now.omitted + Math.max(0, now.groups.length - limit),
  };
}

export function errorGroup({facts, from, series, message, ...found}: FoundError, errors: number): ErrorGroup {
  const status = responseStatus((key) => facts[key]);
  return {
    ...found,
    error: errorKindOf({
      texts: [`${found.type} ${found.example.message}`, facts['db.response.status_code'] ?? ''],
      attribute: (key) => facts[key],
    }),
    message: message === '' && status !== undefined ? statusName(status.protocol, status.code) : message,
    share: errors === 0 ? 0 : found.count / errors,
    ...(from === '' ? {} : {from}),
    ...(series.length === 0 ? {} : {series}),
  };
}

export async function statementsOf(
  filter: ServiceFilter,
  {source, tenant, budget}: Asking,
): Promise<{readonly part: ServicePart; readonly found: FoundStatements; readonly requests: number}> {
  const [found, covered, {requests}] = await Promise.all([
    source.statements(tenant, filter, {budget}),
    source.firstStart(tenant, filter, {budget}),
    source.servedRed(tenant, filter, {budget}),
  ]);
  return {part: part(filter, covered, found), found, requests};
}

export function statementFigures(
  now: FoundStatements,
  former: FoundStatements | undefined,
  requests: number,
  limit: number,
) {
  const before = new Map(former?.statements.map((one) => [one.id, statementTimes(one)]));
  return {
    requests,
    totalMs: now.totalMs,
    statements: now.statements.slice(0, limit).map((found) => ({
      ...statement(found, now.totalMs, requests),
      ...(former === undefined ? {} : {baseline: before.get(found.id) ?? null}),
    })),
    omitted: now.omitted + Math.max(0, now.statements.length - limit),
  };
}

export function statement(found: FoundStatement, totalMs: number, requests: number): StatementFigures {
  const {id, statement, system, database, example} = found;
  return {
    ...{id, statement, system, database, example},
    ...statementTimes(found),
    timeShare: totalMs === 0 ? 0 : found.totalMs / totalMs,
    ...(requests === 0 ? {} : {callsPerRequest: found.calls / requests}),
  };
}

const statementTimes = ({calls, errors, totalMs, meanMs, p95Ms, maxMs}: FoundStatement): StatementTimes => ({
  ...{calls, errors, totalMs, meanMs, p95Ms, maxMs},
});
