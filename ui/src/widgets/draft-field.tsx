import {TextInput} from '@mantine/core';
import {type ReactNode, useState} from 'react';
import classes from './draft-field.module.css';

/** A text that is taken when the field is left or Enter is pressed, if it fits; Escape brings the old one back. */
export function DraftField({
  label,
  value,
  width,
  placeholder,
  unit,
  refused,
  disabled = false,
  wrong,
  fits,
  onTake,
}: {
  readonly label: string;
  readonly value: string;
  readonly width: number;
  readonly placeholder?: string | undefined;
  /** Stands behind the text. */
  readonly unit?: ReactNode;
  /** Why somebody else finds the value wrong. */
  readonly refused?: string | undefined;
  readonly disabled?: boolean;
  /** Says how to write it, where it does not fit. */
  readonly wrong: string;
  readonly fits: (text: string) => boolean;
  readonly onTake: (text: string) => void;
}) {
  const [draft, setDraft] = useState(value);
  const [seen, setSeen] = useState(value);
  if (seen !== value) {
    setSeen(value);
    setDraft(value);
  }
  const text = draft.trim();
  // While somebody writes, what is there is unfinished, not wrong.
  const [writing, setWriting] = useState(false);
  // What has been written since is not what was refused.
  const unfit = !fits(text);
  const why = unfit ? wrong : text === value ? refused : undefined;
  const told = why !== undefined && !writing;
  const take = (): void => {
    setWriting(false);
    if (text !== value && fits(text)) onTake(text);
  };
  return (
    <TextInput
      size="xs"
      w={width}
      aria-label={label}
      {...(placeholder === undefined ? {} : {placeholder})}
      value={draft}
      error={told ? why : why !== undefined}
      // Who finds a value wrong that is well written says so where everybody sees it.
      errorProps={{role: unfit ? 'alert' : undefined, className: unfit ? classes.why : 'visually-hidden'}}
      classNames={{root: classes.place ?? ''}}
      disabled={disabled}
      spellCheck={false}
      autoComplete="off"
      rightSection={unit}
      rightSectionWidth={unit === undefined ? undefined : 'auto'}
      rightSectionPointerEvents="none"
      onChange={(event) => {
        setDraft(event.target.value);
        setWriting(true);
      }}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter') take();
        else if (event.key === 'Escape' && draft !== value) {
          setDraft(value);
          setWriting(false);
          event.stopPropagation();
        }
      }}
    />
  );
}
