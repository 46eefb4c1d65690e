/** The explanation in plain words, in each of the page's languages: sentences that can be pasted into an incident. */

import type {ErrorKind} from './error-kind.ts';
import type {Explanation} from './explain.ts';
import type {Finding, FindingKind} from './finding.ts';
import {en} from './say-en.ts';
import {zhHans} from './say-zh-hans.ts';
import {zhHant} from './say-zh-hant.ts';
import type {WorkKind} from './work.ts';

export const explainLanguages = ['en', 'zh-Hant', 'zh-Hans'] as const;
export type ExplainLanguage = (typeof explainLanguages)[number];

export interface Said {
  /** A few words. */
  readonly title: string;
  /** What happened, with figures. */
  readonly sentence: string;
  /** What would show that it is not so. */
  readonly disprove: string;
}

/** Figures as the texts need them: the texts of a language are functions over these. */
export interface Told {
  readonly service: string;
  readonly operation: string;
  readonly nanos: string;
  readonly longest: string;
  /** Whether somebody would notice `longest`. */
  readonly noticeable: boolean;
  readonly share: string;
  readonly count: number;
  readonly failed: number | undefined;
  readonly lag: number | undefined;
  readonly age: string | undefined;
  readonly probability: string;
  /** Undefined where the usual traces have no such step. */
  readonly usual: string | undefined;
  readonly traces: number;
  readonly error: string;
  readonly type: string | undefined;
  readonly message: string | undefined;
  readonly version: string | undefined;
  readonly statement: string | undefined;
  readonly peer: string | undefined;
  readonly way: readonly string[];
  readonly waitedFor: string | undefined;
  readonly callers: readonly string[];
  readonly keys: readonly string[];
  readonly name: string | undefined;
  readonly writes: boolean;
  readonly isCode: boolean;
}

export interface Language {
  readonly errors: Readonly<Record<ErrorKind, string>>;
  readonly work: Readonly<Record<WorkKind, string>>;
  readonly protocols: Readonly<Record<string, string>>;
  readonly findings: Readonly<Record<FindingKind, (told: Told) => Said>>;
  readonly headline: (told: {
    service: string;
    operation: string;
    duration: string;
    failed: boolean;
    healthy: boolean;
    spans: number;
  }) => string;
  readonly time: (parts: readonly {name: string; share: string}[]) => string;
  readonly slowest: (step: {service: string; operation: string; duration: string}) => string;
  readonly calls: (calls: readonly string[]) => string;
  readonly check: (text: string) => string;
  readonly notes: Readonly<
    Record<Explanation['notes'][number]['kind'], (count: number, name: string, nanos: string) => string>
  >;
  /** Between sentences. */
  readonly join: string;
  readonly empty: string;
}

const languages: Readonly<Record<ExplainLanguage, Language>> = {en, 'zh-Hant': zhHant, 'zh-Hans': zhHans};
/** More would not be read in an incident. */
const mostSentences = 3;

export function sayFinding({anatomy}: Explanation, finding: Finding, language: ExplainLanguage): Said {
  const {findings, errors} = languages[language];
  const {figures, facts, impact, kind} = finding;
  return findings[kind]({
    service: facts.service ?? '',
    operation: facts.operation ?? '',
    nanos: sayDuration(figures.nanos ?? figures.longestNanos ?? 0),
    longest: sayDuration(figures.longestNanos ?? figures.nanos ?? 0),
    noticeable: (figures.longestNanos ?? 0) >= 50e6,
    share: sayShare(figures.nanos === undefined ? impact : figures.nanos / anatomy.trace.total),
    count: figures.count ?? 1,
    failed: figures.failed,
    lag: figures.lag,
    age: figures.ageNanos === undefined ? undefined : sayDuration(figures.ageNanos),
    probability: sayShare(figures.probability ?? 1),
    usual: figures.usualNanos === undefined ? undefined : sayDuration(figures.usualNanos),
    traces: figures.traces ?? 0,
    error: errors[facts.error ?? 'unknown'],
    type: facts.type,
    message: facts.message,
    version: facts.version,
    statement: facts.statement === undefined ? undefined : shorten(facts.statement, 160),
    peer: facts.peer,
    way: facts.way ?? [],
    waitedFor: facts.waitedFor,
    callers: facts.callers ?? [],
    keys: facts.keys ?? [],
    name: facts.name,
    writes: facts.writes === true,
    isCode: facts.work === 'code',
  });
}

/** One paragraph: what the request did, what was found, where the time went, what to check. */
export function sayParagraph(explanation: Explanation, language: ExplainLanguage): string {
  const say = languages[language];
  const {anatomy, breakdown, findings, failed, notes} = explanation;
  const {trace, root} = anatomy;
  if (root < 0) return say.empty;
  const {spans, services, names} = trace;
  // What is merely worth mending would blur why this request failed; that a retry healed it belongs to the story.
  const isProblem = findings.some(({severity}) => severity === 'problem');
  const told = findings
    .filter(({severity, kind}) => !isProblem || severity === 'problem' || kind === 'healed_error')
    .slice(0, mostSentences)
    .map((finding) => sayFinding(explanation, finding, language));
  const step = breakdown.slowestStep;
  const kinds = breakdown.kinds.filter(({share}) => share >= 0.05).slice(0, 4);
  const sentences = [
    say.headline({
      service: services[spans.service[root]!]!,
      operation: shorten(names[spans.name[root]!]!, 120),
      duration: sayDuration(trace.total),
      failed,
      healthy: findings.length === 0,
      spans: trace.count,
    }),
    ...told.map(({sentence}) => sentence),
    ...(kinds.length === 0
      ? []
      : [say.time(kinds.map(({kind, share}) => ({name: say.work[kind], share: sayShare(share)})))]),
    ...(step === undefined
      ? []
      : [
          say.slowest({
            service: services[spans.service[step]!]!,
            operation: shorten(names[spans.name[step]!]!, 120),
            duration: sayDuration(spans.duration[step]!),
          }),
        ]),
    ...(breakdown.calls.length === 0
      ? []
      : [say.calls(breakdown.calls.map(({name, count}) => `${count} ${say.protocols[name] ?? name}`))]),
    ...(told[0] === undefined ? [] : [say.check(told[0].disprove)]),
    ...notes.map(({kind, count, name, nanos}) => say.notes[kind](count, name ?? '', sayDuration(Math.abs(nanos ?? 0)))),
  ];
  return sentences.join(say.join);
}

export const sayNote = ({kind, count, name, nanos}: Explanation['notes'][number], language: ExplainLanguage): string =>
  languages[language].notes[kind](count, name ?? '', sayDuration(Math.abs(nanos ?? 0)));

/** How calls were made; a messaging system keeps its own name. */
export const sayProtocol = (name: string, language: ExplainLanguage): string =>
  languages[language].protocols[name] ?? name;

export const sayWork = (kind: WorkKind, language: ExplainLanguage): string => languages[language].work[kind];

/** `850 µs`, `12.3 ms`, `8.05 s`, `2 min 5 s`. */
export function sayDuration(nanos: number): string {
  if (nanos < 999.5e3) return `${figures(nanos / 1e3)} µs`;
  if (nanos < 999.5e6) return `${figures(nanos / 1e6)} ms`;
  if (nanos < 59.95e9) return `${figures(nanos / 1e9)} s`;
  const seconds = Math.round(nanos / 1e9);
  if (seconds < 3_600)
    return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const figures = (value: number): string => String(Number(value.toPrecision(3)));
export const sayShare = (share: number): string => {
  const percent = share * 100;
  return `${percent >= 10 ? Math.round(percent) : Number(percent.toPrecision(2))} %`;
};
export const shorten = (text: string, most: number): string => {
  const plain = text.replace(/\s+/g, ' ').trim();
  return plain.length > most ? `${plain.slice(0, most - 1)}…` : plain;
};
