import {useFormat, useText} from '../i18n/index.ts';
import type {Zoom} from '../urls/index.ts';
import {traceText} from './text/index.ts';
import classes from './waterfall.module.css';

/** Marks of time since the start of the trace, and the grid lines below them. */
export function Ruler({zoom, width}: {readonly zoom: Zoom; readonly width: number}) {
  const text = useText(traceText).trace;
  return (
    <div className={classes.ruler} role="img" aria-label={text.ruler}>
      <Ticks zoom={zoom} width={width} labelled />
    </div>
  );
}

export function Ticks({
  zoom,
  width,
  labelled = false,
}: {
  readonly zoom: Zoom;
  readonly width: number;
  readonly labelled?: boolean;
}) {
  const format = useFormat();
  const ticks = format.durationTicks(zoom.from, zoom.to, Math.max(2, Math.floor(width / 110)));
  const length = zoom.to - zoom.from;
  return ticks.map((tick) => {
    const share = (tick.at - zoom.from) / length;
    return (
      <span key={tick.at} className={classes.tick} style={{left: `${share * 100}%`}}>
        {labelled && <span data-last={share > 0.93}>{tick.text}</span>}
      </span>
    );
  });
}
