/** For tests: a remote write request as plain objects, and a server that takes them. */
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {utf8} from '../base/index.ts';
import {ProtoReader} from '../model/index.ts';
import {snappyDecompress} from '../wire/index.ts';

export interface WrittenSeries {
  /** `name{label="value",…}`. */
  readonly series: string;
  /** `stale` for the NaN that ends a series. */
  readonly samples: readonly (readonly [value: number | 'stale', millis: number])[];
  readonly exemplars: readonly string[];
  readonly histograms: readonly object[];
  /** Of version 2.0: `type unit help` of the metric, and when the samples or histograms began. */
  readonly about?: string;
  readonly starts?: readonly number[];
}

type Field = {readonly number: number; readonly from: number; readonly to: number; readonly varint: number};

/** The series of a request, and the metadata of one of version 1.0 as `type name unit help`. */
export function readWriteRequest(
  body: Uint8Array,
  version: 1 | 2 = 1,
): {readonly series: WrittenSeries[]; readonly metadata: string[]} {
  const bytes = snappyDecompress(body, 1 << 26);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const reader = new ProtoReader(bytes);
  const fields = (from: number, to: number): Field[] => {
    const list: Field[] = [];
    for (let at = from; at < to; ) {
      at = reader.next(at, to);
      list.push({number: reader.tag >>> 3, from: reader.from, to: at, varint: reader.high * 2 ** 32 + reader.low});
    }
    return list;
  };
  const text = ({from, to}: Field): string => utf8(bytes, from, to - from);
  const of = (field: Field) => fields(field.from, field.to);
  const find = (list: readonly Field[], number: number) => list.find((each) => each.number === number);
  const double = (field: Field | undefined): number | 'stale' => {
    if (field === undefined) return 0;
    const isStale = view.getUint32(field.from, true) === 2 && view.getUint32(field.from + 4, true) === 0x7ff0_0000;
    return isStale ? 'stale' : view.getFloat64(field.from, true);
  };
  const zigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);
  const labels = (list: readonly Field[]): [string, string][] =>
    list
      .filter(({number}) => number === 1)
      .map(
        (label) =>
          [1, 2]
            .map((number) => of(label).find((each) => each.number === number))
            .map((each) => (each === undefined ? '' : text(each))) as [string, string],
      );
  const varints = (field: Field | undefined): number[] => {
    const values: number[] = [];
    for (let at = field?.from ?? 0; at < (field?.to ?? 0); ) {
      at = reader.varint(at, field?.to ?? 0);
      values.push(reader.high * 2 ** 32 + reader.low);
    }
    return values;
  };
  const packed = (list: readonly Field[], number: number): number[] => varints(find(list, number)).map(zigzag);
  const doubles = (field: Field | undefined): number[] =>
    Array.from({length: field === undefined ? 0 : (field.to - field.from) / 8}, (_, i) =>
      view.getFloat64((field as Field).from + 8 * i, true),
    );
  const runs = (list: readonly Field[], number: number) =>
    list
      .filter((each) => each.number === number)
      .map((run) => [zigzag(find(of(run), 1)?.varint ?? 0), find(of(run), 2)?.varint ?? 0]);
  const shown = (list: readonly [string, string][]): string => {
    const name = list.find(([key]) => key === '__name__')?.[1] ?? '';
    return `${name}{${list
      .filter(([key]) => key !== '__name__')
      .map(([key, value]) => `${key}="${value}"`)
      .join(',')}}`;
  };
  const histogram = (each: readonly Field[]) => ({
    count: find(each, 1)?.varint,
    sum: double(find(each, 3)),
    schema: zigzag(find(each, 4)?.varint ?? 0),
    zeroThreshold: double(find(each, 5)),
    zeroCount: find(each, 6)?.varint,
    negative: [runs(each, 8), packed(each, 9)],
    positive: [runs(each, 11), packed(each, 12)],
    time: find(each, 15)?.varint,
    ...(find(each, 16) === undefined ? {} : {bounds: doubles(find(each, 16))}),
  });
  const top = fields(0, bytes.length);
  const all = (own: readonly Field[], number: number) => own.filter((each) => each.number === number).map(of);
  const sample = (each: readonly Field[]) => [double(find(each, 1)), find(each, 2)?.varint ?? 0] as const;
  const exemplar = (each: readonly Field[], own: readonly [string, string][]): string =>
    `${shown(own)} ${double(find(each, 2))} ${find(each, 3)?.varint}`;
  if (version === 2) {
    const symbols = top.filter(({number}) => number === 4).map(text);
    const referred = (own: readonly Field[]): [string, string][] => {
      const texts = varints(find(own, 1)).map((ref) => symbols[ref] ?? `no symbol ${ref}`);
      return Array.from({length: texts.length / 2}, (_, i) => [texts[2 * i] as string, texts[2 * i + 1] as string]);
    };
    const series = all(top, 5).map((own) => {
      const about = all(own, 5)[0] ?? [];
      return {
        series: shown(referred(own)),
        samples: all(own, 2).map(sample),
        exemplars: all(own, 4).map((each) => exemplar(each, referred(each))),
        histograms: all(own, 3).map(histogram),
        about: [find(about, 1)?.varint ?? 0, ...[4, 3].map((n) => symbols[find(about, n)?.varint ?? 0])].join(' '),
        starts: [
          ...all(own, 2).map((each) => find(each, 3)?.varint ?? 0),
          ...all(own, 3).map((each) => find(each, 17)?.varint ?? 0),
        ],
      };
    });
    return {series, metadata: [symbols[0] === '' ? '' : 'the first symbol is not empty'].filter((each) => each !== '')};
  }
  return {
    metadata: all(top, 3).map((own) => {
      const said = (number: number): string => {
        const found = find(own, number);
        return found === undefined ? '' : text(found);
      };
      return `${find(own, 1)?.varint ?? 0} ${said(2)} ${said(5)} ${said(4)}`;
    }),
    series: all(top, 1).map((own) => ({
      series: shown(labels(own)),
      samples: all(own, 2).map(sample),
      exemplars: all(own, 3).map((each) => exemplar(each, labels(each))),
      histograms: all(own, 4).map(histogram),
    })),
  };
}

/** A server that takes remote write requests; `answer` says with which status and headers, and may take its time. */
export async function startWriteServer(
  answer: (
    body: Uint8Array,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ) => Promise<number | readonly [status: number, headers: Readonly<Record<string, string>>]>,
): Promise<{readonly url: string; close(): void}> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void answer(Buffer.concat(chunks), request.headers).then((said) => {
        const [status, headers = {}] = typeof said === 'number' ? [said] : said;
        response.writeHead(status, headers).end('said so');
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api/v1/write`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
