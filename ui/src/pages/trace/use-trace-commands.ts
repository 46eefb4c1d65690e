/** What the keys of the trace page do. */
import {useCommands} from '../../frame/index.ts';
import {groupRow, hasChildren, isGroup, pan, spanOf, type TraceModel, zoomAt} from '../../timeline/index.ts';
import {traceTabs} from '../../urls/index.ts';
import {timelineCommands, traceCommands} from './trace-commands.ts';
import type {TraceView} from './use-trace-view.ts';

/** What the keys need beyond the view itself. */
export interface TraceKeys {
  readonly focusFind: () => void;
  readonly focusPane: () => void;
  /** How many the explanation has. */
  readonly findings: number;
  readonly compare: () => void;
  readonly goToTrace: {readonly next: (() => void) | undefined; readonly previous: (() => void) | undefined};
}

export function useTraceCommands(model: TraceModel, view: TraceView, keys: TraceKeys): void {
  const {layout, total} = model;
  const {standing, folded, zoom, selection, change} = view;
  const tab = view.url.tab ?? 'timeline';
  const timeline = tab === 'timeline';
  const inTimeline = (run: () => void) => (): void => {
    if (!timeline) change({tab: undefined});
    run();
  };
  const failing = model.errors > 0;
  /** The rank of the finding that comes next, round and round. */
  const around = (by: 1 | -1): number => {
    const at = view.selection?.why === 'finding' ? (view.url.finding ?? 0) : by === 1 ? 0 : 1;
    return ((at - 1 + by + keys.findings) % keys.findings) + 1;
  };
  useCommands(traceCommands, {
    find: tab === 'table' || tab === 'map' ? undefined : keys.focusFind,
    nextView: () => {
      const next = traceTabs[(traceTabs.indexOf(tab) + 1) % traceTabs.length]!;
      change({tab: next === 'timeline' ? undefined : next});
    },
    errors: failing ? inTimeline(() => view.choose('errors')) : undefined,
    errorsBack: failing ? inTimeline(() => view.choose('errors', -1)) : undefined,
    origins: failing ? inTimeline(() => view.choose('origins')) : undefined,
    originsBack: failing ? inTimeline(() => view.choose('origins', -1)) : undefined,
    work: inTimeline(() => view.choose('work')),
    workBack: inTimeline(() => view.choose('work', -1)),
    path: inTimeline(() => view.choose('path')),
    pathBack: inTimeline(() => view.choose('path', -1)),
    findings: keys.findings > 0 ? inTimeline(() => view.chooseFinding(around(1))) : undefined,
    findingsBack: keys.findings > 0 ? inTimeline(() => view.chooseFinding(around(-1))) : undefined,
    next: selection && inTimeline(() => view.step(1)),
    previous: selection && inTimeline(() => view.step(-1)),
    only: selection && inTimeline(() => change({only: view.only ? undefined : true})),
    compare: keys.compare,
    nextTrace: keys.goToTrace.next,
    previousTrace: keys.goToTrace.previous,
  });

  const zoomBy = (factor: number) => (): void => {
    const {start, duration} = model.trace.spans;
    const span = standing === undefined ? undefined : spanOf(standing);
    const middle = span === undefined ? Number.NaN : start[span]! + duration[span]! / 2;
    const anchor = middle >= zoom.from && middle <= zoom.to ? middle : (zoom.from + zoom.to) / 2;
    view.setZoom(zoomAt(zoom, anchor, factor, total));
  };
  const details = view.open !== undefined;
  const canFold = standing !== undefined && (isGroup(standing) || hasChildren(layout, standing));
  const isOpen = (row: number): boolean => (isGroup(row) ? folded.spread[spanOf(row)] === 1 : folded.below[row] === 0);
  const left = (): void => {
    if (standing === undefined) return;
    if (canFold && isOpen(standing)) return view.toggle(standing);
    const span = spanOf(standing);
    const head = layout.groups.head[span]!;
    // From a member to the row that holds its group, where there is one.
    if (!isGroup(standing) && head >= 0 && view.shown.rows.includes(groupRow(head)))
      return view.stand(groupRow(head), details);
    if (layout.parent[span]! >= 0) view.stand(layout.parent[span]!, details);
  };
  const right = (): void => {
    if (standing === undefined || !canFold) return;
    if (isOpen(standing)) view.stepRow(1);
    else view.toggle(standing);
  };
  const openDetails = (): void => {
    if (standing === undefined) view.stepRow(1);
    else if (isGroup(standing)) view.toggle(standing);
    else if (view.open === standing) change({span: undefined, pane: undefined});
    else view.stand(standing, true);
  };
  const group = standing === undefined ? -1 : layout.groups.head[spanOf(standing)]!;
  const leave =
    selection !== undefined ? view.clear : details ? () => change({span: undefined, pane: undefined}) : undefined;
  const {groups} = layout;
  const run = <T>(handler: T): T | undefined => (timeline ? handler : undefined);
  useCommands(timelineCommands, {
    down: run(() => view.stepRow(1)),
    up: run(() => view.stepRow(-1)),
    pageDown: run(() => view.stepRow(20)),
    pageUp: run(() => view.stepRow(-20)),
    left: run(left),
    right: run(right),
    details: run(openDetails),
    pane: run(() => {
      if (!details) {
        if (standing === undefined) view.stepRow(1);
        else view.stand(standing, true);
      }
      keys.focusPane();
    }),
    escape: run(leave),
    group: run(
      group < 0
        ? undefined
        : () => {
            view.toggle(groupRow(group));
            view.stand(groupRow(group), false);
          },
    ),
    groups: run(
      groups.count === 0
        ? undefined
        : () => view.fold({...view.folding, spread: view.folding.spread.length > 0 ? [] : 'all'}),
    ),
    foldAll: run(() => view.fold({depth: 0, toggled: [], spread: []})),
    unfoldAll: run(() => view.fold({depth: undefined, toggled: [], spread: 'all'})),
    zoomIn: run(zoomBy(0.6)),
    zoomOut: run(zoomBy(1 / 0.6)),
    zoomAll: run(() => view.setZoom(undefined)),
    panLeft: run(() => view.setZoom(pan(zoom, -0.25, total))),
    panRight: run(() => view.setZoom(pan(zoom, 0.25, total))),
  });
}
