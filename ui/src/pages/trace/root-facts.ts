/** What the first span of a trace tells of the whole request. */
import type {Attribute, SpanResponse} from '../../api/index.ts';
import {attributeValueText} from './span/index.ts';

interface Pair {
  readonly key: string;
  readonly value: string;
  readonly owner: 'span' | 'resource';
}

export interface RootFacts {
  /** Method and route, or procedure. */
  readonly entry: string | undefined;
  readonly version: Pair | undefined;
  readonly tenant: Pair | undefined;
}

/** The names of OpenTelemetry's conventions, the older ones after those in force. */
const method = ['http.request.method', 'http.method'];
const route = ['http.route', 'url.path', 'http.target'];
const procedure = ['rpc.method'];
/** There is no convention for tenants: the usual spellings. */
const tenant = ['tenant', 'tenant.id', 'tenant_id', 'tenantId', 'app.tenant', 'app.tenant.id'];

type Owner = Pick<SpanResponse, 'attributes'>;

export function rootFacts({attributes, resource}: Owner & {readonly resource: Owner}): RootFacts {
  const span = find(attributes, 'span');
  const sender = find(resource.attributes, 'resource');
  const verb = span(method)?.value;
  const path = span(route)?.value;
  return {
    entry: verb !== undefined && path !== undefined ? `${verb} ${path}` : span(procedure)?.value,
    version: sender(['service.version']),
    tenant: span(tenant) ?? sender(tenant),
  };
}

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
