import {useRef, useState} from 'react';
import {useText} from '../../i18n/index.ts';
import {recall, remember} from '../../theme/index.ts';
import {FlameGraph, Minimap, StatisticsTable, type TraceModel, traceText, Waterfall} from '../../timeline/index.ts';
import {ResizeHandle, useTitle} from '../../widgets/index.ts';
import {SpanPane} from './span/index.ts';
import {TraceHeader} from './trace-header.tsx';
import {TraceToolbar} from './trace-toolbar.tsx';
import classes from './trace-view.module.css';
import {useTraceKeys} from './use-trace-keys.ts';
import {useTraceUrl} from './use-trace-url.ts';
import {useTraceView, type TraceView as View} from './use-trace-view.ts';

/** Header, overview and tools above; a timeline, flame graph or table below; the chosen span's details beside it. */
export function TraceView({model}: {readonly model: TraceModel}) {
  const text = useText(traceText);
  const [url, change] = useTraceUrl();
  const view = useTraceView(model, url, change);
  const find = useRef<HTMLInputElement>(null);
  const tab = url.tab ?? 'timeline';
  useTraceKeys(model, view, () => find.current?.select(), tab === 'timeline');
  const {trace} = model;
  useTitle(text.trace.title(trace.names[trace.spans.name[model.root!]!]!));
  const openInTimeline = (span: number): void => {
    change({tab: undefined});
    view.goTo(span);
  };

  return (
    <div className={classes.page}>
      <TraceHeader
        model={model}
        onErrorOrigin={() => {
          if (tab !== 'timeline') change({tab: undefined});
          view.stepOrigin(1);
        }}
      />
      <TraceToolbar model={model} view={view} find={find} />
      {tab === 'timeline' && <Minimap model={model} zoom={view.zoom} onZoom={view.setZoom} />}
      <div className={classes.body}>
        {tab === 'timeline' && (
          <Waterfall
            model={model}
            rows={view.rows}
            folded={view.folded}
            zoom={view.zoom}
            selected={view.standing}
            matched={view.matched}
            onSelect={(span) => view.stand(span, true)}
            onToggle={view.toggle}
            onZoom={view.setZoom}
          />
        )}
        {tab === 'flame' && (
          <FlameGraph
            model={model}
            matched={view.matched}
            focus={url.frame === undefined ? undefined : model.layout.indexOf.get(url.frame)}
            onFocus={(span) => change({frame: span === undefined ? undefined : trace.spans.spanId[span]!})}
            onOpen={openInTimeline}
          />
        )}
        {tab === 'table' && (
          <StatisticsTable
            model={model}
            column={url.sort ?? 'self'}
            up={url.up === true}
            onSort={(sort, up) => change({sort, up: up ? true : undefined})}
            onOpen={openInTimeline}
          />
        )}
        {tab === 'timeline' && <Details model={model} view={view} />}
      </div>
    </div>
  );
}

function Details({model, view}: {readonly model: TraceModel; readonly view: View}) {
  const text = useText(traceText).trace;
  const [width, setWidth] = useState(() => Number(recall('detail-width')) || 430);
  if (view.open === undefined) return undefined;
  return (
    <aside className={classes.details} style={{width}}>
      <ResizeHandle
        label={text.resizeDetail}
        value={width}
        min={300}
        max={900}
        reversed
        className={classes.edge ?? ''}
        onResize={(pixels) => {
          setWidth(pixels);
          remember('detail-width', String(pixels));
        }}
      />
      <SpanPane
        model={model}
        span={view.open}
        onClose={() => view.change({span: undefined})}
        onGoTo={(span) => view.goTo(span)}
      />
    </aside>
  );
}
