/**
 * The services and operations of each tenant, kept in memory: the page and Jaeger's ask for them all the time, and they change
 * seldom. See docs/decisions/0057-names-kept-in-memory.md.
 */
import type {TenantId} from '../base/index.ts';
import {Budget} from '../query/index.ts';
import {Where} from './read-conditions.ts';
import type {Presence} from './read-presence.ts';
import type {Queries} from './read-query.ts';
import type {SpanChanges} from './span-changes.ts';

export interface Operation {
  readonly name: string;
  /** As OTLP numbers it. */
  readonly kind: number;
  readonly spans: number;
}

/** Services in the order of their names, operations in that of theirs and of their kinds. */
export type Operations = ReadonlyMap<string, readonly Operation[]>;

export interface KeptOperations {
  /**
   * All of the tenant, undefined where they are not kept: there are too many, or names that are no text. Then they are to be read.
   * Rejects as queries do.
   */
  get(tenant: TenantId, budget: Budget): Promise<Operations | undefined>;
}

/** How old an answer may be while spans come in. */
const stalestMs = 1000;
/** The same where others store spans too, unseen. */
const sharedMs = 2000;
/** Even where nothing comes in: retention removes names. */
const oldestMs = 60_000;
/** Of one tenant; more are read for every question. */
const maxOperations = 20_000;
/** Of all tenants, those that were read last: some 30 MB. */
const maxOfAll = 150_000;

interface Kept {
  readonly operations: Operations | undefined;
  readonly count: number;
}

interface Reading {
  readonly at: number;
  readonly inserts: number;
  readonly flushes: number;
  /** ClickHouse has gone away since: the one that comes back may be another. */
  readonly lost: AbortSignal;
  readonly kept: Promise<Kept>;
  /** Of what has been read. */
  count: number;
}

export interface KeptOperationsOptions {
  readonly queries: Queries;
  readonly presence: Presence;
  readonly changes: SpanChanges;
  /** Whether other Wefts store spans in the same ClickHouse. */
  readonly shared: boolean;
  /** Monotonic, in milliseconds. */
  readonly now?: () => number;
}

export function createKeptOperations({
  queries,
  presence,
  changes,
  shared,
  now = () => performance.now(),
}: KeptOperationsOptions): KeptOperations {
  const readings = new Map<TenantId, Reading>();

  const isCurrent = ({at, inserts, flushes, lost}: Reading): boolean => {
    const age = now() - at;
    if (lost.aborted || flushes !== changes.flushes || age >= oldestMs || (shared && age >= sharedMs)) return false;
    return inserts === changes.inserts || age < stalestMs;
  };

  function read(tenant: TenantId, budget: Budget): Reading {
    const {inserts, flushes} = changes;
    const {lost} = presence;
    // It outlives the question: whoever joins in must not go without because the first one went away.
    const kept = readOperations(queries, tenant, new Budget(lasting, budget.limits));
    const reading: Reading = {at: now(), inserts, flushes, lost, kept, count: 0};
    readings.delete(tenant);
    readings.set(tenant, reading);
    kept.then(
      ({count}) => {
        reading.count = count;
        forgetOldest();
      },
      () => {
        if (readings.get(tenant) === reading) readings.delete(tenant);
      },
    );
    return reading;
  }

  function forgetOldest(): void {
    let all = 0;
    for (const {count} of readings.values()) all += count + 1;
    for (const [tenant, {count}] of readings) {
      if (all <= maxOfAll) return;
      readings.delete(tenant);
      all -= count + 1;
    }
  }

  return {
    async get(tenant, budget) {
      budget.takeQuery();
      const known = readings.get(tenant);
      const {kept} = known !== undefined && isCurrent(known) ? known : read(tenant, budget);
      return (await kept).operations;
    },
  };
}

const lasting = new AbortController().signal;

async function readOperations(queries: Queries, tenant: TenantId, budget: Budget): Promise<Kept> {
  const where = new Where(tenant);
  const rows = await queries.rows(
    {
      sql:
        `SELECT service, name, kind, sum(spans) AS spans FROM operations WHERE ${where.sql} ` +
        `GROUP BY service, name, kind ORDER BY service, name, kind LIMIT ${maxOperations + 1}`,
      parameters: where.parameters,
      budget,
    },
    {service: 'text', name: 'text', kind: 'number', spans: 'number'},
  );
  // Bytes that are no text are all shown as this, and could not be told apart here.
  const isText = rows.every(({service, name}) => !service.includes('\ufffd') && !name.includes('\ufffd'));
  if (rows.length > maxOperations || !isText) return {operations: undefined, count: 0};
  const operations = new Map<string, Operation[]>();
  for (const {service, name, kind, spans} of rows) {
    const known = operations.get(service);
    if (known === undefined) operations.set(service, [{name, kind, spans}]);
    else known.push({name, kind, spans});
  }
  return {operations, count: rows.length};
}
