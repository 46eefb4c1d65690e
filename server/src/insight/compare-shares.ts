/**
 * What the traces of a selection share that others do not have, the most telling first. What differs by chance is left out (`mostChance`
 * holds for all that was looked at together), what always goes together is one entry, and what the question itself asked for is marked.
 */
import {fisherTest, leastDifference} from './chance.ts';
import type {Feature, FeatureOwner, NumberFeature, TraceFeatures} from './trace-features.ts';

export interface SharedFeature {
  readonly of: FeatureOwner;
  readonly key: string;
  /** Undefined: that there is a value at all, or a range of numbers. */
  readonly value: string | undefined;
  /** Of numbers: at least `from`, or less than `below`. */
  readonly range: {readonly from?: number; readonly below?: number} | undefined;
  readonly services: readonly string[];
  /** Traces of the selection and of the baseline that have it. */
  readonly selected: number;
  readonly baseline: number;
  /** Whether the selection has it more often, or less often. */
  readonly direction: 'more' | 'less';
  /** How much the shares differ at the least, 0 to 1. */
  readonly difference: number;
  /** Of a difference as large by chance, before it is corrected for how much was looked at. */
  readonly chance: number;
  /** It follows from the question, or says again what was asked for. */
  readonly implied: boolean;
  /** What goes with it in nearly every trace. */
  readonly twins: readonly Pick<SharedFeature, 'of' | 'key' | 'value' | 'range'>[];
}

export interface Shares {
  readonly selected: number;
  readonly baseline: number;
  readonly features: readonly SharedFeature[];
  /** How many things were looked at: with each of them something may differ by chance. */
  readonly looked: number;
  /** Keys with a value of its own for nearly every trace, which cannot be shared. */
  readonly unique: readonly string[];
}

/** Of one selection without anything in it, something is told in so many cases. */
export const mostChance = 0.01;
/** Differences that are sure but smaller are not worth telling. */
const leastWorth = 0.05;
/** What fewer traces have proves nothing. */
const leastTraces = 5;
/** Traces that have one or the other, of those that have both. */
const twinShare = 0.95;
const mostTold = 40;
const mostTwins = 8;
const mostCandidates = 1_000;
/** With fewer numbers under a key their values say as much as ranges do. */
const leastNumbers = 8;
const cuts = 9;

export type IsImplied = (feature: Pick<Feature, 'of' | 'key' | 'value'>) => boolean;

interface Candidate extends Omit<SharedFeature, 'twins' | 'implied'> {
  readonly members: readonly [readonly number[], readonly number[]];
}

export function compareShares(table: TraceFeatures, isImplied: IsImplied): Shares {
  const [selected, baseline] = table.traces;
  const found: Candidate[] = [];
  let looked = 0;
  const look = (feature: Omit<Candidate, 'selected' | 'baseline' | 'direction' | 'difference' | 'chance'>): void => {
    const [count, otherCount] = [feature.members[0].length, feature.members[1].length];
    const most = Math.max(count, otherCount);
    if (most < leastTraces || (count === selected && otherCount === baseline)) return;
    looked++;
    const difference = leastDifference(count, selected, otherCount, baseline);
    if (difference < leastWorth) return;
    const direction = count * baseline >= otherCount * selected ? 'more' : 'less';
    found.push({
      ...feature,
      selected: count,
      baseline: otherCount,
      direction,
      difference,
      chance: fisherTest(count, selected, otherCount, baseline),
    });
  };
  for (const {of, key, value, services, traces} of table.features)
    look({of, key, value, range: undefined, services, members: traces});
  for (const number of table.numbers) for (const cut of rangesOf(number)) look(cut);
  const all = found
    .filter((one) => one.chance * looked <= mostChance)
    .sort(byTelling)
    .slice(0, mostCandidates);
  // What was asked for leads nothing: what is in exactly these traces may be what is looked for.
  const sure = [...all.filter((one) => !isImplied(one)), ...all.filter(isImplied)];
  const told: {-readonly [K in keyof SharedFeature]: SharedFeature[K]}[] = [];
  const members: Candidate['members'][] = [];
  for (const {members: mine, ...one} of sure) {
    const twin = members.findIndex((others, at) => told[at]!.direction === one.direction && areTwins(mine, others));
    if (twin >= 0) {
      const {of, key, value, range} = one;
      const leader = told[twin]!;
      // How long the traces of slow ones take is no other name of anything.
      if (of === 'trace' && value === undefined && isImplied(one)) continue;
      // What always comes with an error is a consequence of it, or its other name. What a process is, is none.
      if (isImplied(one) && leader.of !== 'resource') leader.implied = true;
      // A key that has one value says the same as the value does; and of ranges and values of a key one is enough.
      const isSame = (other: {of: FeatureOwner; key: string}): boolean => other.of === of && other.key === key;
      const isSaid = !['service', 'operation', 'failed', 'kind', 'trace'].includes(of);
      if (isSaid && (isSame(leader) || leader.twins.some(isSame))) continue;
      if (leader.twins.length < mostTwins) leader.twins = [...leader.twins, {of, key, value, range}];
      continue;
    }
    if (isMirror(one, told)) continue;
    told.push({...one, implied: isImplied(one), twins: []});
    members.push(mine);
  }
  return {
    selected,
    baseline,
    features: [...told.filter(({implied}) => !implied), ...told.filter(({implied}) => implied)].slice(0, mostTold),
    looked,
    unique: uniqueKeys(table),
  };
}

/** Of what tells as much: what people decide about before what follows from it, and more before less. */
const byTelling = (a: Candidate, b: Candidate): number =>
  Math.round((weight(b) - weight(a)) * 1e6) || precedence(a) - precedence(b) || a.chance - b.chance;

/** That something is missing is mostly the other side of what is there. */
const weight = ({difference, direction}: Candidate): number => (direction === 'more' ? difference : difference / 2);

const owners: readonly FeatureOwner[] = [
  'span',
  'resource',
  'trace',
  'event',
  'operation',
  'service',
  'failed',
  'kind',
];
const precedence = ({of, key, value, range}: Candidate): number => {
  if (/^(service|deployment)\..*version|^app\.version$|^deployment\.environment/.test(key)) return -1;
  // A number of its own for each process says no more than the process's version.
  const isInstance = /\.(id|uid|pid|ip|address|port)$|^process\./.test(key);
  return owners.indexOf(of) + (isInstance ? 10 : 0) + (value === undefined && range === undefined ? 0.5 : 0);
};

/** Another value of the same key: where one is more frequent, another is less so. And one range of a key is enough. */
function isMirror(one: Omit<Candidate, 'members'>, told: readonly SharedFeature[]): boolean {
  if (['service', 'operation', 'failed', 'kind'].includes(one.of)) return false;
  return told.some(({direction, twins, ...leader}) =>
    [leader, ...twins].some(
      ({of, key, value, range}) =>
        of === one.of &&
        key === one.key &&
        (direction !== one.direction ||
          range !== undefined ||
          one.range !== undefined ||
          value === undefined ||
          one.value === undefined),
    ),
  );
}

function areTwins(a: Candidate['members'], b: Candidate['members']): boolean {
  const [all, others] = [a[0].length + a[1].length, b[0].length + b[1].length];
  if (Math.min(all, others) < twinShare * Math.max(all, others)) return false;
  const both = common(a[0], b[0]) + common(a[1], b[1]);
  return both >= twinShare * (all + others - both);
}

/** Of two ascending lists. */
function common(a: readonly number[], b: readonly number[]): number {
  let count = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      count++;
      i++;
      j++;
    } else if (a[i]! < b[j]!) i++;
    else j++;
  }
  return count;
}

/** Cut where equal shares of all values lie below. */
function rangesOf({of, key, services, traces, values}: NumberFeature) {
  const all = Float64Array.from([...values[0], ...values[1]]).sort();
  if (new Set(all).size < leastNumbers) return [];
  const edges = new Set(Array.from({length: cuts}, (_, i) => all[Math.floor(((i + 1) * all.length) / (cuts + 1))]!));
  edges.delete(all[0]!);
  const where = (fits: (value: number) => boolean): Candidate['members'] => [
    traces[0].filter((_, i) => fits(values[0][i]!)),
    traces[1].filter((_, i) => fits(values[1][i]!)),
  ];
  return [...edges].flatMap((edge) => [
    {of, key, value: undefined, services, range: {from: edge}, members: where((value) => value >= edge)},
    {of, key, value: undefined, services, range: {below: edge}, members: where((value) => value < edge)},
  ]);
}

const mostUnique = 20;

function uniqueKeys({features, manyValued}: TraceFeatures): string[] {
  const seen = new Map<string, {traces: number; values: number}>();
  for (const {of, key, value, traces} of features) {
    if (value === undefined || !['span', 'resource', 'event'].includes(of)) continue;
    const one = seen.get(key) ?? {traces: 0, values: 0};
    one.traces += traces[0].length + traces[1].length;
    one.values++;
    seen.set(key, one);
  }
  const unique = [...seen].flatMap(([key, {traces, values}]) =>
    values > 2 * leastTraces && values > 0.8 * traces ? [key] : [],
  );
  return [...new Set([...unique, ...manyValued])].sort().slice(0, mostUnique);
}
