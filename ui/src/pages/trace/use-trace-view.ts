import {useCallback, useEffect, useEffectEvent, useMemo, useState} from 'react';
import type {ExplainResponse} from '../../api/index.ts';
import {
  bringIntoView,
  chooseSpans,
  type Folding,
  foldedSpans,
  isGroup,
  isLabel,
  keptSpans,
  placeIn,
  reveal,
  spanOf,
  stepIn,
  type TraceModel,
  toggleFold,
  toggleGroup,
  visibleRows,
} from '../../timeline/index.ts';
import {readZoom, type SelectReason, type TraceUrl, writeZoom, type Zoom} from '../../urls/index.ts';

import {useTraceSelection} from './use-trace-selection.ts';

export type TraceView = ReturnType<typeof useTraceView>;

/** Everything that is on show of a trace, worked out of the address, and everything that can be done to it. */
export function useTraceView(
  model: TraceModel,
  url: TraceUrl,
  change: (change: Partial<TraceUrl>) => void,
  explained: ExplainResponse | undefined,
) {
  const {layout, trace, total} = model;
  const {spans} = trace;
  const [selection, found] = useTraceSelection(model, url, explained);
  const only = url.only === true && selection !== undefined;
  const folding = useMemo<Folding>(
    () => ({
      depth: url.fold,
      toggled: url.toggled?.split(',') ?? [],
      spread: url.spread === 'all' ? 'all' : (url.spread?.split(',') ?? []),
    }),
    [url.fold, url.toggled, url.spread],
  );
  const folded = useMemo(() => foldedSpans(layout, folding), [layout, folding]);
  const shown = useMemo(
    () => visibleRows(layout, folded, only ? keptSpans(layout, selection.marks) : undefined),
    [layout, folded, only, selection],
  );
  const {rows} = shown;
  const zoom = useMemo<Zoom>(() => {
    const read = url.zoom === undefined ? undefined : readZoom(url.zoom);
    return read === undefined || read.from >= total
      ? {from: 0, to: total}
      : {from: read.from, to: Math.min(total, read.to)};
  }, [url.zoom, total]);
  const open = url.span === undefined ? undefined : layout.indexOf.get(url.span);
  const [standing, setStanding] = useState<number | undefined>(open);

  const setZoom = useCallback(
    (next: Zoom | undefined) => change({zoom: next === undefined ? undefined : writeZoom(next)}),
    [change],
  );
  const fold = useCallback(
    (next: Folding) =>
      change({
        fold: next.depth,
        toggled: next.toggled.length > 0 ? next.toggled.join(',') : undefined,
        spread: next.spread === 'all' ? 'all' : next.spread.length > 0 ? next.spread.join(',') : undefined,
      }),
    [change],
  );
  /** Folds or unfolds what stands below a row. */
  const toggle = useCallback(
    (row: number) =>
      fold(isGroup(row) ? toggleGroup(layout, spans, folding, spanOf(row)) : toggleFold(folding, spans.spanId[row]!)),
    [fold, folding, spans, layout],
  );
  /** Stands on a row; the details of its span follow if they are open, or open when `details` says so. */
  const stand = useCallback(
    (row: number, details: boolean) => {
      setStanding(row);
      const spanId = spans.spanId[spanOf(row)]!;
      if (details && spanId !== url.span) change({span: spanId, pane: undefined});
      // The address named a span that is not here: it is not waited for any longer.
      else if (url.span !== undefined && open === undefined) change({span: undefined, pane: undefined});
    },
    [change, spans, url.span, open],
  );
  /** Makes sure that a span can be seen, and stands on it. */
  const goTo = (span: number, details = true): void => {
    const revealed = reveal(layout, spans, folding, span);
    if (revealed !== folding) fold(revealed);
    if (only && placeIn(selection, span) < 0 && !rows.includes(span)) change({only: undefined});
    const start = spans.start[span]!;
    const near = bringIntoView(zoom, start, start + spans.duration[span]!, total);
    if (near !== zoom) setZoom(near);
    stand(span, details);
  };
  // A span named by the address, a link or the back button may be folded away.
  const showOpened = useEffectEvent(() => {
    if (open !== undefined && (standing === undefined || open !== spanOf(standing))) goTo(open);
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: when another span is opened, by whatever way
  useEffect(() => showOpened(), [open]);
  const showFirst = useEffectEvent(() => {
    if (open !== undefined) goTo(open);
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each trace
  useEffect(() => showFirst(), [trace.traceId]);

  const from = standing === undefined ? undefined : spanOf(standing);
  const isMarked = (span: number | undefined): boolean => span !== undefined && selection?.marks[span] === 1;
  /** To the next span of the selection. */
  const step = (by: 1 | -1): void => {
    if (selection === undefined) return;
    // From the row of a group on, its first member is the next.
    const into = by === 1 && !selection.ranked && standing !== undefined && isGroup(standing) && isMarked(from);
    const next = into ? from : stepIn(selection, layout, from, by);
    if (next !== undefined) goTo(next, selection.why === 'find' ? open !== undefined : true);
  };
  /** Selects for a reason, and goes to the first such span; to the next where it is selected already. */
  const choose = (why: SelectReason, by: 1 | -1 = 1): void => {
    if (url.select === why) return step(by);
    const chosen = chooseSpans(model, why);
    if (chosen.spans.length === 0) return;
    change({select: why, find: undefined, finding: undefined});
    const next = stepIn(chosen, layout, chosen.ranked ? undefined : from, by);
    if (next !== undefined) goTo(next);
  };
  /** Selects the spans of a finding, and goes to the first; to the next where it is selected already. */
  const chooseFinding = (rank: number): void => {
    if (url.finding === rank && selection?.why === 'finding') return step(1);
    const first = explained?.findings[rank - 1]?.spans[0];
    if (first === undefined) return;
    change({finding: rank, select: undefined, find: undefined});
    const span = layout.indexOf.get(first);
    if (span !== undefined) goTo(span);
  };
  const clear = (): void => change({select: undefined, find: undefined, finding: undefined, only: undefined});
  const stepRow = (by: number): void => {
    const at = standing === undefined ? -1 : rows.indexOf(standing);
    const wanted = Math.min(rows.length - 1, Math.max(0, at + by));
    for (let next = wanted; next >= 0 && next < rows.length; next += Math.sign(by)) {
      if (!isLabel(rows[next]!)) return stand(rows[next]!, open !== undefined);
    }
  };
  return {
    url,
    change,
    shown,
    folded,
    folding,
    zoom,
    selection,
    found,
    only,
    /** Span whose details are open. */
    open,
    /** Row that the keyboard stands on. */
    standing,
    setZoom,
    fold,
    toggle,
    stand,
    goTo,
    step,
    choose,
    chooseFinding,
    clear,
    stepRow,
  };
}
