/** A mend in plain words, in each of the page's languages. */
import type {Mend, MendEntry, MendStep, MendVerdict} from './mend.ts';
import {type ExplainLanguage, sayDuration, sayShare, shorten} from './say.ts';
import {mendEn, mendZhHans, mendZhHant} from './say-mend-texts.ts';

export interface MendTold {
  /** Of what: `gateway "POST /api/checkout"`. */
  readonly service: string;
  readonly operation: string | undefined;
  readonly before: number;
  readonly after: number;
}

/** Two figures as texts. */
export interface FromTo {
  readonly from: string;
  readonly to: string;
}

export interface MendLanguage {
  readonly verdict: Readonly<Record<Mend['verdict'], (told: MendTold) => string>>;
  readonly median: (told: FromTo, verdict: MendVerdict) => string;
  readonly p95: (told: FromTo & {slow: string; slowBefore: string; slowAfter: string}, verdict: MendVerdict) => string;
  /** `low` and `high`: the bounds of the difference in percentage points. */
  readonly errors: (told: FromTo & {low: string; high: string}, verdict: MendVerdict) => string;
  readonly retries: (told: FromTo & {healedFrom: string; healedTo: string}) => string;
  readonly steps: (steps: readonly (FromTo & {service: string; operation: string})[], better: boolean) => string;
  readonly calls: (steps: readonly (FromTo & {service: string; operation: string})[]) => string;
  readonly join: string;
}

const languages: Readonly<Record<ExplainLanguage, MendLanguage>> = {
  en: mendEn,
  'zh-Hant': mendZhHant,
  'zh-Hans': mendZhHans,
};
const mostNamed = 3;

export function sayMend(mend: Mend, {service, operation}: MendEntry, language: ExplainLanguage): string {
  const say = languages[language];
  const {before, after, latency, slowShare, errors, verdict} = mend;
  const head = say.verdict[verdict]({
    service,
    operation: operation === undefined ? undefined : shorten(operation, 120),
    ...{before: before.requests, after: after.requests},
  });
  if (before.requests === 0 || after.requests === 0) return head;
  const share = (count: number, {requests}: Mend['before']): string => sayShare(count / requests);
  const [low, high] = errors.interval.map((bound) => String(Math.round(bound * 100))) as [string, string];
  const changed = (wanted: MendVerdict) =>
    mostMoved(mend.steps, wanted).map(({service: of, name, before: a, after: b}) => ({
      service: of,
      operation: shorten(name, 120),
      ...{from: sayDuration(a?.nanos ?? 0), to: sayDuration(b?.nanos ?? 0)},
    }));
  const calls = mend.steps
    .filter(({before: a, after: b}) => Math.abs((a?.calls ?? 0) - (b?.calls ?? 0)) >= 1)
    .filter(({verdict: one}) => one === 'better' || one === 'worse')
    .slice(0, mostNamed)
    .map(({service: of, name, before: a, after: b}) => ({
      service: of,
      operation: shorten(name, 120),
      ...{from: sayCount(a?.calls ?? 0), to: sayCount(b?.calls ?? 0)},
    }));
  const [better, worse] = [changed('better'), changed('worse')];
  return [
    head,
    say.median({from: sayDuration(before.p50), to: sayDuration(after.p50)}, latency.verdict),
    say.p95(
      {
        ...{from: sayDuration(before.p95), to: sayDuration(after.p95), slow: sayDuration(slowShare.nanos)},
        ...{slowBefore: sayShare(slowShare.before), slowAfter: sayShare(slowShare.after)},
      },
      slowShare.verdict,
    ),
    say.errors({from: share(before.failed, before), to: share(after.failed, after), low, high}, errors.verdict),
    ...(before.retried + after.retried === 0
      ? []
      : [
          say.retries({
            ...{from: share(before.retried, before), to: share(after.retried, after)},
            ...{healedFrom: share(before.healed, before), healedTo: share(after.healed, after)},
          }),
        ]),
    ...(better.length === 0 ? [] : [say.steps(better, true)]),
    ...(worse.length === 0 ? [] : [say.steps(worse, false)]),
    ...(calls.length === 0 ? [] : [say.calls(calls)]),
  ].join(say.join);
}

const sayCount = (count: number): string => String(Number(count.toPrecision(2)));

/** Steps with the verdict, those whose own time moved most first: what is above them only waits for them. */
function mostMoved(steps: readonly MendStep[], wanted: MendVerdict): readonly MendStep[] {
  const moved = ({before, after}: MendStep): number => Math.abs((before?.selfNanos ?? 0) - (after?.selfNanos ?? 0));
  return steps
    .filter(({verdict}) => verdict === wanted)
    .sort((a, b) => moved(b) - moved(a))
    .slice(0, mostNamed);
}
