/** The two sides of a mend out of the store, and what is said of them. */
import type {UnixNano} from '../base/index.ts';
import {
  type ExplainLanguage,
  type MendSide as JudgedSide,
  type MendStep as JudgedStep,
  type Mend,
  type MendEntry,
  type MendRequest,
  requestsOf,
  sayMend,
} from '../insight/index.ts';
import {kindNames, type SpanCondition} from '../query/index.ts';
import type {MendResponse, MendSide, MendStep} from './contract.ts';
import {type Asking, sampleTraces} from './sample-traces.ts';

const mostTraces = 200;

export interface MendQuestion {
  readonly entry: MendEntry;
  readonly sides: {readonly before: SideQuestion; readonly after: SideQuestion};
}
interface SideQuestion {
  readonly start: UnixNano;
  readonly end: UnixNano;
  /** Only requests whose span or resource has this attribute. */
  readonly by?: string;
  readonly value?: string;
}

interface SideRequests {
  readonly requests: readonly MendRequest[];
  readonly more: boolean;
}
export interface MendSides {
  readonly before: SideRequests;
  readonly after: SideRequests;
}

export async function mendSides({entry, sides}: MendQuestion, asking: Asking): Promise<MendSides> {
  const [before, after] = await Promise.all([sideOf(entry, sides.before, asking), sideOf(entry, sides.after, asking)]);
  return {before, after};
}

async function sideOf(entry: MendEntry, {start, end, by, value}: SideQuestion, asking: Asking): Promise<SideRequests> {
  const {service, operation} = entry;
  const conditions: SpanCondition[] = [];
  if (by !== undefined) conditions.push({type: 'attribute', key: by, value: value ?? '', of: 'anywhere'});
  if (operation === undefined) {
    conditions.push({type: 'any', of: (['server', 'consumer'] as const).map((kind) => ({type: 'kind', kind}))});
  }
  const {traces, more} = await sampleTraces({service, operation, conditions, start, end}, mostTraces, asking);
  // A trace that has such a span may have others beside it.
  const attribute = by === undefined ? {} : {attribute: {key: by, value: value ?? ''}};
  return {requests: traces.flatMap((batch) => requestsOf(batch, {...entry, ...attribute, start, end})), more};
}

export function mendResponse(
  mend: Mend,
  question: MendQuestion,
  sides: MendSides,
  language: ExplainLanguage,
): MendResponse {
  const {service, operation} = question.entry;
  const {verdict, latency, slowShare, errors} = mend;
  return {
    service,
    ...(operation === undefined ? {} : {operation}),
    language,
    paragraph: sayMend(mend, question.entry, language),
    verdict,
    before: toldSide(mend.before, question.sides.before, sides.before.more),
    after: toldSide(mend.after, question.sides.after, sides.after.more),
    ...{latency, slowShare, errors},
    steps: mend.steps.map(toldStep),
  };
}

function toldSide(side: JudgedSide, {start, end, value}: SideQuestion, more: boolean): MendSide {
  const {requests, failed, retried, healed, slowest, p50, p95, p99, mean, p50Interval, p95Interval} = side;
  return {
    ...{start: `${start}`, end: `${end}`, ...(value === undefined ? {} : {value}), requests, more},
    ...(requests === 0 ? {} : {durations: {p50, p95, p99, mean, p50Interval, p95Interval}}),
    ...{failed, retried, healed, slowest},
  };
}

const toldStep = ({before, after, kind, ...step}: JudgedStep): MendStep => ({
  ...step,
  kind: kindNames[kind] ?? 'unspecified',
  ...(before === undefined ? {} : {before}),
  ...(after === undefined ? {} : {after}),
});
