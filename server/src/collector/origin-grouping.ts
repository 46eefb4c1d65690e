/**
 * Items that move to resources with attributes of their own, and resources and scopes that are the same joined into one: for processors
 * that change what items have in common.
 */
import {utf8} from '../base/index.ts';
import {
  type AnyBatch,
  attributeGoText,
  type Batch,
  copyAttributes,
  copyRowWithin,
  findAttribute,
  goText,
  type LogBatch,
  type MetricBatch,
  type RangeColumn,
  type RefColumn,
  readAttributes,
  removeAttributes,
} from '../model/index.ts';
import {AttributeEditor} from './attribute-editor.ts';

/** An attribute that belongs to the resource. */
export interface Key {
  readonly index: number;
  readonly key: string;
  readonly bytes: Uint8Array;
}
/** An attribute that was found, as it is written in its row. */
interface Found {
  readonly key: Key;
  readonly type: number;
  readonly low: number;
  readonly high: number;
  readonly text: string;
}
interface Done {
  readonly grouped: number;
  readonly groups: number;
}

/** Of one batch. Without keys it only joins. */
export class Grouping {
  private readonly batch: Batch;
  private readonly keys: readonly Key[];
  private readonly editor: AttributeEditor;
  /** What a resource is → its row. */
  private readonly resources = new Map<string, number>();
  /** A resource's row and the attributes that come to it → the row of the resource with them. */
  private readonly moved = new Map<string, number>();
  private readonly resourceRows: Int32Array;
  private readonly scopeRows: Int32Array;
  private readonly scopes = new Map<string, number>();
  private readonly used = new Set<number>();

  constructor(batch: Batch, keys: readonly Key[]) {
    this.batch = batch;
    this.keys = keys;
    this.editor = new AttributeEditor(batch);
    this.resourceRows = new Int32Array(batch.resources.count).fill(-1);
    this.scopeRows = new Int32Array(batch.scopes.count).fill(-1);
  }

  items(batch: Exclude<AnyBatch, MetricBatch>): Done {
    const {resource, scope, attributes} = batch.items.columns as {
      readonly resource: RefColumn;
      readonly scope: RefColumn;
      readonly attributes: RangeColumn;
    };
    let grouped = 0;
    for (let row = 0; row < batch.items.count; row++) {
      const found = this.take(attributes, row);
      if (found.length > 0) grouped++;
      resource.set(row, this.resourceOf(resource.get(row), found));
      scope.set(row, this.scopeOf(scope.get(row)));
    }
    return {grouped, groups: this.used.size};
  }

  points(batch: MetricBatch): Done {
    const {metric, attributes} = batch.points.columns;
    const {columns: m} = batch.metrics;
    const metrics = new Map<string, number>();
    let grouped = 0;
    for (let row = 0; row < batch.points.count; row++) {
      const found = this.take(attributes, row);
      if (found.length > 0) grouped++;
      const own = metric.get(row);
      const resource = this.resourceOf(m.resource.get(own), found);
      const scope = this.scopeOf(m.scope.get(own));
      const identity = `${resource}/${scope}/${m.type.get(own)}/${m.temporality.get(own)}/${m.monotonic.get(own)}/${this.text(m.unit, own)}/${this.text(m.name, own)}`;
      let target = metrics.get(identity);
      if (target === undefined) {
        target = batch.metrics.add();
        copyRowWithin(batch.metrics, target, own);
        m.resource.set(target, resource);
        m.scope.set(target, scope);
        metrics.set(identity, target);
      }
      metric.set(row, target);
    }
    return {grouped, groups: this.used.size};
  }

  /** Takes the attributes of the keys from an owner. */
  private take(owner: RangeColumn, row: number): readonly Found[] {
    const {batch} = this;
    let found: Found[] | undefined;
    for (const key of this.keys) {
      const at = findAttribute(batch, owner, row, key.bytes);
      if (at < 0) continue;
      const {type, value} = batch.attributes.columns;
      found ??= [];
      found.push({
        key,
        type: type.get(at),
        low: value.words[2 * at] as number,
        high: value.words[2 * at + 1] as number,
        text: attributeGoText(batch, at),
      });
    }
    if (found === undefined) return none;
    for (const {key} of found) {
      const at = findAttribute(batch, owner, row, key.bytes);
      removeAttributes(batch, owner, row, (each) => each === at);
    }
    return found;
  }

  /** The row of the resource that an item has from now on. */
  private resourceOf(row: number, found: readonly Found[]): number {
    if (found.length === 0) {
      let known = this.resourceRows[row] as number;
      if (known < 0) {
        known = this.uniqueResource(this.resourceText(row, none), () => row);
        this.resourceRows[row] = known;
      }
      return known;
    }
    let id = `${row}`;
    for (const {key, type, text} of found) id += `,${key.index}:${type}:${text.length}:${text}`;
    let known = this.moved.get(id);
    if (known === undefined) {
      known = this.uniqueResource(this.resourceText(row, found), () => this.addResource(row, found));
      this.moved.set(id, known);
    }
    return known;
  }

  private uniqueResource(what: string, make: () => number): number {
    let row = this.resources.get(what);
    if (row === undefined) this.resources.set(what, (row = make()));
    this.used.add(row);
    return row;
  }

  private addResource(from: number, found: readonly Found[]): number {
    const {attributes} = this.batch.resources.columns;
    const row = copyOrigin(this.batch, this.batch.resources, from);
    for (const {key, type, low, high} of found) {
      this.editor.set(this.editor.put(attributes, row, key.bytes), type, low, high);
    }
    return row;
  }

  /** What makes a resource the same as another: its attributes in any order, and its schema. */
  private resourceText(row: number, found: readonly Found[]): string {
    const {attributes, schemaUrl} = this.batch.resources.columns;
    const all = new Map<string, readonly [type: number | string, text: string]>();
    for (const {key, value} of readAttributes(this.batch, attributes.from(row), attributes.count(row))) {
      all.set(key, [value.type, goText(value)]);
    }
    for (const {key, type, text: value} of found) all.set(key.key, [typeNames[type] as string, value]);
    return JSON.stringify([this.text(schemaUrl, row), [...all].sort(([a], [b]) => (a < b ? -1 : 1))]);
  }

  private scopeOf(row: number): number {
    let known = this.scopeRows[row] as number;
    if (known >= 0) return known;
    const {name, version, attributes, schemaUrl} = this.batch.scopes.columns;
    const all = readAttributes(this.batch, attributes.from(row), attributes.count(row));
    const what = JSON.stringify([
      this.text(name, row),
      this.text(version, row),
      this.text(schemaUrl, row),
      all
        .map(({key, value}) => [key, value.type, goText(value)])
        .sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)),
    ]);
    known = this.scopes.get(what) ?? row;
    this.scopes.set(what, known);
    this.scopeRows[row] = known;
    return known;
  }

  private text(column: {start(row: number): number; size(row: number): number}, row: number): string {
    return utf8(this.batch.heap.bytes, column.start(row), column.size(row));
  }
}

/** Gives each record a resource and a scope of its own, so that what one changes of them is not changed for others. */
export function separateOrigins(batch: LogBatch): void {
  const {resource, scope} = batch.logs.columns;
  for (const [column, table] of [
    [resource, batch.resources],
    [scope, batch.scopes],
  ] as const) {
    const used = new Uint8Array(table.count);
    for (let row = 0; row < batch.logs.count; row++) {
      const own = column.get(row);
      if (used[own] === 0) used[own] = 1;
      else column.set(row, copyOrigin(batch, table, own));
    }
  }
}

/** The row of a copy whose attributes can change apart. */
function copyOrigin(batch: Batch, table: Batch['resources'] | Batch['scopes'], from: number): number {
  const row = table.add();
  copyRowWithin(table, row, from);
  copyAttributes(batch, table.columns.attributes, row, from);
  return row;
}

const none: readonly Found[] = [];
/** The names of the types, by their number in `valueType`. */
const typeNames = ['empty', 'string', 'bool', 'int', 'double', 'array', 'map', 'bytes'];
