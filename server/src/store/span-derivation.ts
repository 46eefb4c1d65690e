/** The sums of spans as the spool makes them, and what readers are told of spans that are in no sum yet. */
import {crc32} from 'node:zlib';
import type {SpoolOptions} from '../spool/index.ts';
import {createSpanDeriver} from './derive-spans.ts';
import {spanFilterTable} from './schema-filters.ts';
import {segmentNumber, spanTable} from './schema-segments.ts';
import type {SpanNewsFeed, Sum} from './span-news.ts';

/** Tables whose rows readers keep in memory. */
const toldTables: ReadonlySet<string> = new Set(['traces', 'span_rates', spanFilterTable]);
/** Of groups whose sums wait for ClickHouse: of more, readers read the table again. */
const maxWaiting = 10;

type Feed = Pick<SpanNewsFeed, 'taken' | 'gone' | 'summingUp' | 'summedUp'>;

/**
 * `tellsPlaces` says whether readers keep an index of traces of their own, `keepsFiles` whether they may read what is older than retention
 * for some minutes.
 */
export function spanDerivation(
  feed: Feed,
  {tellsPlaces = true, keepsFiles = tellsPlaces}: {readonly tellsPlaces?: boolean; readonly keepsFiles?: boolean} = {},
): NonNullable<SpoolOptions['derived']> {
  const deriver = createSpanDeriver();
  let before = 0;
  let checksums = new Uint32Array(0);
  /** Added since the last `finish`. */
  let tokens: string[] = [];
  /** By the first token of a group. */
  const waiting = new Map<string, readonly Sum[]>();
  return {
    table: spanTable,
    deriver: {
      get rows() {
        return deriver.rows;
      },
      add(bytes, token, known) {
        before = deriver.rows;
        deriver.add(bytes, segmentNumber(token));
        if (keepsFiles) checksums = known ? Uint32Array.from(known) : checksumsOf(bytes, deriver.blockStarts);
        tokens.push(token);
      },
      finish() {
        const blocks = deriver.finish();
        const [first] = tokens;
        tokens = [];
        feed.summingUp();
        if (first !== undefined && waiting.size < maxWaiting) {
          const told = blocks.filter(({table}) => toldTables.has(table));
          // The bytes are the pool's.
          waiting.set(
            first,
            told.map(({table, bytes}) => ({table, bytes: bytes.slice()})),
          );
        }
        return blocks;
      },
    },
    onTaken(token, files) {
      const {buckets} = deriver;
      if (buckets === undefined) return;
      const segment = {segment: segmentNumber(token), ...buckets, spans: deriver.rows - before};
      const places = tellsPlaces ? deriver.places() : undefined;
      const file = places && files && keepsFiles ? {paths: files, checksums} : undefined;
      const lists = [...Object.values(places ?? {}), ...(file ? [file.checksums] : [])];
      feed.taken(
        {token, segment, places, file},
        lists.map(({buffer}) => buffer),
      );
    },
    onDerived(tokens) {
      const first = tokens[0] ?? '';
      feed.summedUp(tokens, waiting.get(first));
      waiting.delete(first);
    },
    ...(keepsFiles && {onGone: (tokens) => feed.gone(tokens)}),
  };
}

const checksumsOf = (bytes: Uint8Array, starts: Uint32Array): Uint32Array<ArrayBuffer> =>
  Uint32Array.from({length: starts.length - 1}, (_, i) => crc32(bytes.subarray(starts[i], starts[i + 1])));
