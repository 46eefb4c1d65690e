export type {
  ApiError,
  Override,
  OverrideChange,
  OverridesResponse,
  SamplingChange,
  SamplingResponse,
  SamplingService,
  StatusResponse,
} from './contract.ts';
export {type ApiOptions, apiRoutes, createApi} from './create-api.ts';
export {renderHttpReference} from './http-reference.ts';
export type {ParameterDoc, Route} from './route.ts';
export type {
  CatalogSource,
  Control,
  FoundTraces,
  QueryOptions,
  Readiness,
  SamplingControl,
  Source,
  SpanCondition,
  TimeRange,
  TraceOutline,
  TraceQuery,
  TraceSource,
  TracesOptions,
} from './source.ts';
