import {type ReactNode, useRef} from 'react';
import classes from './while-reading.module.css';

/** Tells whether a reader is in the middle of the results: then nothing may move under the hand. */
export function WhileReading({
  old,
  onHold,
  children,
}: {
  /** They answer another question: neither keys nor clicks operate them. */
  readonly old: boolean;
  readonly onHold: (hold: boolean) => void;
  readonly children: ReactNode;
}) {
  const reader = useRef({pointer: false, focus: false});
  const tell = (change: Partial<typeof reader.current>): void => {
    Object.assign(reader.current, change);
    onHold(reader.current.pointer || reader.current.focus);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: nothing to operate, it only notices that a reader is here
    <div
      className={classes.place}
      inert={old}
      onMouseEnter={() => tell({pointer: true})}
      onMouseLeave={() => tell({pointer: false})}
      onFocus={() => tell({focus: true})}
      onBlur={() => tell({focus: false})}
    >
      {children}
    </div>
  );
}
