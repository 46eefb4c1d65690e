/** Prometheus remote write 1.0 and 2.0: series, and the requests that carry them. */
import {ProtoWriter} from '../model/index.ts';
import {type WriteHistogram, writeHistogram, writeTime, writeValue} from './prometheus-histogram.ts';

/** Sorted by name; the metric's name is `__name__`. */
export type WriteLabels = readonly (readonly [name: string, value: string])[];

export interface WriteExemplar {
  readonly labels: WriteLabels;
  readonly value: number;
  /** Milliseconds since 1970, here and below. */
  readonly time: number;
}

export interface WriteSeries {
  readonly labels: WriteLabels;
  /** Of the metric that the series belongs to. */
  readonly metadata: WriteMetadata;
  /** Since when the samples and histograms count; 0 where that is not known, or they do not count. */
  readonly start: number;
  /** `value` undefined ends the series: it becomes stale. */
  readonly samples?: readonly {readonly value: number | undefined; readonly time: number}[];
  readonly exemplars?: readonly WriteExemplar[];
  readonly histograms?: readonly WriteHistogram[];
}

export interface WriteMetadata {
  readonly type: 'unknown' | 'counter' | 'gauge' | 'histogram' | 'summary' | 'info';
  /** Of the metric, without the suffixes of its series. */
  readonly name: string;
  readonly help: string;
  readonly unit: string;
}

/** A request that is being filled. */
export interface WriteRequest {
  /** How many series it has. */
  readonly count: number;
  /** Says whether there is room for the series in a request of `limit` bytes; the first one always has room. */
  add(series: WriteSeries, limit: number): boolean;
  /** The bytes of its message. */
  finish(): Uint8Array;
}

/** The number of a type in messages of either version. */
const metadataTypes = {unknown: 0, counter: 1, gauge: 2, histogram: 3, summary: 5, info: 6} as const;

/** A `prometheus.WriteRequest`, the message of version 1.0; `withMetadata` describes each metric of the request once. */
export function writeRequestV1(withMetadata: boolean): WriteRequest {
  const fields: Uint8Array[] = [];
  const described = new Set<string>();
  let bytes = 0;
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(series, limit) {
      const {name} = series.metadata;
      const added = [encodeSeries(series)];
      if (withMetadata && !described.has(name)) added.unshift(encodeMetadata(series.metadata));
      const more = added.reduce((sum, each) => sum + each.length, 0);
      if (count > 0 && bytes + more > limit) return false;
      described.add(name);
      fields.push(...added);
      bytes += more;
      count++;
      return true;
    },
    finish: () => Buffer.concat(fields, bytes),
  };
}

/** An `io.prometheus.write.v2.Request`, the message of version 2.0. Texts stand once, in its table of symbols. */
export function writeRequestV2(): WriteRequest {
  // The empty text is the first by the specification.
  const symbols = new Map<string, number>([['', 0]]);
  const fields: Uint8Array[] = [];
  let bytes = symbolBytes('');
  /** Symbols that the series at hand brought. */
  let added: string[] = [];
  const refer = (text: string): number => {
    let ref = symbols.get(text);
    if (ref === undefined) {
      ref = symbols.size;
      symbols.set(text, ref);
      added.push(text);
    }
    return ref;
  };
  return {
    get count() {
      return fields.length;
    },
    add(series, limit) {
      added = [];
      const field = encodeSeriesV2(series, refer);
      const more = added.reduce((sum, text) => sum + symbolBytes(text), field.length);
      if (fields.length > 0 && bytes + more > limit) {
        for (const text of added) symbols.delete(text);
        return false;
      }
      fields.push(field);
      bytes += more;
      return true;
    },
    finish() {
      const writer = new ProtoWriter(bytes);
      for (const text of [...symbols.keys()].toReversed()) writer.textField(4, text);
      return Buffer.concat([writer.finish(), ...fields]);
    },
  };
}

/** At most, with the head of its field. */
const symbolBytes = (text: string): number => Buffer.byteLength(text) + 6;

function encodeSeries({labels, samples = [], exemplars = [], histograms = []}: WriteSeries): Uint8Array {
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
        writeValue(writer, 1, value);
      });
    }
    writeLabels(writer, labels);
  });
  return writer.finish();
}

function encodeMetadata({type, name, help, unit}: WriteMetadata): Uint8Array {
  const writer = new ProtoWriter(128);
  writer.messageField(3, () => {
    writer.textField(5, unit);
    writer.textField(4, help);
    writer.textField(2, name);
    writer.numberField(1, metadataTypes[type]);
  });
  return writer.finish();
}

function encodeSeriesV2(series: WriteSeries, refer: (text: string) => number): Uint8Array {
  const {labels, metadata, start, samples = [], exemplars = [], histograms = []} = series;
  const writer = new ProtoWriter(128);
  writer.messageField(5, () => {
    writer.messageField(5, () => {
      writer.numberField(4, refer(metadata.unit));
      writer.numberField(3, refer(metadata.help));
      writer.numberField(1, metadataTypes[metadata.type]);
    });
    for (const {labels: own, value, time} of exemplars.toReversed()) {
      writer.messageField(4, () => {
        writeTime(writer, 3, time);
        writer.doubleField(2, value);
        writeReferences(writer, own, refer);
      });
    }
    for (const each of histograms.toReversed()) writer.messageField(3, () => writeHistogram(writer, each, start));
    for (const {value, time} of samples.toReversed()) {
      writer.messageField(2, () => {
        if (start > 0) writeTime(writer, 3, start);
        writeTime(writer, 2, time);
        writeValue(writer, 1, value);
      });
    }
    writeReferences(writer, labels, refer);
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

function writeReferences(writer: ProtoWriter, labels: WriteLabels, refer: (text: string) => number): void {
  if (labels.length === 0) return;
  writer.messageField(1, () => {
    for (const text of labels.flat().toReversed()) writer.varint(refer(text), 0);
  });
}
