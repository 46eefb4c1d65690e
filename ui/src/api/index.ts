export type {
  Attribute,
  AttributeValue,
  ListedSpan,
  Override,
  OverrideChange,
  ResponseStatus,
  SamplingChange,
  SamplingMode,
  SamplingOperation,
  SamplingReason,
  SamplingResponse,
  SamplingService,
  ServiceRed,
  ServicesRedResponse,
  SpanEvent,
  SpanFigures,
  SpanGroup,
  SpanGroupsResponse,
  SpanKindName,
  SpanLink,
  SpanListResponse,
  SpanResponse,
  StatusName,
  StatusResponse,
  TraceHeatmapResponse,
  TraceOutcome,
  TraceResponse,
  TraceSearchResponse,
  TraceState,
  TraceStatusesResponse,
  TraceSummary,
  TraceValuesResponse,
} from '@weft/server/api-types';
export {api, connection, type Parameters, writeParameters} from './client.ts';
export type {Connection, ConnectionState} from './connection.ts';
export {type Failure, type Fault, failureOf, RequestError} from './failure.ts';
export {queries} from './queries.ts';
export {mayGrow} from './trace-growth.ts';
