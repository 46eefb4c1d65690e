import {hasChildren, pan, type TraceModel, zoomAt} from '../../timeline/index.ts';
import {traceTabs} from '../../urls/index.ts';
import {useKeys} from '../../widgets/index.ts';
import type {TraceView} from './use-trace-view.ts';

/** The keys of the timeline and those of every view of the trace, as the keyboard help lists them. */
export function useTraceKeys(model: TraceModel, view: TraceView, focusFind: () => void, active: boolean): void {
  const {layout, total} = model;
  const {standing, folded, zoom} = view;
  const zoomBy = (factor: number) => (): void => {
    const {start, duration} = model.trace.spans;
    const middle = standing === undefined ? Number.NaN : start[standing]! + duration[standing]! / 2;
    const anchor = middle >= zoom.from && middle <= zoom.to ? middle : (zoom.from + zoom.to) / 2;
    view.setZoom(zoomAt(zoom, anchor, factor, total));
  };
  const left = (): void => {
    if (standing === undefined) return;
    const parent = layout.parent[standing]!;
    if (hasChildren(layout, standing) && folded[standing] === 0) view.toggle(standing);
    else if (parent >= 0) view.stand(parent, view.open !== undefined);
  };
  const right = (): void => {
    if (standing === undefined || !hasChildren(layout, standing)) return;
    if (folded[standing] === 1) view.toggle(standing);
    else view.stepRow(1);
  };
  const openDetails = (): void => {
    if (standing === undefined) view.stepRow(1);
    else if (view.open === standing) closeDetails();
    else view.stand(standing, true);
  };
  const closeDetails = (): void => view.change({span: undefined});
  const row = (step: number) => (): void => view.stepRow(step);
  const found = (step: 1 | -1) => (): void => view.stepFound(step);
  const failed = (step: 1 | -1) => (): void => view.stepFailed(step);
  const origin = (step: 1 | -1) => (): void => view.stepOrigin(step);
  const work = (step: 1 | -1) => (): void => view.stepWork(step);
  const nextTab = (): void => {
    const next = traceTabs[(traceTabs.indexOf(view.url.tab ?? 'timeline') + 1) % traceTabs.length]!;
    view.change({tab: next === 'timeline' ? undefined : next});
  };
  const everywhere = {'/': focusFind, v: nextTab};
  const timeline = {
    ArrowDown: row(1),
    ArrowUp: row(-1),
    ArrowLeft: left,
    ArrowRight: right,
    PageDown: row(20),
    PageUp: row(-20),
    Enter: openDetails,
    Escape: closeDetails,
    n: found(1),
    N: found(-1),
    e: failed(1),
    E: failed(-1),
    b: origin(1),
    B: origin(-1),
    w: work(1),
    W: work(-1),
    '+': zoomBy(0.6),
    '=': zoomBy(0.6),
    '-': zoomBy(1 / 0.6),
    '0': () => view.setZoom(undefined),
    a: () => view.setZoom(pan(zoom, -0.25, total)),
    d: () => view.setZoom(pan(zoom, 0.25, total)),
    '[': () => view.fold({depth: 0, toggled: []}),
    ']': () => view.fold({depth: undefined, toggled: []}),
  };
  useKeys(active ? {...everywhere, ...timeline} : everywhere);
}
