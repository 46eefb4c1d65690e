import type {ReactNode} from 'react';
import classes from './keycap.module.css';

export function Keycap({children}: {readonly children: ReactNode}) {
  return <kbd className={classes.keycap}>{children}</kbd>;
}

export const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
/** The key that goes with K, as it is written on this keyboard. */
export const commandKey = isMac ? '⌘' : 'Ctrl';
