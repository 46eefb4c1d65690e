/** The message `Histogram` of Prometheus's remote write, which both of its versions share. */
import type {ProtoWriter} from '../model/index.ts';

/** Buckets in runs: each run begins `offset` buckets after the end of the one before it. */
interface WriteBuckets {
  readonly runs: readonly {readonly offset: number; readonly counts: readonly number[]}[];
}

/** A native histogram with whole counts. `sum` undefined where the series ends (it becomes stale). */
export interface WriteHistogram {
  readonly count: number;
  readonly sum: number | undefined;
  /** From -4 to 8, or `customBuckets`. */
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: WriteBuckets;
  readonly negative: WriteBuckets;
  /** The upper bounds but +Inf, ascending, where the schema is `customBuckets`. */
  readonly bounds?: readonly number[];
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** The schema of histograms whose bounds are listed. */
export const customBuckets = -53;

/** Writes the fields of a histogram; `start`, which only version 2.0 has, is 0 where it is not known. */
export function writeHistogram(writer: ProtoWriter, histogram: WriteHistogram, start = 0): void {
  const {bounds = []} = histogram;
  if (start > 0) writer.numberField(17, start);
  if (bounds.length > 0) {
    const end = writer.length;
    for (const bound of bounds.toReversed()) writer.double(bound);
    writer.delimited(16, end);
  }
  writeTime(writer, 15, histogram.time);
  writeBuckets(writer, 11, histogram.positive);
  writeBuckets(writer, 8, histogram.negative);
  writer.numberField(6, histogram.zeroCount);
  writer.doubleField(5, histogram.zeroThreshold);
  zigzagField(writer, 4, histogram.schema);
  writeValue(writer, 3, histogram.sum);
  writer.numberField(1, histogram.count);
}

/** A double; undefined is the NaN by which Prometheus knows that a series has ended. */
export function writeValue(writer: ProtoWriter, number: number, value: number | undefined): void {
  if (value !== undefined) return writer.doubleField(number, value);
  writer.fixed64(2, 0x7ff0_0000);
  writer.tag(number, 1);
}

export function writeTime(writer: ProtoWriter, number: number, millis: number): void {
  writer.numberField(number, Math.max(0, millis));
}

/** The runs in the field `number`, and in the next field how much each bucket differs from the one before it. */
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

function zigzagField(writer: ProtoWriter, number: number, value: number): void {
  zigzag(writer, value);
  writer.tag(number, 0);
}

function zigzag(writer: ProtoWriter, value: number): void {
  const coded = value < 0 ? -2 * value - 1 : 2 * value;
  writer.varint(coded >>> 0, Math.floor(coded / 2 ** 32));
}
