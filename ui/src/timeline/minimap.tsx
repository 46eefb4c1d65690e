import {type PointerEvent, useEffect, useRef, useState} from 'react';
import {useFormat, useText} from '../i18n/index.ts';
import {useCanvasColours, useServiceColour} from '../theme/index.ts';
import type {Zoom} from '../urls/index.ts';
import {useWidth} from '../widgets/index.ts';
import classes from './minimap.module.css';
import {EMPTY, FAILED, minimapCells} from './minimap-pixels.ts';
import {Ticks} from './ruler.tsx';
import {traceText} from './text/index.ts';
import type {TraceModel} from './trace-model.ts';
import {clampZoom, pan} from './zoom.ts';

const HEIGHT = 52;

/** The whole trace, small, with the part in view: drag to choose another, its edges to resize, its middle to move it. */
export function Minimap({
  model,
  zoom,
  onZoom,
}: {
  readonly model: TraceModel;
  readonly zoom: Zoom;
  readonly onZoom: (zoom: Zoom | undefined) => void;
}) {
  const text = useText(traceText).trace;
  const {total} = model;
  const area = useRef<HTMLDivElement>(null);
  const width = useWidth(area);
  const [draft, setDraft] = useState<Zoom>();
  const whole = zoom.from === 0 && zoom.to === total;
  const shown = draft ?? zoom;
  const left = (shown.from / total) * 100;
  const right = (shown.to / total) * 100;

  const onPointerDown = (down: PointerEvent): void => {
    if (down.button !== 0 || (down.target as HTMLElement).closest('[role=slider]') !== null) return;
    const box = area.current!.getBoundingClientRect();
    const timeAt = (x: number): number => Math.min(1, Math.max(0, (x - box.left) / box.width)) * total;
    const start = timeAt(down.clientX);
    const moving = !whole && start >= zoom.from && start <= zoom.to;
    track(
      (event) => {
        const at = timeAt(event.clientX);
        const next = moving
          ? clampZoom({from: zoom.from + at - start, to: zoom.to + at - start}, total)
          : {from: Math.min(start, at), to: Math.max(start, at)};
        if (moving) onZoom(next);
        else setDraft(next);
        return next;
      },
      (last) => {
        setDraft(undefined);
        if (!moving && last !== undefined && last.to - last.from > total * 0.002) onZoom(clampZoom(last, total));
      },
    );
  };

  return (
    <section className={classes.minimap} aria-label={text.overview}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the sliders inside are the same by keyboard */}
      <div
        ref={area}
        className={classes.area}
        style={{height: HEIGHT + 18}}
        onPointerDown={onPointerDown}
        onDoubleClick={() => onZoom(undefined)}
      >
        <div className={classes.ticks} aria-hidden="true">
          <Ticks zoom={{from: 0, to: total}} width={width} labelled />
        </div>
        <Picture model={model} width={width} />
        {(!whole || draft !== undefined) && (
          <>
            <div className={classes.shade} style={{left: 0, width: `${left}%`}} />
            <div className={classes.shade} style={{left: `${right}%`, right: 0}} />
            <div className={classes.window} style={{left: `${left}%`, width: `${right - left}%`}} />
          </>
        )}
        <Edge area={area} side="from" zoom={zoom} total={total} onZoom={onZoom} label={text.overviewStart} />
        <Edge area={area} side="to" zoom={zoom} total={total} onZoom={onZoom} label={text.overviewEnd} />
      </div>
    </section>
  );
}

function Picture({model, width}: {readonly model: TraceModel; readonly width: number}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const serviceColour = useServiceColour();
  const colours = useCanvasColours();
  const w = Math.round(width * devicePixelRatio);
  const h = Math.round(HEIGHT * devicePixelRatio);
  useEffect(() => {
    const ctx = canvas.current?.getContext('2d');
    if (ctx === null || ctx === undefined || w < 1) return;
    const palette = new Uint32Array(model.trace.services.length + 2);
    palette[FAILED] = pixelOf(colours('--error'));
    model.trace.services.forEach((service, index) => {
      palette[index + 2] = pixelOf(colours(serviceColour(service)));
    });
    palette[EMPTY] = 0;
    const image = ctx.createImageData(w, h);
    const pixels = new Uint32Array(image.data.buffer);
    minimapCells(model, w, h).forEach((cell, index) => {
      pixels[index] = palette[cell]!;
    });
    ctx.putImageData(image, 0, 0);
  }, [model, w, h, colours, serviceColour]);
  return <canvas ref={canvas} width={Math.max(1, w)} height={h} className={classes.picture} style={{height: HEIGHT}} />;
}

/** `#rrggbb` as a pixel of an image, opaque. */
function pixelOf(colour: string): number {
  const value = Number.parseInt(colour.slice(1), 16);
  return (0xff000000 | ((value & 0xff) << 16) | (value & 0xff00) | (value >> 16)) >>> 0;
}

function Edge({
  area,
  side,
  zoom,
  total,
  label,
  onZoom,
}: {
  readonly area: React.RefObject<HTMLDivElement | null>;
  readonly side: 'from' | 'to';
  readonly zoom: Zoom;
  readonly total: number;
  readonly label: string;
  readonly onZoom: (zoom: Zoom | undefined) => void;
}) {
  const format = useFormat();
  const moveTo = (time: number): void => {
    const from = side === 'from' ? Math.min(time, zoom.to - 1) : zoom.from;
    const to = side === 'to' ? Math.max(time, zoom.from + 1) : zoom.to;
    onZoom(clampZoom({from: Math.max(0, from), to: Math.min(total, to)}, total));
  };
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={zoom[side]}
      aria-valuetext={format.duration(zoom[side])}
      className={classes.edge}
      style={{left: `${(zoom[side] / total) * 100}%`}}
      onPointerDown={(down) => {
        if (down.button !== 0) return;
        down.stopPropagation();
        const box = area.current!.getBoundingClientRect();
        track(
          (event) => moveTo(((event.clientX - box.left) / box.width) * total),
          () => undefined,
        );
      }}
      onKeyDown={(event) => {
        const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
        if (step === undefined) return;
        event.preventDefault();
        if (event.shiftKey) onZoom(pan(zoom, step * 0.1, total));
        else moveTo(zoom[side] + (step * (zoom.to - zoom.from)) / 20);
      }}
    />
  );
}

/** Follows the pointer until it is let go; `done` gets what `move` returned last. */
function track<T>(move: (event: globalThis.PointerEvent) => T, done: (last: T | undefined) => void): void {
  let last: T | undefined;
  const onMove = (event: globalThis.PointerEvent): void => {
    last = move(event);
  };
  const onUp = (): void => {
    removeEventListener('pointermove', onMove);
    removeEventListener('pointerup', onUp);
    removeEventListener('pointercancel', onUp);
    done(last);
  };
  addEventListener('pointermove', onMove);
  addEventListener('pointerup', onUp);
  addEventListener('pointercancel', onUp);
}
