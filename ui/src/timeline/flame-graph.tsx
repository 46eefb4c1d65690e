import {IconZoomOutArea} from '@tabler/icons-react';
import {type MouseEvent, useEffect, useMemo, useRef, useState} from 'react';
import {useCommands} from '../frame/index.ts';
import {useFormat, useText, useVisible} from '../i18n/index.ts';
import {useCanvasColours, useServiceColour, useServiceMark} from '../theme/index.ts';
import {IconAction, ServiceName, useWidth} from '../widgets/index.ts';
import {flameCommands} from './flame-commands.ts';
import {drawFlame, FRAME_HEIGHT, frameAt, neighbour} from './flame-draw.ts';
import classes from './flame-graph.module.css';
import {type FlameTree, flameTree} from './flame-tree.ts';
import {traceText} from './text/index.ts';
import type {TraceModel} from './trace-model.ts';

/** Where the time of the trace went: equal paths merged, width is time worked. */
export function FlameGraph({
  model,
  matched,
  focus,
  onFocus,
  onOpen,
}: {
  readonly model: TraceModel;
  readonly matched: Uint8Array | undefined;
  /** A span of the focused frame. */
  readonly focus: number | undefined;
  readonly onFocus: (span: number | undefined) => void;
  /** Shows a span in the timeline. */
  readonly onOpen: (span: number) => void;
}) {
  const text = useText(traceText).flame;
  const tree = useMemo(() => flameTree(model.trace, model.layout), [model]);
  const focused = focus === undefined ? 0 : tree.frameOf[focus]!;
  const found = useMemo(() => (matched === undefined ? undefined : foundFrames(tree, matched)), [tree, matched]);
  const [active, setActive] = useState<{readonly frame: number; readonly x: number; readonly y: number}>();
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(scroller);
  const serviceColour = useServiceColour();
  const serviceMark = useServiceMark();
  const colours = useCanvasColours();
  const format = useFormat();
  const visible = useVisible();
  const draw = useRef<() => void>(() => undefined);
  draw.current = () => {
    if (canvas.current === null || scroller.current === null) return;
    drawFlame(canvas.current, {
      tree,
      model,
      focused,
      active: active?.frame,
      found,
      width: scroller.current.clientWidth,
      height: scroller.current.clientHeight,
      scrolled: scroller.current.scrollTop,
      colour: (service) => colours(serviceColour(service)),
      mark: serviceMark,
      token: colours,
      whole: text.whole,
      visible,
      duration: format.duration,
    });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever is drawn is a reason to draw
  useEffect(
    () => draw.current(),
    [tree, focused, active, found, width, colours, serviceColour, serviceMark, format, text, visible],
  );

  const frameUnder = (event: MouseEvent): number | undefined => {
    const box = scroller.current!.getBoundingClientRect();
    return frameAt(
      tree,
      focused,
      (event.clientX - box.left) / scroller.current!.clientWidth,
      event.clientY - box.top + scroller.current!.scrollTop,
    );
  };
  const choose = (frame: number): void => onFocus(frame === 0 ? undefined : tree.longest[frame]!);
  const move = (direction: 'up' | 'down' | 'left' | 'right') => () => {
    const frame = neighbour(tree, active?.frame ?? focused, direction);
    setActive({frame, x: 24, y: 40});
    scroller.current?.scrollTo({top: tree.depth[frame]! * FRAME_HEIGHT - scroller.current.clientHeight / 2});
  };
  const openActive = (): void => {
    if (active !== undefined) choose(active.frame);
  };
  const reset = (): void => {
    setActive(undefined);
    onFocus(undefined);
  };
  useCommands(flameCommands, {
    up: move('up'),
    down: move('down'),
    left: move('left'),
    right: move('right'),
    focus: openActive,
    reset: focused === 0 && active === undefined ? undefined : reset,
  });

  return (
    <div className={classes.flame}>
      <div className={classes.bar}>
        <span>{text.hint(format.duration(tree.total[0]!), format.duration(model.total))}</span>
        {focused !== 0 && (
          <IconAction
            label={text.reset}
            icon={<IconZoomOutArea size={15} />}
            keys="0"
            onClick={() => onFocus(undefined)}
          />
        )}
      </div>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the whole page's */}
      <div
        ref={scroller}
        className={classes.scroller}
        role="img"
        aria-label={text.label}
        onScroll={() => draw.current()}
        onMouseMove={(event) => {
          const frame = frameUnder(event);
          const box = scroller.current!.getBoundingClientRect();
          setActive(frame === undefined ? undefined : {frame, x: event.clientX - box.left, y: event.clientY - box.top});
        }}
        onMouseLeave={() => setActive(undefined)}
        onClick={(event) => {
          const frame = frameUnder(event);
          if (frame !== undefined) choose(frame);
        }}
        onDoubleClick={(event) => {
          const frame = frameUnder(event);
          if (frame !== undefined && frame !== 0) onOpen(tree.longest[frame]!);
        }}
      >
        <div style={{height: (tree.maxDepth + 1) * FRAME_HEIGHT + 40}}>
          <canvas ref={canvas} className={classes.canvas} />
        </div>
      </div>
      {active !== undefined && (
        <div
          className={classes.tip}
          role="status"
          style={{transform: `translate(${Math.min(active.x + 14, Math.max(0, width - 340))}px, ${active.y + 44}px)`}}
        >
          <FrameFacts model={model} tree={tree} frame={active.frame} />
        </div>
      )}
    </div>
  );
}

function FrameFacts({
  model,
  tree,
  frame,
}: {
  readonly model: TraceModel;
  readonly tree: FlameTree;
  readonly frame: number;
}) {
  const text = useText(traceText);
  const format = useFormat();
  const visible = useVisible();
  const share = (value: number): string => format.percent(tree.total[0] === 0 ? 0 : value / tree.total[0]!);
  const errors = frame === 0 ? model.errors : tree.errors[frame]!;
  return (
    <>
      <div className={classes.tipTitle}>
        {frame === 0 ? (
          text.flame.whole
        ) : (
          <>
            <ServiceName name={model.trace.services[tree.service[frame]!]!} strong />{' '}
            <bdi>{visible(model.trace.names[tree.name[frame]!]!)}</bdi>
          </>
        )}
      </div>
      <div>
        {text.flame.total} {format.duration(tree.total[frame]!)} ({share(tree.total[frame]!)}) · {text.flame.self}{' '}
        {format.duration(tree.self[frame]!)} ({share(tree.self[frame]!)})
      </div>
      <div>
        {text.common.spans(tree.spans[frame]!, format.count(tree.spans[frame]!))} · {text.flame.average}{' '}
        {format.duration(tree.total[frame]! / tree.spans[frame]!)}
        {errors > 0 && (
          <span className={classes.errors}> · {text.common.errorCount(errors, format.count(errors))}</span>
        )}
      </div>
    </>
  );
}

function foundFrames(tree: FlameTree, matched: Uint8Array): Uint8Array {
  const found = new Uint8Array(tree.count);
  for (let span = 0; span < matched.length; span++) if (matched[span] === 1) found[tree.frameOf[span]!] = 1;
  return found;
}
