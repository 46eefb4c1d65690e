/** The services of a time, each beside the same service in another time or of another version. */
import type {
  CountedTime,
  OperationsRedResponse,
  RedFigures,
  ServiceRed,
  ServicesRedResponse,
  SpanKindName,
} from '../../api/index.ts';
import {coveredSeconds} from './covered-time.ts';

export const figureNames = ['rate', 'errors', 'p50', 'p95', 'p99'] as const;
export type FigureName = (typeof figureNames)[number];

export interface Figures extends Readonly<Record<FigureName, number>> {
  readonly requests: number;
}

/** Something that serves requests: a service, or one of its operations. */
export interface Compared {
  readonly name: string;
  /** Undefined where it served nothing. */
  readonly now: Figures | undefined;
  readonly before: Figures | undefined;
}
export interface ComparedService extends Compared {
  readonly series?: ServiceRed['series'];
}
export interface ComparedOperation extends Compared {
  readonly kind: SpanKindName;
}

/** Rates are a second, errors a share of the requests, durations milliseconds. */
function figuresOf({requests, errors, p50, p95, p99}: RedFigures, seconds: number): Figures {
  return {requests, rate: requests / seconds, errors: requests === 0 ? 0 : errors / requests, p50, p95, p99};
}

/** Every service of either answer: one that served then and is silent now is worth a row. */
export function compareServices(
  now: ServicesRedResponse,
  before: ServicesRedResponse | undefined,
): readonly ComparedService[] {
  const sides = compare(now, now.services, before, before?.services, ({name}) => name);
  return sides.map(({one, present, ...figures}) => ({
    name: one.name,
    ...figures,
    ...(present?.series === undefined ? {} : {series: present.series}),
  }));
}

/** The operations that serve the requests of their service: those that it makes of others are not among them. */
export function compareOperations(
  now: OperationsRedResponse,
  before: OperationsRedResponse | undefined,
): readonly ComparedOperation[] {
  const [present, past] = [now, before].map((answer) =>
    answer?.operations.filter(({kind}) => kind === 'server' || kind === 'consumer'),
  );
  const sides = compare(now, present ?? [], before, past, ({kind, name}) => `${kind} ${name}`);
  return sides.map(({one, present: _, ...figures}) => ({name: one.name, kind: one.kind, ...figures}));
}

interface Side<Item> extends Omit<Compared, 'name'> {
  /** As it is in one of the answers, the present one where it is in that. */
  readonly one: Item;
  readonly present: Item | undefined;
}

function compare<Item extends RedFigures>(
  time: CountedTime,
  now: readonly Item[],
  otherTime: CountedTime | undefined,
  before: readonly Item[] | undefined,
  keyOf: (item: Item) => string,
): readonly Side<Item>[] {
  const present = new Map(now.map((item) => [keyOf(item), item]));
  const past = new Map(before?.map((item) => [keyOf(item), item]));
  const figures = (item: Item | undefined, of: CountedTime | undefined): Figures | undefined =>
    item === undefined || of === undefined ? undefined : figuresOf(item, coveredSeconds(of));
  return [...new Set([...present.keys(), ...past.keys()])].map((key) => {
    const [here, there] = [present.get(key), past.get(key)];
    return {
      one: (here ?? there)!,
      present: here,
      now: figures(here, time),
      before: figures(there, otherTime),
    };
  });
}

/** How a figure has changed: `by` is a share of what it was then, of errors the difference of two shares. */
export type Change =
  | {readonly kind: 'new'}
  | {readonly kind: 'gone'}
  /** `few`: too few requests on either side to mean much. */
  | {readonly kind: 'up' | 'down' | 'same'; readonly by: number; readonly few: boolean};

/** A percentile of fewer requests than this says little. */
const FEW = 20;
/** Durations are told to a step of the histogram, which is 9 %; rates of a short time waver. */
const alike: Readonly<Record<FigureName, number>> = {rate: 0.05, errors: 0.001, p50: 0.1, p95: 0.1, p99: 0.1};

export function changeOf({now, before}: Compared, figure: FigureName): Change | undefined {
  if (now === undefined) return before === undefined ? undefined : {kind: 'gone'};
  if (before === undefined) return {kind: 'new'};
  const difference = now[figure] - before[figure];
  const by =
    figure === 'errors' ? difference : before[figure] === 0 ? Math.sign(difference) : difference / before[figure];
  const kind = Math.abs(by) < alike[figure] ? 'same' : by > 0 ? 'up' : 'down';
  return {kind, by, few: Math.min(now.requests, before.requests) < FEW};
}
