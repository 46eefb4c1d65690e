export type {
  Attribute,
  AttributeValue,
  Override,
  OverrideChange,
  SamplingChange,
  SamplingMode,
  SamplingOperation,
  SamplingReason,
  SamplingResponse,
  SamplingService,
  ServiceRed,
  ServicesRedResponse,
  SpanEvent,
  SpanKindName,
  SpanLink,
  SpanResponse,
  StatusName,
  StatusResponse,
  TraceResponse,
  TraceSearchResponse,
  TraceSummary,
} from '@weft/server/api-types';
export {api, type Parameters, writeParameters} from './client.ts';
export {type Failure, failureOf, RequestError} from './failure.ts';
export {queries} from './queries.ts';
