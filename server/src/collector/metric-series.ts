/** What processors remember of series of metrics: by which key, and for how long. */
import {type Clock, toHex} from '../base/index.ts';
import {type ColumnView, type Lent, type MetricBatch, type RangeColumn, valueType} from '../model/index.ts';

/** The key of each point's series: its resource, scope, metric and attributes, in whatever order attributes come. */
export function seriesKeys(batch: Lent<MetricBatch>): (point: number) => string {
  const {columns: p} = batch.points;
  const {columns: m} = batch.metrics;
  const resources: string[] = [];
  const metrics: string[] = [];
  const resourceKey = (row: number): string =>
    (resources[row] ??= attributesKey(batch, batch.resources.columns.attributes, row));
  const metricKey = (row: number): string => {
    const known = metrics[row];
    if (known !== undefined) return known;
    const scope = m.scope.get(row);
    const {columns: s} = batch.scopes;
    const parts = [
      resourceKey(m.resource.get(row)),
      text(batch, s.name.start(scope), s.name.size(scope)),
      text(batch, s.version.start(scope), s.version.size(scope)),
      attributesKey(batch, s.attributes, scope),
      text(batch, m.name.start(row), m.name.size(row)),
      text(batch, m.unit.start(row), m.unit.size(row)),
      `${m.type.get(row)}${m.monotonic.get(row)}`,
    ];
    return (metrics[row] = parts.join('\n'));
  };
  return (point) => `${metricKey(p.metric.get(point))}\n${attributesKey(batch, p.attributes, point)}`;
}

function attributesKey(batch: Lent<MetricBatch>, owner: ColumnView<RangeColumn>, row: number): string {
  const {key, type, value} = batch.attributes.columns;
  const from = owner.from(row);
  const parts: string[] = [];
  for (let at = from; at < from + owner.count(row); at++) {
    const [first, second] = [value.words[2 * at] as number, value.words[2 * at + 1] as number];
    const written = inHeap.has(type.get(at)) ? text(batch, first, second) : `${first},${second}`;
    parts.push(`${text(batch, key.start(at), key.size(at))}=${type.get(at)}${written}`);
  }
  return parts.sort().join('\t');
}

const inHeap: ReadonlySet<number> = new Set([valueType.string, valueType.bytes, valueType.array, valueType.map]);

/** Printable ASCII as it is, all else in hexadecimal, so that no text runs into the next. */
function text({heap}: Lent<MetricBatch>, start: number, length: number): string {
  let written = '';
  for (let at = start; at < start + length; at++) {
    const byte = heap.bytes[at] as number;
    if (byte < 32 || byte > 126 || byte === 0x5c) return `\\${toHex(heap.bytes, start, length)}`;
    written += String.fromCharCode(byte);
  }
  return written;
}

export interface SeriesMapOptions {
  readonly clock: Clock;
  /** A series that was not seen for so long is forgotten; 0: never. */
  readonly staleMs: number;
  readonly maxStreams: number;
}

/** States of series, the one that was seen last at the end. Bounded. */
export class SeriesMap<S> {
  readonly #states = new Map<string, {state: S; seen: number}>();
  readonly #options: SeriesMapOptions;

  constructor(options: SeriesMapOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#states.size;
  }

  get isFull(): boolean {
    return this.#states.size >= this.#options.maxStreams;
  }

  get(key: string): S | undefined {
    return this.#states.get(key)?.state;
  }

  set(key: string, state: S): void {
    this.#states.delete(key);
    this.#states.set(key, {state, seen: this.#options.clock.now()});
  }

  delete(key: string): void {
    this.#states.delete(key);
  }

  /** Forgets the series that was seen longest ago. */
  evict(): void {
    const [oldest] = this.#states.keys();
    if (oldest !== undefined) this.#states.delete(oldest);
  }

  /** Forgets what is stale: those at the front, which were not seen for longest. */
  sweep(): void {
    const {staleMs, clock} = this.#options;
    if (staleMs === 0) return;
    const before = clock.now() - staleMs;
    for (const [key, {seen}] of this.#states) {
      if (seen >= before) break;
      this.#states.delete(key);
    }
  }

  /** Changes that can be taken back, unless somebody has changed the series since. */
  transaction(): {set(key: string, state: S): void; undo(): void} {
    const before = new Map<string, S | undefined>();
    const after = new Map<string, S>();
    return {
      set: (key, state) => {
        if (!before.has(key)) before.set(key, this.get(key));
        after.set(key, state);
        this.set(key, state);
      },
      undo: () => {
        for (const [key, state] of before) {
          if (this.get(key) !== after.get(key)) continue;
          if (state === undefined) this.delete(key);
          else this.set(key, state);
        }
      },
    };
  }
}
