export type {AttributeOwner, SpanCondition, SpanField, SpanFilter, TraceQuery} from './filter.ts';
export {kindNames, type SpanKindName, type StatusName, statusNames} from './names.ts';
export type {TimeRange} from './range.ts';
export type {Call, FoundTraces, Red, ServiceRed, TraceOutline, TraceSummary} from './results.ts';
