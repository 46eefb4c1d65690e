/** Zipkin's names are in lower case: which names of the store one of them stands for. */
import type {TenantId} from '../base/index.ts';
import {compareText, type SpanCondition, type TraceQuery} from '../query/index.ts';
import type {QueryOptions, Source} from './source.ts';

/** The attributes that hold the name of the other side's service, the first of which counts. */
const remoteKeys = ['peer.service', 'service.peer.name'] as const;
/** What is a field of a span or an endpoint to Zipkin, and no tag. */
export const fieldKeys: ReadonlySet<string> = new Set([
  'service.name',
  ...remoteKeys,
  ...['network.local.address', 'net.host.port', 'network.local.port'],
  ...['network.peer.address', 'net.peer.port', 'network.peer.port'],
]);
/** Values that are looked at for a key. */
export const maxValues = 1000;

/** In lower case, each once, sorted; without the empty one. */
export const shownNames = (names: readonly string[]): string[] =>
  [...new Set(names.map((name) => name.toLowerCase()))].filter((name) => name !== '').sort(compareText);

/** Asks a source's names as one tenant. */
export class ZipkinNames {
  private readonly source: Source;
  private readonly tenant: TenantId;
  private readonly options: QueryOptions;

  constructor(source: Source, tenant: TenantId, options: QueryOptions) {
    this.source = source;
    this.tenant = tenant;
    this.options = options;
  }

  /** Services that are called so but for the case; all of them where no name is given. */
  async services(wanted?: string): Promise<string[]> {
    const names = (await this.source.services(this.tenant, this.options)).map(({name}) => name);
    return wanted === undefined ? names : names.filter((name) => name.toLowerCase() === wanted);
  }

  /** Names of the spans of these services. */
  async operations(services: readonly string[]): Promise<string[]> {
    const names = new Set<string>();
    for (const service of services) {
      for (const {name} of await this.source.operations(this.tenant, service, this.options)) names.add(name);
    }
    return [...names];
  }

  /** Names of the services that spans of these services say to be on the other side. */
  async remoteServices(services: readonly (string | undefined)[]): Promise<string[]> {
    const names = new Set<string>();
    for (const service of services) {
      for (const key of remoteKeys) {
        const query = {key, service, prefix: '', limit: maxValues};
        for (const {value} of await this.source.attributeValues(this.tenant, query, this.options)) names.add(value);
      }
    }
    return [...names];
  }
}

/** The question, of spans that have one of the values in this field. One value alone narrows a search best as the filter's own. */
export const withField = (query: TraceQuery, field: 'service' | 'operation', values: readonly string[]): TraceQuery =>
  values.length === 1
    ? {...query, [field]: values[0]}
    : {
        ...query,
        conditions: [...query.conditions, {type: 'any', of: values.map((value) => ({type: 'field', field, value}))}],
      };

/** One of these services is on the other side. */
export const remoteIn = (names: readonly string[]): SpanCondition => ({
  type: 'any',
  of: names.flatMap((value) => remoteKeys.map((key) => ({type: 'attribute', key, value, of: 'anywhere'}) as const)),
});
