/**
 * The columns that say where a span came from. A resource and a scope are looked at once a batch, not once a span. `resource` and
 * `scope` hold their exact bytes (see `origin` in `wire/`), `origin` the searchable text of both, see `span-text.ts`.
 */
import {type TenantId, utf8Bytes} from '../base/index.ts';
import type {Lent, SpanBatch} from '../model/index.ts';
import {ByteSink, DictionaryColumn, type NativeColumn} from '../native/index.ts';
import {environmentKeys} from '../query/index.ts';
import {origin as exactOrigin} from '../wire/index.ts';
import {originNumber} from './origin-number.ts';
import {escapedKey, escapedValue, markDigits, originMarks, unknownOrigin} from './span-text.ts';
import {writeValueText} from './value-text.ts';
import {serviceNameKey, unknownService} from './write-attributes.ts';
import type {SharedText, SpanTexts} from './write-span-texts.ts';

const environmentKeyBytes = environmentKeys.map(utf8Bytes);

export class SpanOriginColumns {
  readonly columns = {
    service: new DictionaryColumn(),
    resource: new DictionaryColumn(),
    scope: new DictionaryColumn(),
    origin: new DictionaryColumn(),
  };
  private readonly texts: SpanTexts;
  private readonly value = new ByteSink();
  /** By their exact bytes: senders have the same in every batch. */
  private readonly resources = new Map<string, KnownResource>();
  private readonly scopes = new Map<string, KnownScope>();
  private knownBytes = 0;

  constructor(texts: SpanTexts) {
    this.texts = texts;
  }

  append(batch: Lent<SpanBatch>, tenant: TenantId): void {
    const {service, resource, scope, origin} = this.columns;
    const resources = new Array<InternedResource | undefined>(batch.resources.count);
    const scopes = new Array<InternedScope | undefined>(batch.scopes.count);
    /** Of each resource with each scope that some span has. */
    const both = new Map<number, number>();
    const resourceOf = batch.spans.columns.resource.data;
    const scopeOf = batch.spans.columns.scope.data;
    for (let row = 0; row < batch.spans.count; row++) {
      const resourceRow = resourceOf[row] as number;
      const scopeRow = scopeOf[row] as number;
      const from = (resources[resourceRow] ??= this.internResource(batch, resourceRow));
      const by = (scopes[scopeRow] ??= this.internScope(batch, scopeRow));
      const pair = resourceRow * scopes.length + scopeRow;
      let index = both.get(pair);
      if (index === undefined) {
        const text = this.textOf(from.known, by.known);
        this.texts.use(text, tenant);
        both.set(pair, (index = origin.intern(text.bytes, 0, text.bytes.length)));
      }
      service.push(from.service);
      resource.push(from.exact);
      scope.push(by.exact);
      origin.push(index);
    }
  }

  private textOf(resource: KnownResource, scope: KnownScope): SharedText {
    const known = resource.texts.get(scope);
    if (known !== undefined) return known;
    const text = {bytes: new Uint8Array(Buffer.concat([resource.text, scope.text])), told: undefined};
    if (this.remembers(text.bytes.length)) resource.texts.set(scope, text);
    return text;
  }

  /** Whether there is room for that many bytes, forgetting all where that makes it. */
  private remembers(bytes: number): boolean {
    if (bytes > maxKnownText) return false;
    if (this.knownBytes + bytes > maxKnownBytes) {
      this.resources.clear();
      this.scopes.clear();
      this.knownBytes = 0;
    }
    this.knownBytes += bytes + entryBytes;
    return true;
  }

  private internResource(batch: Lent<SpanBatch>, row: number): InternedResource {
    const exact = exactOrigin.encode(batch, 'resources', row);
    const key = Buffer.from(exact.buffer, exact.byteOffset, exact.length).toString('latin1');
    let known = this.resources.get(key);
    if (known === undefined) {
      known = this.describeResource(batch, row);
      if (this.remembers(2 * exact.length)) this.resources.set(key, known);
    }
    return {
      service: this.columns.service.intern(known.service, 0, known.service.length),
      exact: this.columns.resource.intern(exact, 0, exact.length),
      known,
    };
  }

  private describeResource(batch: Lent<SpanBatch>, row: number): KnownResource {
    const {heap, attributes} = batch;
    const range = batch.resources.columns.attributes;
    const keys = new Set<string>();
    const parts: Uint8Array[] = [];
    let service: Uint8Array | undefined;
    const environments: Uint8Array[] = [];
    for (let at = range.from(row); at < range.from(row) + range.count(row); at++) {
      const key = attributes.columns.key.bytes(at, heap);
      const value = this.valueOf(batch, at);
      keys.add(Buffer.from(key).toString('latin1'));
      parts.push(...entry(originMarks.resource, key, value));
      if (service === undefined && value.length > 0 && Buffer.compare(key, serviceNameKey) === 0) service = value;
      if (environmentKeyBytes.some((one) => Buffer.compare(key, one) === 0)) environments.push(value);
    }
    const [environment] = environments;
    const name = service ?? unknownService;
    // Of two environments, or of a key that comes twice, a number does not tell what a reader sees: such spans are looked at themselves.
    const isClear =
      keys.size === range.count(row) &&
      environments.every((one) => Buffer.compare(one, environment as Uint8Array) === 0);
    const number = isClear ? String(originNumber(name, environment)).padStart(markDigits, '0') : unknownOrigin;
    return {service: name, text: Buffer.concat([utf8Bytes(number), ...parts]), texts: new Map()};
  }

  private internScope(batch: Lent<SpanBatch>, row: number): InternedScope {
    const exact = exactOrigin.encode(batch, 'scopes', row);
    const key = Buffer.from(exact.buffer, exact.byteOffset, exact.length).toString('latin1');
    let known = this.scopes.get(key);
    if (known === undefined) {
      known = this.describeScope(batch, row);
      if (this.remembers(2 * exact.length)) this.scopes.set(key, known);
    }
    return {exact: this.columns.scope.intern(exact, 0, exact.length), known};
  }

  private describeScope(batch: Lent<SpanBatch>, row: number): KnownScope {
    const {heap, attributes} = batch;
    const {name, version, attributes: range} = batch.scopes.columns;
    const parts: Uint8Array[] = [];
    for (let at = range.from(row); at < range.from(row) + range.count(row); at++) {
      parts.push(...entry(originMarks.scope, attributes.columns.key.bytes(at, heap), this.valueOf(batch, at)));
    }
    return {
      text: Buffer.concat([
        ...[utf8Bytes(originMarks.name), escapedValue(name.bytes(row, heap)), end],
        ...[utf8Bytes(originMarks.version), escapedValue(version.bytes(row, heap)), end],
        ...parts,
      ]),
    };
  }

  private valueOf(batch: Lent<SpanBatch>, at: number): Uint8Array {
    this.value.reset();
    writeValueText(this.value, batch, at);
    return Uint8Array.from(this.value.bytes.subarray(0, this.value.length));
  }

  reset(): void {
    for (const column of Object.values(this.columns)) (column as NativeColumn).reset();
  }
}

const end = utf8Bytes(originMarks.end);
const equals = utf8Bytes('=');
const entry = (begin: string, key: Uint8Array, value: Uint8Array): Uint8Array[] => [
  utf8Bytes(begin),
  escapedKey(key),
  equals,
  escapedValue(value),
  end,
];

/** What is remembered in all, one text, and what an entry takes beside its bytes. */
const maxKnownBytes = 8 * 1024 ** 2;
const maxKnownText = 64 * 1024;
const entryBytes = 256;

interface KnownResource {
  readonly service: Uint8Array;
  readonly text: Uint8Array;
  /** With each scope. */
  readonly texts: Map<KnownScope, SharedText>;
}
interface KnownScope {
  readonly text: Uint8Array;
}
/** In the dictionaries of the block. */
interface InternedResource {
  readonly service: number;
  readonly exact: number;
  readonly known: KnownResource;
}
interface InternedScope {
  readonly exact: number;
  readonly known: KnownScope;
}
