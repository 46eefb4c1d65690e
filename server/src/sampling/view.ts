/** Sampling as the page shows it: what is seen and kept of each operation, and why. */
import {unixNanoFromMillis} from '../base/index.ts';
import type {OperationPlan, ServicePlan} from './adaptive.ts';
import type {Override} from './overrides.ts';
import type {SamplingMode} from './sampling-config.ts';
import {probabilitiesOf, probabilityFor, type Strategy} from './strategy.ts';
import type {TenantSampling} from './tenant-sampling.ts';
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
  readonly lastSeenUnixNano?: string;
  readonly share?: number;
  readonly probability: number;
  readonly reason: Reason;
}
export interface ServiceView {
  readonly service: string;
  readonly seenRate: number;
  readonly keptRate: number;
  readonly lastSeenUnixNano?: string;
  readonly share?: number;
  readonly probability: number;
  readonly reason: Reason;
  readonly askedUnixNano?: string;
  readonly settingsAskedUnixNano?: string;
  readonly operations: readonly OperationView[];
  readonly omittedOperations?: number;
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
  readonly omittedServices?: number;
  readonly overrides: readonly OverrideView[];
}

/** The busiest of each are listed; one service that is asked for is listed with all that it has. */
const maxServices = 200;
const maxOperations = 50;

export function viewSampling(sampling: TenantSampling, only?: string): SamplingView {
  const {config, mode, isChanged, probability, adaptive, isObserved, traffic} = sampling.state;
  const all = [...traffic.all()];
  const chosen = only === undefined ? all : all.filter(({name}) => name === only);
  const limit = only === undefined ? maxOperations : Number.POSITIVE_INFINITY;
  const services = chosen
    .sort((a, b) => b.seen() - a.seen())
    .slice(0, maxServices)
    .map((service) => viewService(sampling, service, limit));
  const omitted = chosen.length - services.length;
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
    seenRate: rounded(all.reduce((total, service) => total + service.seen(), 0)),
    keptRate: rounded(all.reduce((total, service) => total + service.kept(), 0)),
    services,
    ...(omitted > 0 && {omittedServices: omitted}),
    overrides: sampling.overrides().map(overrideView),
  };
}

const lastSeen = (millis: number): {lastSeenUnixNano?: string} => (millis > 0 ? {lastSeenUnixNano: nanos(millis)} : {});

function viewService(sampling: TenantSampling, service: ServiceTraffic, limit: number): ServiceView {
  const {mode, plan} = sampling.state;
  const {strategy, override} = sampling.plannedFor(service.name);
  const told: Told = {strategy, override, mode, probabilities: probabilitiesOf(strategy)};
  const own = mode === 'adaptive' ? plan.get(service.name) : undefined;
  const traffic = [...service.all()].sort((a, b) => b.seen - a.seen);
  const operations = traffic.slice(0, limit).map((each) => viewOperation(told, own?.operations.get(each.name), each));
  const omitted = traffic.length - operations.length;
  return {
    service: service.name,
    seenRate: rounded(service.seen()),
    keptRate: rounded(service.kept()),
    ...lastSeen(service.lastSeen()),
    ...(own && {share: rounded(own.share)}),
    probability: probabilityOf(told, ''),
    reason: override === undefined ? serviceReason(told, own, service, operations) : overridden(override),
    ...(service.lastAsked > 0 && {askedUnixNano: nanos(service.lastAsked)}),
    ...(service.lastAskedSettings > 0 && {settingsAskedUnixNano: nanos(service.lastAskedSettings)}),
    operations,
    ...(omitted > 0 && {omittedOperations: omitted}),
  };
}

/** The strategy of a service, indexed by operation. */
interface Told {
  readonly strategy: Strategy;
  readonly override: Override | undefined;
  readonly mode: SamplingMode;
  readonly probabilities: ReadonlyMap<string, number>;
}

function viewOperation(told: Told, own: OperationPlan | undefined, traffic: OperationTraffic): OperationView {
  const {name, seen, kept} = traffic;
  const planned = told.override === undefined ? own?.probability : undefined;
  const probability = planned ?? probabilityOf(told, name);
  const share = own?.share;
  return {
    operation: name,
    seenRate: rounded(seen),
    keptRate: rounded(kept),
    ...lastSeen(traffic.lastSeen),
    ...(share !== undefined && {share: rounded(share)}),
    probability,
    reason:
      told.override === undefined
        ? reasonOf(told, probability, share, seen, traffic.lastSeen > 0)
        : overridden(told.override),
  };
}

const probabilityOf = ({strategy, probabilities}: Told, operation: string): number =>
  probabilityFor(strategy, probabilities, operation);

function serviceReason(
  told: Told,
  own: ServicePlan | undefined,
  service: ServiceTraffic,
  operations: readonly OperationView[],
): Reason {
  if (told.mode !== 'adaptive') return reasonOf(told, probabilityOf(told, ''), undefined, service.seen(), true);
  // The busiest are held first: whoever is held is among those listed.
  const isHeld = operations.some(({reason}) => reason.kind === 'held');
  const reason = reasonOf(told, isHeld ? 0 : 1, own?.share, service.seen(), operations.length > 0);
  if (!isHeld || !own?.isUniform) return reason;
  return {...reason, text: `${reason.text}, all operations alike: its spans do not say their probability`};
}

function reasonOf(
  {strategy: {base, operations}, mode}: Told,
  probability: number,
  share: number | undefined,
  seen: number,
  isKnown: boolean,
): Reason {
  if (mode === 'fixed') return {kind: 'fixed', text: `the same for all: ${percent(probability)}`};
  if (mode === 'file') {
    if (base.kind === 'probabilistic' || operations !== undefined) {
      return {kind: 'file', text: `the strategies file says ${percent(probability)}`};
    }
    return {kind: 'rate_limit', text: `the strategies file allows ${base.perSecond}/s`, perSecond: base.perSecond};
  }
  if (!isKnown || share === undefined) return {kind: 'new', text: 'nothing is known of its traffic yet'};
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
