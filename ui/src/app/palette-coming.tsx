import {useLayoutEffect, useRef} from 'react';
import {useText} from '../i18n/index.ts';
import classes from './palette-coming.module.css';
import field from './palette-field.module.css';

/** Takes what is written to the palette while its code is still fetched: the palette begins with it. */
export function PaletteComing({
  written,
  onWrite,
  onClose,
}: {
  readonly written: string;
  readonly onWrite: (text: string) => void;
  readonly onClose: () => void;
}) {
  const text = useText().palette;
  const dialog = useRef<HTMLDialogElement>(null);
  // Gives the field the focus, and closes with Escape.
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className={classes.dialog} aria-label={text.label} onClose={onClose}>
      <input
        className={field.field}
        aria-label={text.label}
        placeholder={text.placeholder}
        value={written}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onWrite(event.target.value)}
      />
    </dialog>
  );
}
