/** A comparison of traces as the API tells it: counts, and everything in the words of one language. */
import {
  type ExplainLanguage,
  type SetFinding,
  type SharedFeature,
  type SideFigures,
  sayFeature,
  sayFinding,
  sayPeriod,
  saySetParagraph,
  sayShared,
  sayStep,
} from '../insight/index.ts';
import type {ComparedQuestion, ComparedSides, Selected, Total} from './compared-sides.ts';
import type {ComparedSide, ExplainTracesResponse, SharesResponse, SetFinding as ToldFinding} from './contract.ts';

export function sharesResponse(
  {explanation, selected, baseline, operation}: ComparedSides,
  question: ComparedQuestion,
  language: ExplainLanguage,
): SharesResponse {
  const {shares, steps, traceIds, examples} = explanation;
  return {
    language,
    paragraph: saySetParagraph(explanation, {selected: selected.total, baseline: baseline.total}, language),
    selection: sideOf(explanation.selection, selected, question.selection),
    baseline: sideOf(explanation.baseline, baseline, question.baseline ?? question.selection),
    ...(operation === undefined ? {} : {operation: {service: operation.service, name: operation.operation}}),
    attributes: shares.features.map((feature) => ({
      ...named(feature, language),
      sentence: sayShared(feature, explanation, language),
      services: feature.services,
      selected: feature.selected,
      baseline: feature.baseline,
      direction: feature.direction,
      difference: feature.difference,
      chance: feature.chance,
      implied: feature.implied,
      twins: feature.twins.map((twin) => named(twin, language)),
    })),
    steps: steps.map((step) => ({
      ...step,
      sentence: sayStep(step, explanation, language),
      examples: step.examples.map((at) => traceIds[at]!),
    })),
    lookedAt: shares.looked,
    uniqueKeys: shares.unique,
    examples,
  };
}

export function explainTracesResponse(
  sides: ComparedSides,
  question: ComparedQuestion,
  language: ExplainLanguage,
): ExplainTracesResponse {
  return {
    ...sharesResponse(sides, question, language),
    findings: sides.explanation.findings.map((finding) => findingOf(finding, language)),
  };
}

function findingOf(finding: SetFinding, language: ExplainLanguage): ToldFinding {
  const {typical, explanation, period, nanos} = finding;
  const {kind, severity, facts} = typical;
  return {
    kind,
    severity,
    facts,
    ...sayFinding(explanation, typical, language),
    confidence: finding.confidence,
    impact: finding.impact,
    traces: finding.traces,
    baselineTraces: finding.baseline,
    ...(nanos === undefined ? {} : {nanos: nanos.p50, longestNanos: nanos.most}),
    ...(period === undefined
      ? {}
      : {period: {nanos: period.nanos, times: period.times, sentence: sayPeriod(period, language)}}),
    examples: finding.examples,
  };
}

const named = (
  feature: Pick<SharedFeature, 'of' | 'key' | 'value' | 'range'>,
  language: ExplainLanguage,
): SharesResponse['attributes'][number]['twins'][number] => ({
  of: feature.of,
  key: feature.key,
  ...(feature.value === undefined ? {} : {value: feature.value}),
  ...(feature.range === undefined ? {} : {range: feature.range}),
  name: sayFeature(feature, language),
});

const sideOf = (figures: SideFigures, {total, estimated}: Total, {filter: {start, end}}: Selected): ComparedSide => ({
  ...(total === undefined ? {} : {traces: total, estimated}),
  lookedAt: figures.traces,
  spans: figures.spans,
  failed: figures.failed,
  p50Nanos: figures.p50,
  p95Nanos: figures.p95,
  start: `${start ?? 0}`,
  end: `${end ?? 0}`,
});
