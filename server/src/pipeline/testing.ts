/** For tests: components by themselves, batches of spans by name, a log that remembers. */
import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {
  bug,
  createMeter,
  defaultTenant,
  type Log,
  type Meter,
  silentLog,
  systemClock,
  type TenantId,
  utf8,
} from '../base/index.ts';
import {type ConsumeContext, createSpanBatch, type Lent, type SpanBatch} from '../model/index.ts';
import {createAdmission, createSocketRegistry} from '../net/index.ts';
import {createSampling} from '../sampling/index.ts';
import type {Settings} from './component.ts';
import {reads} from './kit.ts';

/** The value of a counter or gauge, over all series that have these labels. */
export function countOf(meter: Meter, name: string, labels: Readonly<Record<string, string>>): number {
  const family = meter.read().find((each) => each.name === name);
  if (family === undefined || family.kind === 'histogram') return 0;
  return family.series
    .filter((series) => Object.entries(labels).every(([key, value]) => series.labels[key] === value))
    .reduce((sum, series) => sum + series.value, 0);
}

/** A log that remembers what was said at `warn` and `error`. */
export function recordingLog(): Log & {
  readonly lines: readonly {readonly level: string; readonly message: string}[];
  /** Of the same lines. */
  readonly fields: readonly object[];
} {
  const lines: {level: string; message: string}[] = [];
  const fields: object[] = [];
  const at =
    (level: string) =>
    (own: object, message: string): void => {
      lines.push({level, message});
      fields.push(own);
    };
  const log = {lines, fields, debug() {}, info: at('info'), warn: at('warn'), error: at('error'), child: () => log};
  return log;
}

/** Settings for a part that is tested by itself. */
export function testSettings(settings: Partial<Settings> = {}): Settings {
  const nowhere = async (): Promise<void> => {};
  return {
    id: 'test',
    log: silentLog,
    clock: systemClock,
    meter: createMeter(),
    admission: createAdmission(1 << 30),
    sink: reads(nowhere),
    queries: undefined,
    sampling: createSampling({clock: systemClock, log: silentLog, meter: createMeter()}),
    freePorts: true,
    keptPorts: new Set(),
    sockets: createSocketRegistry()(),
    directory: () => mkdtempSync(join(tmpdir(), 'weft-component-')),
    extension: (id) => bug(`no extension ${id}`),
    announce() {},
    ...settings,
  };
}

/** A batch of spans with these names, all of one resource. */
export function spansNamed(...names: readonly string[]): SpanBatch {
  const batch = createSpanBatch();
  batch.resources.add();
  batch.scopes.add();
  for (const name of names) {
    const row = batch.spans.add();
    const at = batch.heap.appendText(name);
    batch.spans.columns.name.setPair(row, at, batch.heap.length - at);
    batch.spans.columns.traceId.set(row, new Uint8Array(16).fill(row + 1));
    batch.spans.columns.spanId.set(row, new Uint8Array(8).fill(row + 1));
  }
  return batch;
}

export const namesOf = (batch: Lent<SpanBatch>): string[] =>
  Array.from({length: batch.spans.count}, (_, row) => utf8(batch.spans.columns.name.bytes(row, batch.heap)));

export const contextOf = (
  tenant: string = defaultTenant,
  metadata?: Readonly<Record<string, string>>,
): ConsumeContext => ({
  tenant: tenant as TenantId,
  ...(metadata === undefined
    ? {}
    : {metadata: new Map(Object.entries(metadata).map(([key, value]) => [key, [value]] as const))}),
});
