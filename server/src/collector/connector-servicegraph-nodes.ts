/** The ends of requests: services with their dimensions, databases, and others that are known by name only. */
import {type TenantId, utf8Bytes} from '../base/index.ts';
import {type Batch, findAttribute, goText, type Lent, readValue, type SpanBatch, valueType} from '../model/index.ts';
import {KeyWriter, StableKeys} from '../red/index.ts';

export interface Node {
  readonly tenant: TenantId;
  /** The number of the tenant. */
  readonly owner: number;
  readonly name: string;
  /** The value of each dimension, in their order; undefined where the span has none. */
  readonly dimensions: readonly (string | undefined)[];
  /** It stands for all nodes that there was no room for. */
  readonly isOverflow?: true;
}

/** There may be no more of them. */
export const tooManyNodes = -2;

const absent = 0;
const present = 1;

/** Numbers stay the same as long as a node is known. */
export class Nodes {
  /** By number; undefined where a node has gone. */
  readonly list: (Node | undefined)[] = [];
  private readonly keys = new StableKeys();
  private readonly owners = new StableKeys();
  private readonly key = new KeyWriter();
  private readonly dimensions: readonly Uint8Array[];
  private readonly most: number;

  constructor(dimensions: readonly string[], most: number) {
    this.dimensions = dimensions.map((name) => utf8Bytes(name));
    this.most = most;
  }

  get count(): number {
    return this.keys.count;
  }

  /** The number of a tenant. */
  ownerOf(tenant: TenantId): number {
    const bytes = utf8Bytes(tenant);
    const found = this.owners.find(bytes, 0, bytes.length);
    return found >= 0 ? found : this.owners.add(bytes, 0, bytes.length);
  }

  /** The service of a span, which the attribute at `service` names, with the span's dimensions; or `tooManyNodes`. */
  ofSpan(batch: Lent<SpanBatch>, row: number, service: number, tenant: TenantId, owner: number): number {
    const {key} = this;
    const resource = batch.spans.columns.resource.get(row);
    key.begin().word(owner);
    writeText(batch, service, key);
    for (const name of this.dimensions) {
      const at = dimensionOf(batch, resource, row, name);
      key.byte(at < 0 ? absent : present);
      if (at >= 0) writeText(batch, at, key);
    }
    return this.intern(() => ({
      tenant,
      owner,
      name: goText(readValue(batch, service)),
      dimensions: this.dimensions.map((name) => {
        const at = dimensionOf(batch, resource, row, name);
        return at < 0 ? undefined : goText(readValue(batch, at));
      }),
    }));
  }

  /** A node that the attribute at `named` names. */
  ofAttribute(batch: Lent<Batch>, named: number, tenant: TenantId, owner: number): number {
    this.key.begin().word(owner);
    writeText(batch, named, this.key);
    return this.intern(() => ({tenant, owner, name: goText(readValue(batch, named)), dimensions: []}));
  }

  ofName(name: string, tenant: TenantId, owner: number): number {
    const bytes = utf8Bytes(name);
    this.key.begin().word(owner);
    this.key.slice(bytes, 0, bytes.length);
    return this.intern(() => ({tenant, owner, name, dimensions: []}));
  }

  /** The node that stands for those that there is no room for; there is always room for it. */
  ofOverflow(tenant: TenantId, owner: number): number {
    this.key.begin().word(owner);
    this.key.word(noText);
    return this.intern(() => ({tenant, owner, name: '', dimensions: [], isOverflow: true}), true);
  }

  /** Forgets the nodes for which `isUsed` does not say so. */
  retain(isUsed: (number: number) => boolean): void {
    this.keys.remove(
      (number) => !isUsed(number),
      (number) => {
        this.list[number] = undefined;
      },
    );
    const owners = new Set(this.list.map((node) => node?.owner));
    this.owners.remove(
      (owner) => !owners.has(owner),
      () => {},
    );
  }

  /** The number of the key that was written. */
  private intern(make: () => Node, isNeeded = false): number {
    const {bytes, length} = this.key;
    const found = this.keys.find(bytes, 0, length);
    if (found >= 0) return found;
    if (!isNeeded && (this.keys.count >= this.most || this.keys.keyBytes >= maxKeyBytes)) return tooManyNodes;
    const number = this.keys.add(bytes, 0, length);
    this.list[number] = make();
    return number;
  }
}

const maxKeyBytes = 64 << 20;
/** No text is as long. */
const noText = 0xffff_ffff;

/** The resource's attribute, or else the span's, or -1. */
function dimensionOf(batch: Lent<SpanBatch>, resource: number, row: number, name: Uint8Array): number {
  const at = findAttribute(batch, batch.resources.columns.attributes, resource, name);
  return at < 0 ? findAttribute(batch, batch.spans.columns.attributes, row, name) : at;
}

function writeText(batch: Lent<Batch>, at: number, key: KeyWriter): void {
  const {type, value} = batch.attributes.columns;
  if (type.data[at] === valueType.string) {
    return key.slice(batch.heap.bytes, value.words[2 * at] as number, value.words[2 * at + 1] as number);
  }
  const bytes = utf8Bytes(goText(readValue(batch, at)));
  key.slice(bytes, 0, bytes.length);
}
