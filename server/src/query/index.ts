export {attributeText, compareText, doubleText, plainJson} from './attribute-text.ts';
export {Budget, type BudgetLimits, type QueryLimits, questionLimits, refusals} from './budget.ts';
export type {AttributeOwner, SpanCondition, SpanField, SpanFilter, TraceQuery} from './filter.ts';
export {checkFilterSize, maxConditions} from './filter-size.ts';
export {type FindOperator, type FindTerm, type FoundSpans, findOperators, type NumberOperator} from './find.ts';
export {hostOf} from './host-of.ts';
export {kindNames, type SpanKindName, type StatusName, statusNames} from './names.ts';
export type {TimeRange} from './range.ts';
export type {Call, FoundTraces, Red, ServiceRed, TraceOutline, TraceSummary} from './results.ts';
