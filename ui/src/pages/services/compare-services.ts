/** The services of a time, each beside the same service in another time or of another version. */
import type {PercentileBounds, ServiceRed, ServicesRedResponse} from '../../api/index.ts';
import {coveredSeconds} from './covered-time.ts';

export const figureNames = ['rate', 'errors', 'p50', 'p95', 'p99'] as const;
export type FigureName = (typeof figureNames)[number];

export interface Figures extends Readonly<Record<FigureName, number>> {
  readonly requests: number;
  /** The stored spans that these are counted from: fewer where services sample. */
  readonly stored: number;
  /** Of the percentiles of which no more is known. */
  readonly bounds: PercentileBounds;
}

export const boundOf = ({bounds}: Figures, figure: FigureName): 'most' | 'least' | undefined =>
  figure === 'rate' || figure === 'errors' ? undefined : bounds[figure];

export interface ComparedService {
  readonly name: string;
  /** Undefined where it served nothing. */
  readonly now: Figures | undefined;
  readonly before: Figures | undefined;
}

/** Rates are a second, errors a share of the requests, durations milliseconds. */
export function figuresOf(red: Omit<ServiceRed, 'name'>, seconds: number): Figures {
  const {requests, stored = requests, errors, p50, p95, p99, bounds = {}} = red;
  const [rate, failed] = [requests / seconds, requests === 0 ? 0 : errors / requests];
  return {requests, stored, rate, errors: failed, p50, p95, p99, bounds};
}

/** Every service of either answer: one that served then and is silent now is worth a row. */
export function compareServices(
  now: ServicesRedResponse,
  then: ServicesRedResponse | undefined,
): readonly ComparedService[] {
  const [present, past] = [now, then].map(
    (answer) =>
      new Map(answer?.services.map((service) => [service.name, figuresOf(service, coveredSeconds(answer))] as const)),
  ) as [Map<string, Figures>, Map<string, Figures>];
  return [...new Set([...present.keys(), ...past.keys()])].map((name) => ({
    name,
    now: present.get(name),
    before: past.get(name),
  }));
}

/** How a figure has changed: `by` is a share of what it was then, of errors the difference of two shares. */
export type Change =
  | {readonly kind: 'new'}
  | {readonly kind: 'gone'}
  /** `few`: too few requests seen on either side to mean much. `least`: one of the two is a bound, and the change may be greater. */
  | {readonly kind: 'up' | 'down' | 'same'; readonly by: number; readonly few: boolean; readonly least: boolean};

/** A percentile of fewer requests than this says little, whatever these stand for. */
const FEW = 20;
/** Durations are told to a step of the histogram, which is 9 %; rates of a short time waver. */
const alike: Readonly<Record<FigureName, number>> = {rate: 0.05, errors: 0.001, p50: 0.1, p95: 0.1, p99: 0.1};

/** Undefined where none is known. */
export function changeOf({now, before}: ComparedService, figure: FigureName): Change | undefined {
  if (now === undefined) return before === undefined ? undefined : {kind: 'gone'};
  if (before === undefined) return {kind: 'new'};
  const difference = now[figure] - before[figure];
  const by =
    figure === 'errors' ? difference : before[figure] === 0 ? Math.sign(difference) : difference / before[figure];
  const kind = Math.abs(by) < alike[figure] ? 'same' : by > 0 ? 'up' : 'down';
  const least = boundOf(now, figure) !== undefined || boundOf(before, figure) !== undefined;
  // Two beyond the same end of the histogram, or one just before it.
  if (least && kind === 'same') return undefined;
  return {kind, by, few: Math.min(now.stored, before.stored) < FEW, least};
}

/** From so many times the other figure on, a percentage says less than how many times it is. */
const leastTimes = 10;

/** By how much a figure differs: in percentage points for shares, else in percent of the other one, or in how many times that it is. */
export function amountOf(
  {by, least}: Pick<Extract<Change, {readonly by: number}>, 'by' | 'least'>,
  figure: FigureName,
): {readonly in: 'points' | 'percent' | 'times'; readonly by: number} {
  if (figure === 'errors') return {in: 'points', by: Math.abs(by) * 100};
  const whole = (value: number): number => (least ? Math.floor(value) : Math.round(value));
  return 1 + by >= leastTimes ? {in: 'times', by: whole(1 + by)} : {in: 'percent', by: whole(Math.abs(by) * 100)};
}
