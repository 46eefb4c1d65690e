import {
  type CSSProperties,
  type MouseEvent,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import {useFormat, useText} from '../i18n/index.ts';
import {recall, remember} from '../theme/index.ts';
import type {Zoom} from '../urls/index.ts';
import {ResizeHandle, useFixedRows, useWidth} from '../widgets/index.ts';
import type {Gaps} from './gaps.ts';
import {GroupRow} from './group-row.tsx';
import type {LogMarks} from './log-marks.ts';
import {Ruler, Ticks} from './ruler.tsx';
import type {Selection} from './selection.ts';
import {traceText} from './text/index.ts';
import type {TraceModel} from './trace-model.ts';
import {useZoomGestures} from './use-zoom-gestures.ts';
import {type Folded, isGroup, isLabel, RINGS_LABEL, spanOf, type VisibleRows} from './visible-rows.ts';
import classes from './waterfall.module.css';
import {DEEPEST_INDENT, ROW_HEIGHT, WaterfallRow} from './waterfall-row.tsx';

export interface WaterfallProps {
  readonly model: TraceModel;
  readonly shown: VisibleRows;
  readonly folded: Folded;
  readonly zoom: Zoom;
  /** The row that the keyboard stands on. */
  readonly standing: number | undefined;
  readonly selection: Selection | undefined;
  /** Waits of the critical path, by their spans. */
  readonly gaps: Gaps | undefined;
  /** Log lines, by their spans. */
  readonly logs: LogMarks | undefined;
  /** Spans of the trace may still be on their way: what is missing is not lost. */
  readonly arriving: boolean;
  readonly tree: RefObject<HTMLDivElement | null>;
  readonly onStand: (row: number) => void;
  readonly onToggle: (row: number) => void;
  readonly onZoom: (zoom: Zoom | undefined) => void;
}

/** Every span a row, drawn only near the view: 100,000 are as quick as 100. */
export function Waterfall({
  model,
  shown: {rows, level},
  folded,
  zoom,
  standing,
  selection,
  gaps,
  logs,
  arriving,
  tree,
  onStand,
  onToggle,
  onZoom,
}: WaterfallProps) {
  const text = useText(traceText).trace;
  const area = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(area);
  const [split, setSplit] = useState(() => Number(recall('trace-split')) || 0.36);
  const nameWidth = Math.round(Math.min(Math.max(160, width * split), Math.max(160, width - 200)));
  const timeWidth = Math.max(1, width - nameWidth - 16);
  const {first, end} = useFixedRows(scroller, rows.length, ROW_HEIGHT);
  const timeBox = useCallback(
    () => ({left: (area.current?.getBoundingClientRect().left ?? 0) + nameWidth, width: timeWidth}),
    [nameWidth, timeWidth],
  );
  const brush = useZoomGestures({area, timeBox, zoom, total: model.total, onZoom});
  useShownRow(scroller, rows, standing);

  const select = (event: MouseEvent): void => {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-row]');
    if (row !== null) onStand(Number(row.dataset.row));
  };
  const near = useMemo(() => Array.from(rows.subarray(first, end)), [rows, first, end]);
  const idOf = (row: number): string => `${isGroup(row) ? 'group' : 'span'}-${model.trace.spans.spanId[spanOf(row)]}`;
  const variables = {
    '--name-width': `${nameWidth}px`,
    '--indent': `${indentOf(nameWidth, model.layout.maxDepth + (model.layout.groups.count > 0 ? 1 : 0))}px`,
  } as CSSProperties;

  return (
    <div ref={area} className={classes.area} style={variables} data-narrow={nameWidth < 270}>
      <div className={classes.header}>
        <div className={classes.column}>{text.spanColumn}</div>
        <Ruler zoom={zoom} width={timeWidth} />
      </div>
      <ResizeHandle
        label={text.resize}
        value={nameWidth}
        min={160}
        max={Math.max(160, width - 200)}
        className={classes.split ?? ''}
        onResize={(pixels) => {
          setSplit(pixels / width);
          remember('trace-split', (pixels / width).toFixed(3));
        }}
      />
      <div ref={scroller} className={classes.scroller}>
        <div className={classes.gridLines} aria-hidden="true">
          <div>
            <Ticks zoom={zoom} width={timeWidth} />
          </div>
        </div>
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the whole page's */}
        <div
          ref={tree}
          role="tree"
          tabIndex={0}
          data-skip-to="true"
          aria-label={text.waterfall}
          aria-activedescendant={standing === undefined ? undefined : idOf(standing)}
          className={classes.rows}
          style={{height: rows.length * ROW_HEIGHT}}
          onClick={select}
        >
          {near.map((row, index) => {
            if (isLabel(row)) return <Label key={row} label={row} row={first + index} arriving={arriving} />;
            const place = {row: first + index, level: level[first + index]!};
            const common = {...place, model, zoom, timeWidth, standing: row === standing, onToggle};
            const head = spanOf(row);
            return isGroup(row) ? (
              <GroupRow
                key={row}
                {...common}
                narrow={timeWidth < 260}
                head={head}
                spread={folded.spread[head] === 1}
                marks={selection?.marks}
              />
            ) : (
              <WaterfallRow
                key={row}
                {...common}
                span={row}
                folded={folded.below[row] === 1}
                selected={selection?.marks[row] === 1}
                path={selection?.parts?.get(row)}
                gaps={gaps?.get(row)}
                logs={logs?.get(row)}
              />
            );
          })}
        </div>
      </div>
      <Pointer area={area} timeBox={timeBox} zoom={zoom} />
      {brush !== undefined && (
        <div
          className={classes.brush}
          style={{left: nameWidth + brush.from * timeWidth, width: (brush.to - brush.from) * timeWidth}}
          aria-hidden="true"
        />
      )}
    </div>
  );
}

/** Says why the spans below stand at the top. */
function Label({label, row, arriving}: {readonly label: number; readonly row: number; readonly arriving: boolean}) {
  const text = useText(traceText).trace;
  const ring = label === RINGS_LABEL;
  return (
    <div className={classes.orphans} data-arriving={arriving && !ring} style={{top: row * ROW_HEIGHT}}>
      {ring ? text.rings : arriving ? text.orphansArriving : text.orphans}
    </div>
  );
}

/** Brings the row that one stands on into view when one goes to another, and only then. */
function useShownRow(scroller: RefObject<HTMLDivElement | null>, rows: Int32Array, standing: number | undefined): void {
  const at = useMemo(() => (standing === undefined ? -1 : rows.indexOf(standing)), [rows, standing]);
  const seen = useRef<number>(undefined);
  useLayoutEffect(() => {
    if (seen.current === standing) return;
    seen.current = standing;
    const element = scroller.current;
    if (element === null || at < 0) return;
    const top = at * ROW_HEIGHT;
    const margin = Math.min(3 * ROW_HEIGHT, element.clientHeight / 4);
    const above = top - margin < element.scrollTop;
    const below = top + ROW_HEIGHT + margin > element.scrollTop + element.clientHeight;
    if (!above && !below) return;
    const far = Math.abs(top - element.scrollTop - element.clientHeight / 2) > element.clientHeight;
    if (far) element.scrollTop = top - element.clientHeight / 2;
    else if (above) element.scrollTop = top - margin;
    else element.scrollTop = top + ROW_HEIGHT + margin - element.clientHeight;
  }, [standing, at, scroller]);
}

/** A line through the rows at the pointer, with the time there. Moves without React. */
function Pointer({
  area,
  timeBox,
  zoom,
}: {
  readonly area: RefObject<HTMLDivElement | null>;
  readonly timeBox: () => {readonly left: number; readonly width: number};
  readonly zoom: Zoom;
}) {
  const format = useFormat();
  const line = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = area.current;
    if (element === null) return;
    const move = (event: PointerEvent): void => {
      const box = timeBox();
      const share = (event.clientX - box.left) / box.width;
      const mark = line.current;
      if (mark === null) return;
      mark.hidden = share < 0 || share > 1;
      if (mark.hidden) return;
      mark.style.transform = `translateX(${event.clientX - element.getBoundingClientRect().left}px)`;
      mark.firstElementChild!.textContent = format.duration(zoom.from + share * (zoom.to - zoom.from));
      mark.dataset.late = String(share > 0.9);
    };
    const leave = (): void => {
      if (line.current !== null) line.current.hidden = true;
    };
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerleave', leave);
    return () => {
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerleave', leave);
    };
  }, [area, timeBox, zoom, format]);
  return (
    <div ref={line} className={classes.pointer} hidden aria-hidden="true">
      <span />
    </div>
  );
}

/** Pixels a level: as much as leaves the names of the deepest rows room to be read. */
function indentOf(nameWidth: number, maxDepth: number): number {
  const levels = Math.max(1, Math.min(DEEPEST_INDENT, maxDepth));
  return Math.max(3, Math.min(12, Math.floor((nameWidth - 130) / levels)));
}
