/** What the first span of a trace tells of the whole request. */
import type {Attribute, SpanResponse} from '../../api/index.ts';
import {attributeValueText} from './span/index.ts';

interface Pair {
  readonly key: string;
  readonly value: string;
  readonly owner: 'span' | 'resource';
}

export interface RootFacts {
  readonly status:
    | {
        readonly protocol: 'http' | 'grpc';
        readonly code: string;
        /** `bad`: the server failed; `refused`: it says that the client did. */
        readonly verdict: 'good' | 'refused' | 'bad';
        readonly thing: Pair;
      }
    | undefined;
  /** Method and route, or procedure. */
  readonly entry: string | undefined;
  readonly version: Pair | undefined;
  readonly tenant: Pair | undefined;
}

/** The names of OpenTelemetry's conventions, the older ones after those in force. */
const httpStatus = ['http.response.status_code', 'http.status_code'];
const grpcStatus = ['rpc.response.status_code', 'rpc.grpc.status_code'];
const method = ['http.request.method', 'http.method'];
const route = ['http.route', 'url.path', 'http.target'];
const procedure = ['rpc.method'];
/** There is no convention for tenants: the usual spellings. */
const tenant = ['tenant', 'tenant.id', 'tenant_id', 'tenantId', 'app.tenant', 'app.tenant.id'];

type Owner = Pick<SpanResponse, 'attributes'>;

export function rootFacts({attributes, resource}: Owner & {readonly resource: Owner}): RootFacts {
  const span = find(attributes, 'span');
  const sender = find(resource.attributes, 'resource');
  const http = span(httpStatus);
  const grpc = span(grpcStatus);
  const verb = span(method)?.value;
  const path = span(route)?.value;
  return {
    status:
      http !== undefined
        ? {protocol: 'http', code: http.value, verdict: httpVerdict(Number(http.value)), thing: http}
        : grpc !== undefined
          ? {protocol: 'grpc', code: grpc.value, verdict: grpcVerdict(grpc.value), thing: grpc}
          : undefined,
    entry: verb !== undefined && path !== undefined ? `${verb} ${path}` : span(procedure)?.value,
    version: sender(['service.version']),
    tenant: span(tenant) ?? sender(tenant),
  };
}

const httpVerdict = (code: number) => (code >= 500 ? 'bad' : code >= 400 ? 'refused' : 'good');

/** Of a server, by OpenTelemetry's conventions for gRPC: these are its own failures, all others but OK are the client's. */
const serverFailures = new Set(
  ['2 UNKNOWN', '4 DEADLINE_EXCEEDED', '12 UNIMPLEMENTED', '13 INTERNAL', '14 UNAVAILABLE', '15 DATA_LOSS'].flatMap(
    (code) => code.split(' '),
  ),
);
const grpcVerdict = (code: string) =>
  code === '0' || code === 'OK' ? 'good' : serverFailures.has(code) ? 'bad' : 'refused';

const find =
  (attributes: readonly Attribute[], owner: Pair['owner']) =>
  (keys: readonly string[]): Pair | undefined => {
    for (const key of keys) {
      const found = attributes.find((attribute) => attribute.key === key);
      const value = found === undefined ? '' : attributeValueText(found.value);
      if (value !== '') return {key, value, owner};
    }
    return undefined;
  };
