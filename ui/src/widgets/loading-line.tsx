import {useText} from '../i18n/index.ts';
import classes from './panels.module.css';

/** A thin moving line while something loads longer than a blink (80 ms); always the same height, so that nothing jumps. */
export function LoadingLine({active}: {readonly active: boolean}) {
  const text = useText();
  return (
    <div className={active ? classes.loading : classes.idle} role="status">
      <span className="visually-hidden">{active ? text.common.loading : ''}</span>
    </div>
  );
}
