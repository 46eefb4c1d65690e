/** The sums of spans as the spool makes them, and what readers are told of spans that are in no sum yet. */
import type {SpoolOptions} from '../spool/index.ts';
import {createSpanDeriver} from './derive-spans.ts';
import {segmentNumber, spanTable} from './schema-segments.ts';
import type {SpanNewsFeed} from './span-news.ts';

export function spanDerivation(feed: Pick<SpanNewsFeed, 'taken' | 'summedUp'>): NonNullable<SpoolOptions['derived']> {
  const deriver = createSpanDeriver();
  let before = 0;
  return {
    table: spanTable,
    deriver: {
      get rows() {
        return deriver.rows;
      },
      add(bytes, token) {
        before = deriver.rows;
        deriver.add(bytes, segmentNumber(token));
      },
      finish: () => deriver.finish(),
    },
    onTaken(token) {
      const {buckets} = deriver;
      if (buckets === undefined) return;
      const segment = {segment: segmentNumber(token), ...buckets, spans: deriver.rows - before};
      feed.taken({token, segment});
    },
    onDerived: (tokens) => feed.summedUp(tokens),
  };
}
