export type {
  ApiError,
  CompareResponse,
  ExplainResponse,
  ExplainTracesResponse,
  GraphEdgeFigures,
  MendResponse,
  OperationsRedResponse,
  Override,
  OverrideChange,
  OverridesResponse,
  PipelineConfiguration,
  PipelineResponse,
  SamplingChange,
  SamplingResponse,
  SamplingService,
  ServiceChangesResponse,
  ServiceErrorsResponse,
  ServiceGraphResponse,
  ServiceInstancesResponse,
  ServiceStatementsResponse,
  SqlResponse,
  StatusResponse,
  TempoSearchResponse,
  TempoTrace,
  TraceLogsResponse,
  TraceResponse,
} from './contract.ts';
export {type ApiOptions, apiRoutes, apiShare, createApi} from './create-api.ts';
export {createGrpcApi} from './create-grpc-api.ts';
export {explainResponse} from './explain-response.ts';
export {renderHttpReference} from './http-reference.ts';
export type {ParameterDoc, Route} from './route.ts';
export type {
  CatalogSource,
  Control,
  QueryOptions,
  Readiness,
  SamplingControl,
  Source,
  TraceSource,
  TracesOptions,
} from './source.ts';
