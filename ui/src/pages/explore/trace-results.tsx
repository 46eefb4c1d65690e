import {useRef, useState} from 'react';
import type {TraceSearchResponse} from '../../api/index.ts';
import {View} from '../../frame/index.ts';
import type {Order} from '../../urls/index.ts';
import {NoMatch} from './no-match.tsx';
import type {ResultsProps} from './result-kinds.ts';
import {ResultsBar} from './results-bar.tsx';
import {SharePanel} from './share-panel.tsx';
import {TraceList} from './trace-list.tsx';
import {TracePlot} from './trace-plot.tsx';
import classes from './trace-results.module.css';
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
        data={data}
        heatmap={heatmap}
        range={asked.context}
        at={results.at}
        hovered={hovered}
        question={asked.question}
        against={asked.url.against?.includes('~') === true ? asked.url.against : undefined}
        onChange={onChange}
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
      {asked.url.against !== undefined && <SharePanel asked={asked} entry={entry} onChange={onChange} />}
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
