/** The sums of spans as the spool makes them, and what readers are told of spans that are in no sum yet. */
import type {SpoolOptions} from '../spool/index.ts';
import {createSpanDeriver} from './derive-spans.ts';
import {segmentNumber, spanTable} from './schema-segments.ts';
import type {SpanNewsFeed, Sum} from './span-news.ts';

/** Tables whose rows readers keep in memory. */
const toldTables: ReadonlySet<string> = new Set(['traces']);
/** Of groups whose sums wait for ClickHouse: of more, readers read the table again. */
const maxWaiting = 10;

type Feed = Pick<SpanNewsFeed, 'taken' | 'summingUp' | 'summedUp'>;

/** `tellsPlaces` says whether readers keep an index of traces of their own. */
export function spanDerivation(
  feed: Feed,
  {tellsPlaces = true}: {readonly tellsPlaces?: boolean} = {},
): NonNullable<SpoolOptions['derived']> {
  const deriver = createSpanDeriver();
  let before = 0;
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
      add(bytes, token) {
        before = deriver.rows;
        deriver.add(bytes, segmentNumber(token));
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
    onTaken(token) {
      const {buckets} = deriver;
      if (buckets === undefined) return;
      const segment = {segment: segmentNumber(token), ...buckets, spans: deriver.rows - before};
      const places = tellsPlaces ? deriver.places() : undefined;
      feed.taken({token, segment, places}, places && [places.keys.buffer, places.buckets.buffer, places.blocks.buffer]);
    },
    onDerived(tokens) {
      const first = tokens[0] ?? '';
      feed.summedUp(tokens, waiting.get(first));
      waiting.delete(first);
    },
  };
}
