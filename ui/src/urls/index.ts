export {
  type CompareUrl,
  type MendUrl,
  mendWindows,
  readCompareUrl,
  readMendUrl,
  readMoment,
} from './compare-url.ts';
export {type CompareWith, comparedRange, contextKeys, freeze, type PageContext, readContext} from './context.ts';
export {
  defaultLimit,
  type ExploreUrl,
  exploreKeys,
  type GroupColumnId,
  type GroupOrder,
  groupColumnIds,
  groupOrders,
  isTooLong,
  limits,
  mostColumns,
  mostListed,
  type OlderSearch,
  type Order,
  orders,
  type PlotKind,
  plotKinds,
  type ResultKindId,
  readExploreUrl,
  type SpanColumnId,
  type SpanOrder,
  spanColumnIds,
  spanOrders,
  type TraceqlResult,
  viewKeys,
} from './explore-url.ts';
export {attributeBy, type GroupField, groupFields, isGroupField} from './group-by.ts';
export {readJaegerSearch} from './jaeger-search.ts';
export {contextAt, type LinkTarget, linkTo, type ServiceTarget, servicePage, type Thing, termOf} from './link-to.ts';
export {type MapUrl, type MapView, mapViews, readMapUrl} from './map-url.ts';
export {type MetricsUrl, readMetricsUrl} from './metrics-url.ts';
export {readPageUrl} from './page-url.ts';
export {type PipelineUrl, readPipelineUrl} from './pipeline-url.ts';
export {parseQuery, type Reader, writeQuery} from './query-string.ts';
export {
  type Operator,
  operators,
  type Question,
  type QuestionUrl,
  questionOf,
  readTerm,
  readWhere,
  sameTerm,
  type Term,
  writeQuestion,
  writeTerm,
} from './question.ts';
export {faultIn, isAskable, type QuestionFault, questionFaults} from './question-faults.ts';
export {
  addTerm,
  attributeField,
  attributeKey,
  attributeOperators,
  attributeWords,
  type FieldName,
  fieldNames,
  fieldOf,
  isNumber,
  kinds,
  type Outcome,
  outcomes,
  questionFields,
  removeTerm,
  type ScopeField,
  scopeFields,
  setField,
  statuses,
  type TermFault,
  termFault,
} from './question-fields.ts';
export {conditionParameters, groupParameters, searchParameters, spanParameters} from './question-parameters.ts';
export {signs} from './question-split.ts';
export {
  canonicalField,
  canonicalValue,
  opposites,
  readDraft,
  readTyped,
  type Typed,
  type TypedFault,
  writeTyped,
} from './question-typed.ts';
export {type FoundPlace, readAddress} from './read-address.ts';
export {type FoundId, readIds} from './read-ids.ts';
export {type Pasted, readPasted} from './read-pasted.ts';
export {reachable, receivers} from './receivers.ts';
export {readSamplingUrl, type SamplingColumn, type SamplingUrl, samplingColumns} from './sampling-url.ts';
export {readServiceUrl, type ServicePartId, type ServiceUrl, serviceParts} from './service-url.ts';
export {readServicesUrl, type ServiceColumn, type ServicesUrl, serviceColumns} from './services-url.ts';
export {readSqlUrl, type SqlUrl} from './sql-url.ts';
export {
  absoluteRange,
  defaultLast,
  isAbsolute,
  type Last,
  lastToMs,
  type RangeUrl,
  rangeAround,
  rangeInMs,
  rangeInNanos,
  readLast,
  spansOfTime,
  splitLast,
} from './time-range.ts';
export {readTraceId, readTracePath} from './trace-id.ts';
export {
  type LeastSeverity,
  leastSeverities,
  type PaneEntry,
  readPaneEntry,
  readTraceUrl,
  readZoom,
  type SelectReason,
  type StatisticsColumn,
  selectReasons,
  statisticsColumns,
  type TraceTab,
  type TraceUrl,
  traceTabs,
  writePaneEntry,
  writeZoom,
  type Zoom,
} from './trace-url.ts';
export type {Unread, UnreadUrl} from './unread.ts';
export {webAddress} from './web-address.ts';
