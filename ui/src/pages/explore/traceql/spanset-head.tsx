import {Button} from '@mantine/core';
import {IconArrowUp, IconBulb} from '@tabler/icons-react';
import {useMemo} from 'react';
import {useFormat, useText} from '../../../i18n/index.ts';
import {type RangeUrl, rangeInMs, rangeInNanos} from '../../../urls/index.ts';
import {countedPoints, type PlotTrace, tracePoints} from '../plot-data.ts';
import barClasses from '../results-bar.module.css';
import {baselineOf, SharePanel} from '../share-panel.tsx';
import {termsOf} from '../share-terms.ts';
import {exploreText} from '../text/index.ts';
import {TracePlot} from '../trace-plot.tsx';
import type {Asked, ChangeAsked} from '../use-explore-url.ts';
import {heatmapColumns, heatmapRows} from '../use-results.ts';
import {type FoundTrace, traceRows} from './found.ts';
import {ofWholeMillis, withDurations, withoutDurations, withSpans} from './narrow.ts';
import {toTraceql} from './to-traceql.ts';
import type {Spansets} from './use-spansets.ts';

/** Whether a trace's request failed is not told: an error in it is. */
const plotTrace = (trace: FoundTrace): PlotTrace => ({
  traceId: trace.id,
  service: trace.service,
  name: trace.name ?? '',
  startUnixNano: trace.start,
  durationNano: trace.durationNano,
  spans: trace.spans,
  errors: trace.errors,
  tone: trace.errors > 0 ? 'failed' : 'plain',
});

/** The traces that fit as a plot. A part that is marked out becomes a part of the query. */
export function SpansetPlot({
  rows,
  found: {answer, plotted, isCut},
  q,
  url,
  range,
  hovered,
  onChange,
}: {
  readonly rows: readonly FoundTrace[];
  readonly found: Spansets;
  readonly q: string;
  readonly url: Asked['url'];
  readonly range: RangeUrl;
  readonly hovered: string | undefined;
  readonly onChange: ChangeAsked;
}) {
  const text = useText(exploreText).plot;
  const format = useFormat();
  const at = answer.dataUpdatedAt;
  const {from, to} = rangeInMs(range, at);
  const all = useMemo(() => traceRows(plotted).map(plotTrace), [plotted]);
  const listed = useMemo(() => rows.map(plotTrace), [rows]);
  const heatmap = useMemo(
    () => countedPoints(tracePoints(all), {from, to}, heatmapColumns, heatmapRows),
    [all, from, to],
  );
  const plot = url.plot ?? 'heatmap';
  return (
    <TracePlot
      traces={plot === 'scatter' ? all : listed}
      heatmap={heatmap}
      plot={plot}
      tells="errors"
      note={isCut ? text.first.newest(format.count(all.length)) : undefined}
      range={range}
      at={at}
      hovered={hovered}
      onMark={(marked) =>
        onChange({
          ...marked.range,
          live: undefined,
          q: marked.durations === undefined ? q : withDurations(q, ofWholeMillis(marked.durations)),
          // Narrowed again, it is still held against the whole that the reader began with.
          against: url.against?.includes('~') === true ? url.against : marked.whole,
        })
      }
      onPlot={(next) => onChange({plot: next === 'heatmap' ? undefined : next}, 'replace')}
    />
  );
}

/** How many fit, those that wait, and what they share. */
export function SpansetBar({
  count,
  isMore,
  found: {waiting, showWaiting},
  shares,
  url,
  onChange,
}: {
  readonly count: number;
  readonly isMore: boolean;
  readonly found: Spansets;
  /** Whether it can be told what they share. */
  readonly shares: boolean;
  readonly url: Asked['url'];
  readonly onChange: ChangeAsked;
}) {
  const {results: text, share} = useText(exploreText);
  const format = useFormat();
  return (
    <div className={barClasses.bar}>
      <strong role="status" className={barClasses.count}>
        {isMore ? text.atLeast(format.count(count)) : text.count(count, format.count(count))}
      </strong>
      {isMore && <span className={barClasses.more}>{text.shown.newest(format.count(count))}</span>}
      {waiting > 0 && (
        <Button size="compact-xs" variant="light" leftSection={<IconArrowUp size={12} />} onClick={showWaiting}>
          {text.newTraces(waiting, format.count(waiting))}
        </Button>
      )}
      <span className={barClasses.push} />
      {shares && (
        <Button
          size="compact-xs"
          variant={url.against === undefined ? 'default' : 'light'}
          fw={400}
          aria-expanded={url.against !== undefined}
          leftSection={<IconBulb size={13} />}
          onClick={() => onChange({against: url.against === undefined ? 'same' : undefined}, 'replace')}
        >
          {share.title}
        </Button>
      )}
    </div>
  );
}

/** What the query's traces share, held against all others, or a marked part against the rest of the query's. */
export function SpansetShares({
  q,
  range,
  against,
  entry,
  onChange,
}: {
  readonly q: string;
  readonly range: RangeUrl;
  readonly against: string;
  readonly entry: string;
  readonly onChange: ChangeAsked;
}) {
  return (
    <SharePanel
      queryKey={[entry, q, range, against]}
      parameters={() => ({
        q,
        ...rangeInNanos(range, Date.now()),
        ...(against === 'same' ? {} : {baseline: withoutDurations(q), ...baselineOf(against)}),
      })}
      enabled
      changeOf={(attribute, has) => {
        // TraceQL has no words for traces without such a span.
        const terms = has ? termsOf(attribute, true) : undefined;
        if (terms === undefined) return undefined;
        const {text, left} = toTraceql(terms, {});
        return left.length > 0 ? undefined : {q: withSpans(q, text)};
      }}
      onChange={onChange}
    />
  );
}
