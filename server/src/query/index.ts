export {attributeText, compareText, doubleText, plainJson} from './attribute-text.ts';
export {Budget, type BudgetLimits, type QueryLimits, questionLimits, refusals} from './budget.ts';
export {
  type AttributeOwner,
  type ComparisonOperator,
  comparisonOperators,
  environmentIs,
  type HeatmapQuery,
  type RedFilter,
  type SpanCondition,
  type SpanField,
  type SpanFilter,
  type TraceConditions,
  type TraceFilter,
  type TraceQuery,
} from './filter.ts';
export {checkFilterSize, maxConditions} from './filter-size.ts';
export {type FindOperator, type FindTerm, type FoundSpans, findOperators, type NumberOperator} from './find.ts';
export {hostOf} from './host-of.ts';
export {
  arrivingNanos,
  kindNames,
  type SpanKindName,
  type StatusName,
  statusNames,
  type TraceOrder,
  type TraceOutcome,
  type TraceState,
  traceOrders,
  traceOutcomes,
} from './names.ts';
export type {TimeRange} from './range.ts';
export type {
  Call,
  EndsBeforeStart,
  FoundNames,
  FoundTraces,
  Heatmap,
  ListedTraces,
  OperationRed,
  OperationsRed,
  Red,
  RedFigures,
  ServiceRed,
  TraceOutline,
  TraceSummary,
} from './results.ts';
