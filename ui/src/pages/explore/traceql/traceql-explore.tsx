import {IconCodeDots, IconFilterOff} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {getRouteApi} from '@tanstack/react-router';
import {faultsIn} from '@weft/server/traceql-language';
import {type ReactNode, useMemo, useState} from 'react';
import {queries, type TempoSearchResponse, type TempoSeriesResponse} from '../../../api/index.ts';
import {type Answer, View} from '../../../frame/index.ts';
import {useText} from '../../../i18n/index.ts';
import {defaultLimit, rangeInNanos} from '../../../urls/index.ts';
import {QuietPanel, Segmented} from '../../../widgets/index.ts';
import {spanText} from '../span-text/index.ts';
import {useEntry} from '../use-entry.ts';
import type {Asked, ChangeAsked} from '../use-explore-url.ts';
import {WhileReading} from '../while-reading.tsx';
import {SeriesResults} from './series-results.tsx';
import {type Shape, shapeOf} from './shape.ts';
import {SpansetResults} from './spanset-results.tsx';
import {traceqlText} from './text/index.ts';
import {TraceqlBar} from './traceql-bar.tsx';
import {useSpansets} from './use-spansets.ts';

const route = getRouteApi('/');
/** Marks on a chart that lead to a trace each. */
const EXEMPLARS = 60;
/** All of the range is counted again. */
const LIVE_SERIES_INTERVAL = 5_000;

export interface TraceqlProps {
  readonly asked: Asked;
  readonly q: string;
  /** What stands in every bar of the page, for the query as it is being written. */
  readonly tools: (draft: string) => ReactNode;
  /** Stands below the bar. */
  readonly noted: ReactNode;
  readonly onChange: ChangeAsked;
  readonly onRefresh: () => void;
}

/** A query of TraceQL and its answer: traces, spans, groups of them, or series over time, as the query asks. */
export function TraceqlExplore(props: TraceqlProps) {
  // Waits for the texts here, where nothing has a state or the focus yet.
  useText(traceqlText);
  useText(spanText);
  return <Answered {...props} />;
}

/** One view for every kind of answer, so that the editor stays as it is when a query asks for another kind. */
function Answered({asked: {context, url}, q, tools, noted, onChange, onRefresh}: TraceqlProps) {
  const text = useText(traceqlText);
  const shape = useMemo(() => shapeOf(q), [q]);
  const faults = useMemo(() => faultsIn(q), [q]);
  const shown = shownKind(shape, url.results);
  const {last, start, end} = context;
  const range = useMemo(() => ({last, start, end}), [last, start, end]);
  const entry = useEntry(route.useSearch());
  const limit = url.limit ?? defaultLimit;
  const asks = faults.length === 0;
  const live = context.live === true;
  const [hold, setHold] = useState(false);
  const found = useSpansets(
    asks && shape.kind === 'spans' ? shape.asked : undefined,
    {range, limit, live, plots: shown === 'traces'},
    hold,
  );
  const series = useQuery({
    ...queries.tempoSeries([q, range], () => ({q, exemplars: EXEMPLARS, ...rangeInNanos(range, Date.now())})),
    enabled: asks && shape.kind === 'series',
    refetchInterval: live ? LIVE_SERIES_INTERVAL : false,
  });
  const answer: Answer<TempoSearchResponse | TempoSeriesResponse> = shape.kind === 'series' ? series : found.answer;
  return (
    <View
      title={text.editor.label}
      heading="hidden"
      bar={
        <>
          <TraceqlBar
            q={q}
            tools={tools}
            kinds={<Kinds shape={shape} shown={shown} onChange={onChange} />}
            onRun={(next) => (next === q ? onRefresh() : onChange({q: next}))}
          />
          {noted}
        </>
      }
      answer={answer}
      busy={!live}
      unasked={
        // What is wrong with it stands in the editor, at its word.
        asks && shape.kind !== 'faulty' ? undefined : (
          <QuietPanel icon={<IconCodeDots size={26} />} title={text.editor.faulty} hint={text.editor.faultyHint} />
        )
      }
      empty={(data) =>
        ('series' in data ? data.series : data.traces).length === 0 ? (
          <QuietPanel icon={<IconFilterOff size={26} />} title={text.results.nothing} hint={text.results.nothingHint} />
        ) : undefined
      }
    >
      {(data) =>
        'series' in data
          ? shape.kind === 'series' && (
              <SeriesResults
                data={data}
                shape={shape}
                table={shown === 'table'}
                range={rangeInNanos(range, answer.dataUpdatedAt)}
              />
            )
          : shape.kind === 'spans' && (
              <WhileReading old={answer.isPlaceholderData} onHold={setHold}>
                <SpansetResults
                  data={data}
                  found={found}
                  q={q}
                  url={url}
                  range={range}
                  entry={entry}
                  live={live}
                  limit={limit}
                  shown={shown}
                  columns={shape.columns}
                  onChange={onChange}
                />
              </WhileReading>
            )
      }
    </View>
  );
}

/** What the address asks for, where the query has it. */
function shownKind(shape: Shape, results: string | undefined): string {
  if (shape.kind === 'series') return results === 'table' ? 'table' : 'chart';
  if (results === 'groups' && shape.kind === 'spans' && !shape.grouped) return 'traces';
  return results === 'spans' || results === 'groups' ? results : 'traces';
}

function Kinds({
  shape,
  shown,
  onChange,
}: {
  readonly shape: Shape;
  readonly shown: string;
  readonly onChange: ChangeAsked;
}) {
  const text = useText(traceqlText);
  if (shape.kind === 'series')
    return (
      <Segmented
        label={text.seriesKinds.label}
        value={shown}
        choices={(['chart', 'table'] as const).map((value) => ({
          value: value as string,
          label: text.seriesKinds[value],
        }))}
        onChange={(value) => onChange({results: value === 'table' ? 'table' : undefined})}
      />
    );
  const kinds = ['traces', 'spans', ...(shape.kind === 'spans' && shape.grouped ? (['groups'] as const) : [])] as const;
  return (
    <Segmented
      label={text.kinds.label}
      value={shown}
      choices={kinds.map((value) => ({value: value as string, label: text.kinds[value]}))}
      onChange={(value) => onChange({results: value === 'spans' || value === 'groups' ? value : undefined})}
    />
  );
}
