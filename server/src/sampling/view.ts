/** Sampling as the page shows it: what is seen and kept of each operation, and why. */
import {unixNanoFromMillis} from '../base/index.ts';
import type {Override} from './overrides.ts';
import type {Sampling, SamplingMode} from './sampling.ts';
import type {Strategy} from './strategy.ts';
import type {OperationTraffic, ServiceTraffic} from './traffic.ts';

export type Reason =
  | {readonly kind: 'whole' | 'new' | 'fixed' | 'file'; readonly text: string}
  | {readonly kind: 'held'; readonly text: string; readonly share: number; readonly seenRate: number}
  | {readonly kind: 'rate_limit'; readonly text: string; readonly perSecond: number}
  | {readonly kind: 'override'; readonly text: string; readonly service: string; readonly untilUnixNano: string};

export interface OperationView {
  readonly operation: string;
  readonly seenRate: number;
  readonly keptRate: number;
  readonly share?: number;
  readonly probability: number;
  readonly reason: Reason;
}
export interface ServiceView {
  readonly service: string;
  readonly seenRate: number;
  readonly keptRate: number;
  readonly share?: number;
  readonly probability: number;
  readonly reason: Reason;
  readonly askedUnixNano?: string;
  readonly settingsAskedUnixNano?: string;
  readonly operations: readonly OperationView[];
}

export interface OverrideView {
  readonly service: string;
  readonly what: Override['what'];
  readonly value: string | number;
  readonly setUnixNano: string;
  readonly untilUnixNano: string;
  readonly setBy: string;
  readonly note: string;
}

export const overrideView = ({service, what, value, setAt, until, setBy, note}: Override): OverrideView => ({
  service,
  what,
  value,
  setUnixNano: nanos(setAt),
  untilUnixNano: nanos(until),
  setBy,
  note,
});

export interface SamplingView {
  readonly mode: SamplingMode;
  readonly modes: readonly SamplingMode[];
  readonly setBy: 'configuration' | 'api';
  readonly probability: number;
  readonly budget: number;
  readonly lowerBound: number;
  readonly file?: {readonly path: string; readonly problem?: string};
  readonly endpoints: {readonly http?: string; readonly grpc?: string};
  readonly observing: boolean;
  readonly seenRate: number;
  readonly keptRate: number;
  readonly services: readonly ServiceView[];
  readonly overrides: readonly OverrideView[];
}

export function viewSampling(sampling: Sampling): SamplingView {
  const {config, mode, isChanged, probability, adaptive, isObserved, traffic} = sampling.state;
  const services = [...traffic.all()].map((service) => viewService(sampling, service)).sort(busiest);
  const {file} = config;
  return {
    mode,
    modes: file === undefined ? ['fixed', 'adaptive'] : ['fixed', 'file', 'adaptive'],
    setBy: isChanged ? 'api' : 'configuration',
    probability,
    budget: adaptive.budget,
    lowerBound: adaptive.lowerBound,
    ...(file && {file: {path: file.path, ...(file.problem !== undefined && {problem: file.problem})}}),
    endpoints: {...sampling.endpoints},
    observing: isObserved,
    seenRate: rounded(sum(services, 'seenRate')),
    keptRate: rounded(sum(services, 'keptRate')),
    services,
    overrides: sampling.overrides().map(overrideView),
  };
}

function viewService(sampling: Sampling, service: ServiceTraffic): ServiceView {
  const {mode, plan} = sampling.state;
  const told = sampling.plannedFor(service.name);
  const own = mode === 'adaptive' ? plan.get(service.name) : undefined;
  const operations = [...service.all()].map((each) =>
    viewOperation(told, own?.operations.get(each.name)?.share, mode, each),
  );
  operations.sort(busiest);
  const seenRate = rounded(sum(operations, 'seenRate'));
  return {
    service: service.name,
    seenRate,
    keptRate: rounded(sum(operations, 'keptRate')),
    ...(own && {share: rounded(own.share)}),
    probability: probabilityOf(told.strategy, ''),
    reason:
      told.override === undefined
        ? serviceReason(told.strategy, mode, own?.share, seenRate, operations)
        : overridden(told.override),
    ...(service.lastAsked > 0 && {askedUnixNano: nanos(service.lastAsked)}),
    ...(service.lastAskedSettings > 0 && {settingsAskedUnixNano: nanos(service.lastAskedSettings)}),
    operations,
  };
}

interface Told {
  readonly strategy: Strategy;
  readonly override: Override | undefined;
}

function viewOperation(
  {strategy, override}: Told,
  share: number | undefined,
  mode: SamplingMode,
  {name, seen, kept, lastSeen}: OperationTraffic,
): OperationView {
  const probability = probabilityOf(strategy, name);
  return {
    operation: name,
    seenRate: rounded(seen),
    keptRate: rounded(kept),
    ...(share !== undefined && {share: rounded(share)}),
    probability,
    reason:
      override === undefined ? reasonOf(strategy, mode, probability, share, seen, lastSeen) : overridden(override),
  };
}

/** Of an operation, or what those keep that are not listed. */
function probabilityOf({base, operations}: Strategy, operation: string): number {
  const listed = operations?.list.find((each) => each.operation === operation)?.probability;
  return listed ?? operations?.probability ?? (base.kind === 'probabilistic' ? base.probability : 1);
}

function serviceReason(
  strategy: Strategy,
  mode: SamplingMode,
  share: number | undefined,
  seen: number,
  operations: readonly OperationView[],
): Reason {
  if (mode !== 'adaptive') return reasonOf(strategy, mode, probabilityOf(strategy, ''), share, seen, 1);
  if (operations.length === 0) return reasonOf(strategy, mode, 1, share, seen, 0);
  const isHeld = operations.some(({reason}) => reason.kind === 'held');
  return reasonOf(strategy, mode, isHeld ? 0 : 1, share, seen, 1);
}

function reasonOf(
  {base, operations}: Strategy,
  mode: SamplingMode,
  probability: number,
  share: number | undefined,
  seen: number,
  lastSeen: number,
): Reason {
  if (mode === 'fixed') return {kind: 'fixed', text: `the same for all: ${percent(probability)}`};
  if (mode === 'file') {
    if (base.kind === 'probabilistic' || operations !== undefined) {
      return {kind: 'file', text: `the strategies file says ${percent(probability)}`};
    }
    return {kind: 'rate_limit', text: `the strategies file allows ${base.perSecond}/s`, perSecond: base.perSecond};
  }
  if (lastSeen === 0 || share === undefined) return {kind: 'new', text: 'nothing is known of its traffic yet'};
  if (probability >= 1) return {kind: 'whole', text: 'below its share: kept whole'};
  const text = `held to ${rate(share)} of ${rate(seen)}`;
  return {kind: 'held', text, share: rounded(share), seenRate: rounded(seen)};
}

function overridden({service, value, until}: Override): Reason {
  const whose = service === '*' ? 'of all services ' : '';
  const text = `override ${whose}until ${new Date(until).toISOString().slice(0, 16).replace('T', ' ')} UTC: ${percent(value as number)}`;
  return {kind: 'override', text, service, untilUnixNano: nanos(until)};
}

const nanos = (millis: number): string => unixNanoFromMillis(millis).toString();
const rounded = (value: number): number => Number(value.toPrecision(4));
const rate = (value: number): string => `${value >= 100 ? Math.round(value) : Number(value.toPrecision(2))}/s`;
const percent = (value: number): string => `${Number((value * 100).toPrecision(3))} %`;

const busiest = (a: {readonly seenRate: number}, b: {readonly seenRate: number}): number => b.seenRate - a.seenRate;

function sum<K extends string>(list: readonly {readonly [P in K]: number}[], key: K): number {
  return list.reduce((total, each) => total + each[key], 0);
}
