import {
  type CSSProperties,
  type MouseEvent,
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
import {ResizeHandle, useFixedRows} from '../widgets/index.ts';
import {Ruler, Ticks, useWidth} from './ruler.tsx';
import {traceText} from './text/index.ts';
import type {TraceModel} from './trace-model.ts';
import {useZoomGestures} from './use-zoom-gestures.ts';
import {ORPHANS_LABEL} from './visible-rows.ts';
import classes from './waterfall.module.css';
import {DEEPEST_INDENT, ROW_HEIGHT, WaterfallRow} from './waterfall-row.tsx';

export interface WaterfallProps {
  readonly model: TraceModel;
  readonly rows: Int32Array;
  readonly folded: Uint8Array;
  readonly zoom: Zoom;
  /** The row that the keyboard stands on. */
  readonly selected: number | undefined;
  /** 1 for each span that was found. */
  readonly matched: Uint8Array | undefined;
  readonly onSelect: (span: number) => void;
  readonly onToggle: (span: number) => void;
  readonly onZoom: (zoom: Zoom | undefined) => void;
}

/** Every span a row, drawn only near the view: 100,000 are as quick as 100. */
export function Waterfall({model, rows, folded, zoom, selected, matched, onSelect, onToggle, onZoom}: WaterfallProps) {
  const text = useText(traceText).trace;
  const area = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const grid = useRef<HTMLDivElement>(null);
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
  useShownRow(scroller, rows, selected);

  const select = (event: MouseEvent): void => {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-span]');
    if (row !== null) onSelect(Number(row.dataset.span));
  };
  const shown = useMemo(() => Array.from(rows.subarray(first, end)), [rows, first, end]);
  const variables = {
    '--name-width': `${nameWidth}px`,
    '--indent': `${indentOf(nameWidth, model.layout.maxDepth)}px`,
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
          ref={grid}
          role="tree"
          tabIndex={0}
          aria-label={text.waterfall}
          aria-activedescendant={selected === undefined ? undefined : `span-${model.trace.spans.spanId[selected]}`}
          className={classes.rows}
          style={{height: rows.length * ROW_HEIGHT}}
          onClick={select}
        >
          {shown.map((span, index) =>
            span === ORPHANS_LABEL ? (
              <OrphansLabel key="orphans" row={first + index} text={text.orphans} />
            ) : (
              <WaterfallRow
                key={span}
                model={model}
                span={span}
                row={first + index}
                zoom={zoom}
                folded={folded[span] === 1}
                selected={span === selected}
                matched={matched?.[span] === 1}
                onToggle={onToggle}
              />
            ),
          )}
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

function OrphansLabel({row, text}: {readonly row: number; readonly text: string}) {
  return (
    <div className={classes.orphans} style={{top: row * ROW_HEIGHT}}>
      {text}
    </div>
  );
}

/** Brings the selected row into view when the selection changes, and only then. */
function useShownRow(
  scroller: React.RefObject<HTMLDivElement | null>,
  rows: Int32Array,
  selected: number | undefined,
): void {
  const at = useMemo(() => (selected === undefined ? -1 : rows.indexOf(selected)), [rows, selected]);
  const seen = useRef<number>(undefined);
  useLayoutEffect(() => {
    if (seen.current === selected) return;
    seen.current = selected;
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
  }, [selected, at, scroller]);
}

/** A line through the rows at the pointer, with the time there. Moves without React. */
function Pointer({
  area,
  timeBox,
  zoom,
}: {
  readonly area: React.RefObject<HTMLDivElement | null>;
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
