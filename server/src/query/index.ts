export {attributeText, compareText, doubleText, plainJson} from './attribute-text.ts';
export {Budget, type BudgetLimits, type QueryLimits, questionLimits, refusals} from './budget.ts';
export type {CountKey, CountMeasure, CountQuery, SpanCounts} from './counts.ts';
export {
  type AttributeOwner,
  type CallSeriesQuery,
  type ComparisonOperator,
  comparisonOperators,
  environmentIs,
  environmentKeys,
  environmentOf,
  type GroupField,
  type GroupKey,
  groupFields,
  type HeatmapQuery,
  hasValue,
  type RedFilter,
  resourceFields,
  type ServiceFilter,
  type SpanCondition,
  type SpanField,
  type SpanFilter,
  type SpanGroupsQuery,
  type SpanQuery,
  type TraceConditions,
  type TraceFilter,
  type TraceQuery,
  type TraceSampleQuery,
} from './filter.ts';
export {checkFilterSize, fittingConditions, maxConditions} from './filter-size.ts';
export {
  type FindOperator,
  type FindTerm,
  type FoundSpans,
  findOperators,
  type NumberOperator,
  type TraceValue,
} from './find.ts';
export {commandFold, type FoldSteps, fold, messageFold, mostFolded, statementFold} from './fold-text.ts';
export {hostOf} from './host-of.ts';
export {type LogLine, type LogLines, type SeverityName, severityName, severityNames} from './log-lines.ts';
export type {
  MetricIdentity,
  MetricTypeName,
  PointPart,
  PointQuery,
  PointRange,
  StoredExemplar,
  StoredMetric,
  StoredPoints,
  StoredResource,
  StoredSeries,
} from './metrics.ts';
export {
  arrivingNanos,
  kindNames,
  type SpanGroupOrder,
  type SpanKindName,
  type SpanOrder,
  type StatusName,
  spanGroupOrders,
  spanOrders,
  statusNames,
  type TraceOrder,
  type TraceOutcome,
  type TraceState,
  traceOrders,
  traceOutcomes,
} from './names.ts';
export type {TimeRange} from './range.ts';
export {
  type ResponseProtocol,
  type ResponseStatus,
  type ResponseVerdict,
  responseStatus,
  responseStatusKeys,
} from './response-status.ts';
export type {
  Call,
  CallSeries,
  DurationFigures,
  EndsBeforeStart,
  FoundNames,
  FoundTraces,
  GraphEdge,
  GraphEdgeKind,
  GraphService,
  Heatmap,
  ListedSpan,
  ListedSpans,
  ListedTraces,
  OperationRed,
  OperationsRed,
  Red,
  RedFigures,
  ServiceRed,
  SpanFigures,
  SpanGroup,
  SpanGroups,
  SpanStarts,
  StoredGraph,
  TraceOutline,
  TraceSample,
  TraceSummary,
} from './results.ts';
export {graphEdgeKinds} from './results.ts';
export {
  type Exemplar,
  type FoundError,
  type FoundErrors,
  type FoundStatement,
  type FoundStatements,
  type InstanceAttributeName,
  type InstanceFigures,
  instanceAttributes,
  type Looked,
  type OperationSeries,
  type OperationSteps,
  type RedSeries,
  type ServiceInstances,
  type SpanExample,
} from './service-parts.ts';
export type {SqlFormat, SqlQuery} from './sql.ts';
