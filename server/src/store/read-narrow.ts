/**
 * Narrows a search by what is known of spans without looking at them: in which segments those that fit may be, and in which of their
 * columns. Each span is tested by all conditions all the same.
 */
import type {TenantId} from '../base/index.ts';
import type {Budget, SpanCondition, SpanFilter} from '../query/index.ts';
import {
  type AskedPair,
  askedPair,
  type CellKinds,
  cellKinds,
  mayHold,
  type PairCondition,
  pairConditions,
} from './filter-pairs.ts';
import type {FilteredSpans} from './kept-filters.ts';
import {bucketOf, type KnownCondition} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {type Buckets, overlaps, type Stretch, stretchesSql} from './read-stretches.ts';
import {withTexts} from './read-texts.ts';
import {cellSalt, type PairKind} from './span-filter.ts';

export interface Narrow {
  /** Of spans in older buckets nothing is told. */
  readonly from: number;
  /** The first bucket of spans that are not summed up yet: nothing is told of these either. Infinite where there are none. */
  readonly recent: number;
  /** All stretches from there on that may have spans that fit, the recent ones too; undefined where these may be anywhere. */
  readonly among: readonly Stretch[] | undefined;
  /** In which kinds spans that fit have each pair. */
  readonly kinds: ReadonlyMap<string, ReadonlySet<PairKind>>;
}

/** A search, and how it is narrowed: `spanWhere` and `windows` see to it. */
export type Narrowed<Search> = Search & {readonly narrow?: Narrow};

export interface NarrowLimits {
  /** Where more of the spans may fit than this share, they are looked for everywhere. */
  readonly commonShare: number;
  /** And of a burst, whose cells are large: what is rare is in many of these, and nearly nowhere in each. */
  readonly commonShareOfBurst: number;
  /** Spans of a cell of a burst. */
  readonly largeCell: number;
  /** Of more, it is worth a statement to know which texts have a pair: bloom filters then tell where in the cells these are. */
  readonly manySpans: number;
}

export const narrowLimits: NarrowLimits = {
  commonShare: 0.25,
  commonShareOfBurst: 0.75,
  largeCell: 10_000,
  manySpans: 100_000,
};
/** A text of a statement has no room for more. */
const maxStretches = 4000;

/**
 * `inWindows` where `windows` is what looks for spans: others look through all of the search's range at once. Rejects as queries do.
 */
export async function narrowed<Search extends SpanFilter>(
  queries: Queries,
  tenant: TenantId,
  search: Search,
  {budget, inWindows}: {readonly budget: Budget; readonly inWindows: boolean},
): Promise<Narrowed<Search>> {
  const pairs = pairConditions(search.conditions).map(askedPair);
  if (pairs.length === 0) return search;
  const within = {first: firstBucket(search), last: lastBucket(search)};
  // Before the filters: what is summed up meanwhile is then in both.
  const recent = queries.recent().filter((one) => overlaps(one, within));
  const known = queries.memory.filters?.of(tenant);
  if (known === undefined) return withTexts(queries, tenant, search, budget);
  const limits = {...narrowLimits, ...queries.memory.narrow};
  const found = findCells(known.all, search.conditions, pairs, within, limits);
  const isFew = found.fitting !== undefined && found.fitting.length + recent.length <= maxStretches;
  const narrow: Narrow = {
    from: known.from,
    recent: recent.reduce((least, {first}) => Math.min(least, first), Number.POSITIVE_INFINITY),
    among: isFew ? [...(found.fitting ?? []), ...recent] : undefined,
    kinds: new Map(pairs.map(({condition}, i) => [nameOf(condition), found.kinds[i] as ReadonlySet<PairKind>])),
  };
  const isAll = known.from <= within.first && (inWindows || recent.length === 0);
  // Texts are asked for where nothing else is known, or where they tell few spans from many: in some stretches, where spans may have
  // the pair beside their texts too, for what is looked for in texts alone is found sooner than a filter is read.
  const areMany = (i: number): boolean =>
    narrow.among === undefined || (found.spans > limits.manySpans && ![...(found.kinds[i] ?? [])].every(isShared));
  const asked = pairs.filter((_, i) => !isAll || (areMany(i) && found.sharedBy[i] === 'few'));
  if (asked.length === 0) return {...search, narrow};
  const only = new Set(asked.map(({condition}) => condition));
  return {...(await withTexts(queries, tenant, search, budget, only)), narrow};
}

/** A text that spans share has it. */
const isShared = (kind: PairKind): boolean => kind === 'template' || kind === 'origin';

const nameOf = ({key, value, of}: PairCondition): string => JSON.stringify([key, value, of]);

interface FoundCells {
  /** Undefined where too many spans are in these. */
  readonly fitting: readonly Stretch[] | undefined;
  /** How many spans are in fitting cells. */
  readonly spans: number;
  /** Of each pair, in which kinds the fitting cells may have it. */
  readonly kinds: readonly ReadonlySet<PairKind>[];
  /** And how many of all spans are in cells in which texts may have it. */
  readonly sharedBy: readonly ('none' | 'few' | 'many')[];
}

function findCells(
  all: readonly FilteredSpans[],
  conditions: readonly SpanCondition[],
  pairs: readonly AskedPair[],
  within: Buckets,
  {commonShare, commonShareOfBurst, largeCell}: NarrowLimits,
): FoundCells {
  const holds = mayHold(conditions);
  const fitting: Stretch[] = [];
  const kinds = pairs.map(() => new Set<PairKind>());
  const shared = pairs.map(() => 0);
  let [cells, spansOfAll, spansOfFitting] = [0, 0, 0];
  for (const {segments, firsts, lasts, counts, words} of all) {
    const kindsIn = pairs.map((pair) => cellKinds(pair, words));
    const found = new Map<SpanCondition, readonly PairKind[]>();
    for (let i = 0; i < segments.length; i++) {
      const [segment, first, last, spans] = [segments[i], firsts[i], lasts[i], counts[i]] as [
        number,
        number,
        number,
        number,
      ];
      if (last < within.first || first > within.last) continue;
      cells++;
      spansOfAll += spans;
      const salt = cellSalt(segment, first);
      for (const [at, {condition}] of pairs.entries()) found.set(condition, (kindsIn[at] as CellKinds)(salt));
      if (!holds((pair) => (found.get(pair)?.length ?? 0) > 0)) continue;
      spansOfFitting += spans;
      if (fitting.length <= maxStretches) fitting.push({segment, first, last, spans});
      for (const [at, {condition}] of pairs.entries()) {
        const of = found.get(condition) ?? [];
        for (const kind of of) kinds[at]?.add(kind);
        if (of.some(isShared)) shared[at] = (shared[at] as number) + spans;
      }
    }
  }
  const most = spansOfAll * (spansOfAll > largeCell * cells ? commonShareOfBurst : commonShare);
  return {
    fitting: fitting.length > maxStretches || spansOfFitting > most ? undefined : fitting,
    spans: spansOfFitting,
    kinds,
    sharedBy: shared.map((spans) => (spans === 0 ? 'none' : spans > most ? 'many' : 'few')),
  };
}

/** Where a search that is narrowed looks, as one condition. */
export function amongSql({narrow, ...search}: Narrowed<SpanFilter>): string | undefined {
  if (narrow?.among === undefined) return undefined;
  const sql = stretchesSql(narrow.among);
  return narrow.from <= firstBucket(search) ? sql : `(bucket < ${narrow.from} OR ${sql})`;
}

/** The conditions for spans of some buckets: with all that is known of the texts that have their pairs. */
export function hintedIn(
  {narrow, ...search}: Narrowed<SpanFilter>,
  {first, last} = {first: firstBucket(search), last: lastBucket(search)},
): readonly SpanCondition[] {
  if (narrow === undefined || first < narrow.from || last >= narrow.recent) return search.conditions;
  const hinted = (one: SpanCondition): SpanCondition => {
    if (one.type === 'any') return {...one, of: one.of.map(hinted)};
    const kinds = one.type === 'attribute' ? narrow.kinds.get(nameOf(one)) : undefined;
    if (kinds === undefined) return one;
    const known: KnownCondition = {...one, kinds, ...([...kinds].some(isShared) ? {} : {texts: []})};
    return known;
  };
  return search.conditions.map(hinted);
}

/** The greatest bucket of a time after 1970. */
const greatestBucket = 2 ** 32 - 1;

export const firstBucket = ({start}: Pick<SpanFilter, 'start'>): number =>
  start === undefined || start <= 0n ? 0 : Number(bucketOf(start));
export const lastBucket = ({end}: Pick<SpanFilter, 'end'>): number =>
  end === undefined ? greatestBucket : Math.min(greatestBucket, Number(bucketOf(end)));
