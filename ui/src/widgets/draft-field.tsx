import {TextInput} from '@mantine/core';
import {type ReactNode, useState} from 'react';

/** A text that is taken when the field is left or Enter is pressed, if it fits; Escape brings the old one back. */
export function DraftField({
  label,
  value,
  width,
  placeholder,
  unit,
  refused = false,
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
  /** Somebody else found the value wrong. */
  readonly refused?: boolean;
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
  const bad = refused || !fits(text);
  const take = (): void => {
    if (text !== value && fits(text)) onTake(text);
  };
  return (
    <TextInput
      size="xs"
      w={width}
      aria-label={label}
      {...(placeholder === undefined ? {} : {placeholder})}
      value={draft}
      error={bad}
      {...(bad ? {title: wrong} : {})}
      disabled={disabled}
      spellCheck={false}
      autoComplete="off"
      rightSection={unit}
      rightSectionWidth={unit === undefined ? undefined : 'auto'}
      rightSectionPointerEvents="none"
      onChange={(event) => setDraft(event.target.value)}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter') take();
        else if (event.key === 'Escape' && draft !== value) {
          setDraft(value);
          event.stopPropagation();
        }
      }}
    />
  );
}
