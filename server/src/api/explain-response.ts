/** The explanation of a trace as the API tells it: spans by their ids, and everything in the words of one language. */
import {
  type ExplainLanguage,
  type Explanation,
  sayFinding,
  sayNote,
  sayParagraph,
  sayProtocol,
  sayWork,
} from '../insight/index.ts';
import type {ExplainResponse} from './contract.ts';

const mostSpans = 100;
const mostGaps = 100;
const mostCritical = 1_000;

export function explainResponse(explanation: Explanation, language: ExplainLanguage): ExplainResponse {
  const {anatomy, breakdown, failed, findings, gaps, notes} = explanation;
  const {trace, critical, path} = anatomy;
  const {spans, services, names} = trace;
  const id = (span: number): string => spans.spanId[span]!;
  const step = breakdown.slowestStep;
  return {
    traceId: trace.traceId,
    language,
    failed,
    durationNanos: trace.total,
    spans: trace.count,
    paragraph: sayParagraph(explanation, language),
    findings: findings.map((finding) => ({
      ...finding,
      ...sayFinding(explanation, finding, language),
      spans: finding.spans.slice(0, mostSpans).map(id),
      spanCount: finding.spans.length,
    })),
    breakdown: {
      kinds: breakdown.kinds.map((share) => ({...share, name: sayWork(share.kind, language)})),
      services: breakdown.services,
      operations: breakdown.operations,
      calls: breakdown.calls.map(({name, count}) => ({name: sayProtocol(name, language), count})),
      ...(step === undefined
        ? {}
        : {
            slowestStep: {
              spanId: id(step),
              service: services[spans.service[step]!]!,
              name: names[spans.name[step]!]!,
              nanos: spans.duration[step]!,
            },
          }),
    },
    criticalPath: longest(path.spans, critical).map((span) => ({
      spanId: id(span),
      nanos: critical[span]!,
      selfNanos: trace.tree.self[span]!,
    })),
    gaps: gaps.slice(0, mostGaps).map(({span, evidence, ...gap}) => ({
      spanId: id(span),
      ...gap,
      evidence: evidence.map(id),
    })),
    notes: notes.map((note) => ({kind: note.kind, count: note.count, text: sayNote(note, language)})),
  };
}

/** Those that took longest, in the order that they come in. */
function longest(spans: Int32Array, critical: Float64Array): number[] {
  if (spans.length <= mostCritical) return [...spans];
  const kept = new Set(spans.toSorted((a, b) => critical[b]! - critical[a]!).slice(0, mostCritical));
  return [...spans].filter((span) => kept.has(span));
}
