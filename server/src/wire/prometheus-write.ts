/** Prometheus remote write 1.0: the message `prometheus.WriteRequest`, and one of its series at a time. */
import {ProtoWriter} from '../model/index.ts';

/** Sorted by name; the metric's name is `__name__`. */
export type WriteLabels = readonly (readonly [name: string, value: string])[];

export interface WriteExemplar {
  readonly labels: WriteLabels;
  readonly value: number;
  /** Milliseconds since 1970, here and below. */
  readonly time: number;
}

/** Buckets in runs: each run begins `offset` buckets after the end of the one before it. */
interface WriteBuckets {
  readonly runs: readonly {readonly offset: number; readonly counts: readonly number[]}[];
}

/** A native histogram with whole counts. `sum` undefined where the series ends (it becomes stale). */
export interface WriteHistogram {
  readonly count: number;
  readonly sum: number | undefined;
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: WriteBuckets;
  readonly negative: WriteBuckets;
  readonly time: number;
}

export interface WriteSeries {
  readonly labels: WriteLabels;
  /** `value` undefined ends the series: it becomes stale. */
  readonly samples?: readonly {readonly value: number | undefined; readonly time: number}[];
  readonly exemplars?: readonly WriteExemplar[];
  readonly histograms?: readonly WriteHistogram[];
}

export interface WriteMetadata {
  readonly type: 'unknown' | 'counter' | 'gauge' | 'histogram' | 'summary' | 'info';
  readonly name: string;
  readonly help: string;
  readonly unit: string;
}

const metadataTypes = {unknown: 0, counter: 1, gauge: 2, histogram: 3, summary: 5, info: 6} as const;

/** A field of a WriteRequest: requests are such fields one after the other. */
export function encodeSeries({labels, samples = [], exemplars = [], histograms = []}: WriteSeries): Uint8Array {
  const writer = new ProtoWriter(256);
  // The writer goes from the end to the beginning.
  writer.messageField(1, () => {
    for (const each of histograms.toReversed()) writer.messageField(4, () => writeHistogram(writer, each));
    for (const {labels: own, value, time} of exemplars.toReversed()) {
      writer.messageField(3, () => {
        writeTime(writer, 3, time);
        writer.doubleField(2, value);
        writeLabels(writer, own);
      });
    }
    for (const {value, time} of samples.toReversed()) {
      writer.messageField(2, () => {
        writeTime(writer, 2, time);
        if (value === undefined) writeStale(writer, 1);
        else writer.doubleField(1, value);
      });
    }
    writeLabels(writer, labels);
  });
  return writer.finish();
}

/** Such a field too. */
export function encodeMetadata({type, name, help, unit}: WriteMetadata): Uint8Array {
  const writer = new ProtoWriter(128);
  writer.messageField(3, () => {
    writer.textField(5, unit);
    writer.textField(4, help);
    writer.textField(2, name);
    writer.numberField(1, metadataTypes[type]);
  });
  return writer.finish();
}

/** As Prometheus orders labels: by the bytes of their names. */
export const sortLabels = (labels: Iterable<readonly [string, string]>): WriteLabels =>
  [...labels].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

function writeLabels(writer: ProtoWriter, labels: WriteLabels): void {
  for (const [name, value] of labels.toReversed()) {
    writer.messageField(1, () => {
      writer.textField(2, value);
      writer.textField(1, name);
    });
  }
}

function writeHistogram(writer: ProtoWriter, histogram: WriteHistogram): void {
  writeTime(writer, 15, histogram.time);
  writeBuckets(writer, 11, histogram.positive);
  writeBuckets(writer, 8, histogram.negative);
  writer.numberField(6, histogram.zeroCount);
  writer.doubleField(5, histogram.zeroThreshold);
  zigzagField(writer, 4, histogram.schema);
  if (histogram.sum === undefined) writeStale(writer, 3);
  else writer.doubleField(3, histogram.sum);
  writer.numberField(1, histogram.count);
}

/** The runs in the field `number`, what is more or less in each bucket than in the one before it in the next field. */
function writeBuckets(writer: ProtoWriter, number: number, {runs}: WriteBuckets): void {
  const counts = runs.flatMap((run) => run.counts);
  if (counts.length === 0) return;
  writer.messageField(number + 1, () => {
    for (let i = counts.length - 1; i >= 0; i--) zigzag(writer, (counts[i] as number) - (counts[i - 1] ?? 0));
  });
  for (const {offset, counts: own} of runs.toReversed()) {
    writer.messageField(number, () => {
      writer.numberField(2, own.length);
      zigzagField(writer, 1, offset);
    });
  }
}

/** The NaN by which Prometheus knows that a series has ended. */
function writeStale(writer: ProtoWriter, number: number): void {
  writer.fixed64(2, 0x7ff0_0000);
  writer.tag(number, 1);
}

function writeTime(writer: ProtoWriter, number: number, millis: number): void {
  writer.numberField(number, Math.max(0, millis));
}

function zigzagField(writer: ProtoWriter, number: number, value: number): void {
  zigzag(writer, value);
  writer.tag(number, 0);
}

function zigzag(writer: ProtoWriter, value: number): void {
  const coded = value < 0 ? -2 * value - 1 : 2 * value;
  writer.varint(coded >>> 0, Math.floor(coded / 2 ** 32));
}
