import {useCallback, useEffect, useEffectEvent, useMemo, useRef, useState} from 'react';
import {
  bringIntoView,
  errorOrigins,
  type Folding,
  failedSpans,
  findSpans,
  foldedSpans,
  longestWork,
  nextSpan,
  reveal,
  type TraceModel,
  toggleFold,
  visibleRows,
} from '../../timeline/index.ts';
import {readZoom, type TraceUrl, writeZoom, type Zoom} from '../../urls/index.ts';

export type TraceView = ReturnType<typeof useTraceView>;

/** Everything that is on show of a trace, worked out of the address, and everything that can be done to it. */
export function useTraceView(model: TraceModel, url: TraceUrl, change: (change: Partial<TraceUrl>) => void) {
  const {layout, trace, total} = model;
  const {spans} = trace;
  const folding = useMemo<Folding>(
    () => ({depth: url.fold, toggled: url.toggled?.split(',') ?? []}),
    [url.fold, url.toggled],
  );
  const folded = useMemo(() => foldedSpans(layout, folding), [layout, folding]);
  const rows = useMemo(
    () => visibleRows(layout, spans, folded, url.errors === true),
    [layout, spans, folded, url.errors],
  );
  const zoom = useMemo<Zoom>(() => {
    const read = url.zoom === undefined ? undefined : readZoom(url.zoom);
    return read === undefined || read.from >= total
      ? {from: 0, to: total}
      : {from: read.from, to: Math.min(total, read.to)};
  }, [url.zoom, total]);
  const found = useMemo(
    () => (url.find === undefined ? undefined : findSpans(trace, layout, url.find)),
    [trace, layout, url.find],
  );
  const matched = useMemo(() => {
    if (found === undefined) return undefined;
    const marks = new Uint8Array(layout.count);
    for (const span of found) marks[span] = 1;
    return marks;
  }, [found, layout]);
  const failed = useMemo(() => failedSpans(layout, spans), [layout, spans]);
  const origins = useMemo(() => errorOrigins(layout, spans), [layout, spans]);
  const work = useMemo(() => longestWork(layout), [layout]);
  const open = url.span === undefined ? undefined : layout.indexOf.get(url.span);
  const [standing, setStanding] = useState(open);

  const setZoom = useCallback(
    (next: Zoom | undefined) => change({zoom: next === undefined ? undefined : writeZoom(next)}),
    [change],
  );
  const fold = useCallback(
    (next: Folding) =>
      change({fold: next.depth, toggled: next.toggled.length > 0 ? next.toggled.join(',') : undefined}),
    [change],
  );
  const toggle = useCallback((span: number) => fold(toggleFold(folding, spans.spanId[span]!)), [fold, folding, spans]);
  /** Stands on a span; its details follow if they are open, or open when `details` says so. */
  const stand = useCallback(
    (span: number, details: boolean) => {
      setStanding(span);
      if (details) change({span: spans.spanId[span]!});
    },
    [change, spans],
  );
  /** Makes sure that a span can be seen, and stands on it. */
  const goTo = (span: number, details = true): void => {
    const shown = reveal(layout, spans, folding, span);
    if (shown !== folding) fold(shown);
    if (url.errors === true && spans.status[span] !== 2 && layout.errorsBelow[span] === 0) change({errors: undefined});
    const start = spans.start[span]!;
    const near = bringIntoView(zoom, start, start + spans.duration[span]!, total);
    if (near !== zoom) setZoom(near);
    stand(span, details);
  };
  // A span named by the address, a link or the back button may be folded away.
  const showOpened = useEffectEvent(() => {
    if (open !== undefined && open !== standing) goTo(open);
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: when another span is opened, by whatever way
  useEffect(() => showOpened(), [open]);
  const showFirst = useEffectEvent(() => {
    if (open !== undefined) goTo(open);
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each trace
  useEffect(() => showFirst(), [trace.traceId]);

  const stepFound = (step: 1 | -1): void => {
    const next = found === undefined ? undefined : nextSpan(found, layout, standing, step);
    if (next !== undefined) goTo(next, open !== undefined);
  };
  const stepFailed = (step: 1 | -1): void => {
    const next = nextSpan(failed, layout, standing, step);
    if (next !== undefined) goTo(next);
  };
  const stepOrigin = (step: 1 | -1): void => {
    const next = nextSpan(origins, layout, standing, step);
    if (next !== undefined) goTo(next);
  };
  const reachedByWork = useRef<number>(undefined);
  /** The span that worked longest, from wherever one stands; from there on the next in this order. */
  const stepWork = (step: 1 | -1): void => {
    const at = standing === undefined || standing !== reachedByWork.current ? -1 : work.indexOf(standing);
    const next = work[at < 0 ? 0 : (at + step + work.length) % work.length];
    reachedByWork.current = next;
    if (next !== undefined) goTo(next);
  };
  const stepRow = (step: number): void => {
    const at = standing === undefined ? -1 : rows.indexOf(standing);
    const wanted = Math.min(rows.length - 1, Math.max(0, at + step));
    for (let next = wanted; next >= 0 && next < rows.length; next += Math.sign(step)) {
      if (rows[next]! >= 0) return stand(rows[next]!, open !== undefined);
    }
  };
  return {
    url,
    change,
    rows,
    folded,
    folding,
    zoom,
    found,
    matched,
    failed,
    /** Span whose details are open. */
    open,
    /** Span that the keyboard stands on. */
    standing,
    setZoom,
    fold,
    toggle,
    stand,
    goTo,
    stepFound,
    stepFailed,
    stepOrigin,
    stepWork,
    stepRow,
  };
}
