import {useEffect, useState} from 'react';
import {useText} from '../i18n/index.ts';
import classes from './panels.module.css';

/** A thin moving line while something loads longer than a blink; always the same height, so that nothing jumps. */
export function LoadingLine({active}: {readonly active: boolean}) {
  const text = useText();
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!active) return setLate(false);
    const timer = setTimeout(() => setLate(true), 150);
    return () => clearTimeout(timer);
  }, [active]);
  return (
    <div className={late ? classes.loading : classes.idle} role="status">
      <span className="visually-hidden">{late ? text.common.loading : ''}</span>
    </div>
  );
}
