import {getRouteApi, useNavigate} from '@tanstack/react-router';
import {useMemo, useRef} from 'react';
import {mayGrow} from '../../api/index.ts';
import {useNeighbours} from '../../frame/index.ts';
import {FlameGraph, gapsOf, logMarksOf, Minimap, TraceMap, type TraceModel, Waterfall} from '../../timeline/index.ts';
import {useNow} from '../../widgets/index.ts';
import {Explanation, useExplanation} from './explanation.tsx';
import {SelectionStrip} from './selection-strip.tsx';
import {DetailsPane} from './span/index.ts';
import {Statistics} from './statistics.tsx';
import {TraceHeader} from './trace-header.tsx';
import {TraceLogs} from './trace-logs.tsx';
import {TraceNotes} from './trace-notes.tsx';
import {TraceToolbar} from './trace-toolbar.tsx';
import classes from './trace-view.module.css';
import {useTraceCommands} from './use-trace-commands.ts';
import {useTraceLines} from './use-trace-lines.ts';
import {useTraceUrl} from './use-trace-url.ts';
import {useTraceView} from './use-trace-view.ts';

const route = getRouteApi('/trace/$traceId');

/** Header, overview and tools above; a timeline, flame graph or table below; the chosen span's details beside it. */
export function TraceView({model}: {readonly model: TraceModel}) {
  const [url, change] = useTraceUrl();
  const explanation = useExplanation(model);
  const gaps = useMemo(() => gapsOf(model, explanation.data?.gaps), [model, explanation.data]);
  const findings = explanation.data?.findings.length ?? 0;
  const view = useTraceView(model, url, change, explanation.data);
  const find = useRef<HTMLInputElement>(null);
  const tree = useRef<HTMLDivElement>(null);
  const pane = useRef<HTMLElement>(null);
  const tab = url.tab ?? 'timeline';
  const {trace} = model;
  const young = mayGrow(trace, useNow(10_000));
  const logs = useTraceLines(model, young);
  const lines = logs.data?.lines;
  const marks = useMemo(() => (lines === undefined ? undefined : logMarksOf(model, lines)), [model, lines]);
  // A trace that lacks nothing may get more, but is not waited for.
  const arriving = young && model.layout.firstOrphan < model.layout.count;
  const neighbours = useNeighbours(trace.traceId);
  const navigate = useNavigate({from: '/trace/$traceId'});
  const {traceId} = route.useParams();
  const goTo = (id: string | undefined) =>
    id === undefined || id === traceId
      ? undefined
      : () =>
          void navigate({
            to: '/trace/$traceId',
            params: {traceId: id},
            // How it is looked at stays; what belongs to the spans of this trace does not.
            search: (before) => ({
              ...before,
              ...{span: undefined, pane: undefined, zoom: undefined, toggled: undefined, spread: undefined},
              ...{frame: undefined, clocks: undefined, finding: undefined},
            }),
            replace: true,
          });
  const goToTrace = {next: goTo(neighbours?.next), previous: goTo(neighbours?.previous)};
  useTraceCommands(model, view, {
    focusFind: () => find.current?.select(),
    // The pane may only now be opening.
    focusPane: () => requestAnimationFrame(() => pane.current?.focus()),
    goToTrace,
    compare: () => void navigate({to: '/trace/$traceId/compare', params: {traceId}}),
    findings,
  });
  const openInTimeline = (span: number): void => {
    change({tab: undefined});
    view.goTo(span);
  };

  return (
    <div className={classes.page}>
      <TraceHeader
        model={model}
        arriving={arriving}
        neighbours={neighbours}
        goToTrace={goToTrace}
        onErrorOrigin={() => {
          if (tab !== 'timeline') change({tab: undefined});
          view.choose('origins');
        }}
      />
      <Explanation
        model={model}
        view={view}
        answer={explanation}
        onFinding={(rank) => {
          if (tab !== 'timeline') change({tab: undefined});
          view.chooseFinding(rank);
        }}
      />
      <TraceToolbar model={model} view={view} find={find} />
      {(tab === 'timeline' || tab === 'flame') && <SelectionStrip model={model} view={view} />}
      <TraceNotes model={model} view={view} arriving={young} />
      {tab === 'timeline' && <Minimap model={model} zoom={view.zoom} onZoom={view.setZoom} />}
      <div className={classes.body}>
        {tab === 'timeline' && (
          <Waterfall
            model={model}
            shown={view.shown}
            folded={view.folded}
            zoom={view.zoom}
            standing={view.standing}
            selection={view.selection}
            gaps={gaps}
            logs={marks}
            arriving={arriving}
            tree={tree}
            onStand={(row) => {
              // A group has no details of its own: its members have.
              if (row < 0) view.toggle(row);
              view.stand(row, row >= 0);
            }}
            onToggle={view.toggle}
            onZoom={view.setZoom}
          />
        )}
        {tab === 'flame' && (
          <FlameGraph
            model={model}
            matched={view.selection?.marks}
            focus={url.frame === undefined ? undefined : model.layout.indexOf.get(url.frame)}
            onFocus={(span) => change({frame: span === undefined ? undefined : trace.spans.spanId[span]!})}
            onOpen={openInTimeline}
          />
        )}
        {tab === 'logs' && (
          <TraceLogs model={model} url={url} answer={logs} onChange={change} onGoTo={openInTimeline} />
        )}
        {tab === 'map' && (
          <TraceMap
            model={model}
            onService={(service) =>
              change({
                tab: undefined,
                select: undefined,
                finding: undefined,
                find: `service=${JSON.stringify(service)}`,
              })
            }
          />
        )}
        {tab === 'table' && (
          <Statistics
            model={model}
            by={url.by}
            column={url.sort ?? 'self'}
            up={url.up === true}
            columns={url.columns}
            onBy={(by) => change({by})}
            onSort={(sort, up) => change({sort, up: up ? true : undefined})}
            onColumns={(columns) => change({columns})}
            onOpen={openInTimeline}
          />
        )}
        {tab === 'timeline' && view.open !== undefined && (
          <DetailsPane
            ref={pane}
            model={model}
            span={view.open}
            lines={lines}
            stack={url.pane ?? []}
            onStack={(stack) => change({pane: stack.length > 0 ? stack : undefined})}
            onClose={() => {
              change({span: undefined, pane: undefined});
              tree.current?.focus({preventScroll: true});
            }}
            onLeave={() => tree.current?.focus({preventScroll: true})}
            onGoTo={(span) => view.goTo(span)}
          />
        )}
      </div>
    </div>
  );
}
