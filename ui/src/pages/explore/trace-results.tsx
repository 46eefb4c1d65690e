import {useMemo, useRef, useState} from 'react';
import type {TraceSearchResponse} from '../../api/index.ts';
import {View} from '../../frame/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {conditionParameters, isAskable, type Order, rangeInNanos} from '../../urls/index.ts';
import {narrowed} from './narrow-question.ts';
import {NoMatch} from './no-match.tsx';
import {heatmapLayer, plotTrace} from './plot-data.ts';
import type {ResultsProps} from './result-kinds.ts';
import {ResultsBar} from './results-bar.tsx';
import {baselineOf, SharePanel} from './share-panel.tsx';
import {changeOf} from './share-terms.ts';
import {exploreText} from './text/index.ts';
import {TraceList} from './trace-list.tsx';
import {TracePlot} from './trace-plot.tsx';
import classes from './trace-results.module.css';
import {asksFor} from './use-explore-url.ts';
import {type Results, useForgetting, useResults} from './use-results.ts';
import {useUnasked} from './use-unasked.tsx';

/** Traces: all that fit as a plot, the first of them as a list. */
export function TraceResults({asked, entry, title, bar, down, onChange}: ResultsProps) {
  const [hold, setHold] = useState(false);
  const {query, results} = useResults(asked, entry, hold);
  useForgetting(entry);
  const live = asked.context.live === true;
  const unasked = useUnasked(asked.question, onChange);
  return (
    <View
      title={title}
      heading="hidden"
      bar={bar}
      unasked={unasked}
      answer={{...query, data: results.data, dataUpdatedAt: results.at, isPlaceholderData: results.old}}
      busy={!live}
      skeleton={<ToCome />}
      empty={({traces}) =>
        traces.length === 0 ? (
          <div inert={results.inert}>
            <NoMatch of="traces" asked={results.asked} onChange={onChange} />
          </div>
        ) : undefined
      }
    >
      {(data) => (
        <Found
          data={data}
          order={asked.url.sort ?? 'newest'}
          entry={entry}
          results={results}
          down={down}
          onHold={setHold}
          onChange={onChange}
        />
      )}
    </View>
  );
}

/** The places of plot and list before the first answer, as high as they will be. */
function ToCome() {
  return (
    <div className={classes.found} aria-hidden="true">
      <div className={classes.plotToCome} />
      <div className={classes.listToCome} />
    </div>
  );
}

/** The results. While a reader is in the middle of them, nothing may move under the hand: `onHold`. */
function Found({
  data,
  order,
  entry,
  results,
  down,
  onHold,
  onChange,
}: Pick<ResultsProps, 'entry' | 'down' | 'onChange'> & {
  readonly data: TraceSearchResponse;
  readonly order: Order;
  readonly results: Results;
  readonly onHold: (hold: boolean) => void;
}) {
  const {asked, heatmap} = results;
  const text = useText(exploreText);
  const format = useFormat();
  const drawn = results.plotted ?? data;
  const plotted = useMemo(() => drawn.traces.map(plotTrace), [drawn]);
  const counted = useMemo(() => heatmap && heatmapLayer(heatmap), [heatmap]);
  const isCut = asked.url.plot === 'scatter' && drawn.more;
  const [hovered, setHovered] = useState<string | undefined>();
  const list = useRef<HTMLDivElement>(null);
  const reader = useRef({pointer: false, focus: false});
  const tell = (change: Partial<typeof reader.current>): void => {
    Object.assign(reader.current, change);
    onHold(reader.current.pointer || reader.current.focus || (list.current?.scrollTop ?? 0) > 0);
  };
  const showWaiting = (): void => {
    list.current?.scrollTo({top: 0});
    results.showWaiting();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: nothing to operate, it only notices that a reader is here
    <div
      className={classes.found}
      // The rows of the search before are no answer to this one: neither keys nor clicks open them.
      inert={results.inert}
      onMouseEnter={() => tell({pointer: true})}
      onMouseLeave={() => tell({pointer: false})}
      onFocus={() => tell({focus: true})}
      onBlur={() => tell({focus: false})}
    >
      <TracePlot
        traces={plotted}
        heatmap={counted}
        plot={asked.url.plot ?? 'heatmap'}
        note={isCut ? text.plot.first[asked.url.sort ?? 'newest'](format.count(plotted.length)) : undefined}
        range={asked.context}
        at={results.at}
        hovered={hovered}
        onMark={({range, whole, durations}) =>
          onChange({
            ...range,
            live: undefined,
            // Narrowed again, it is still held against the whole that the reader began with.
            ...asksFor(durations === undefined ? asked.question : narrowed(asked.question, durations), {
              against: asked.url.against?.includes('~') === true ? asked.url.against : whole,
            }),
          })
        }
        onPlot={(plot) => onChange({plot: plot === 'heatmap' ? undefined : plot}, 'replace')}
      />
      <ResultsBar
        data={data}
        heatmap={heatmap}
        uncounted={results.uncounted}
        order={order}
        asked={asked}
        waiting={results.waiting}
        onShowWaiting={showWaiting}
        onChange={onChange}
      />
      {asked.url.against !== undefined && <Shares asked={asked} entry={entry} onChange={onChange} />}
      <TraceList
        scroller={list}
        traces={data.traces}
        entry={entry}
        old={results.inert}
        fresh={results.fresh}
        live={asked.context.live === true}
        order={asked.url.sort ?? 'newest'}
        down={down}
        onOrder={(order) => onChange({sort: order === 'newest' ? undefined : order}, 'replace')}
        onScroll={() => tell({})}
        onHover={setHovered}
      />
    </div>
  );
}

/** What the traces on show share, held against others of the same question. */
function Shares({
  asked,
  entry,
  onChange,
}: Pick<ResultsProps, 'entry' | 'onChange'> & {readonly asked: Results['asked']}) {
  const {context, question, url} = asked;
  const {live: _, ...scope} = context;
  const against = url.against ?? 'same';
  return (
    <SharePanel
      queryKey={[entry, JSON.stringify([scope, question]), against]}
      parameters={() => ({
        ...conditionParameters(context, question),
        ...rangeInNanos(context, Date.now()),
        ...baselineOf(against),
      })}
      enabled={isAskable(question)}
      changeOf={(attribute, has) => changeOf(attribute, asked, has)}
      onChange={onChange}
    />
  );
}
