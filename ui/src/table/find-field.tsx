import {TextInput} from '@mantine/core';
import {IconSearch, IconX} from '@tabler/icons-react';
import type {RefObject} from 'react';
import {useText} from '../i18n/index.ts';
import {IconAction, Keycap} from '../widgets/index.ts';
import classes from './data-table.module.css';

/** Narrows the table while a person writes. Escape clears and leaves it; ↓ and Enter go on to the first row. */
export function FindField({
  field,
  label,
  value,
  onChange,
  onDown,
}: {
  readonly field: RefObject<HTMLInputElement | null>;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string | undefined) => void;
  readonly onDown: () => void;
}) {
  const text = useText().table;
  return (
    <TextInput
      ref={field}
      size="xs"
      className={classes.find ?? ''}
      aria-label={label}
      placeholder={label}
      value={value}
      spellCheck={false}
      autoComplete="off"
      leftSection={<IconSearch size={14} />}
      rightSectionPointerEvents={value === '' ? 'none' : 'auto'}
      rightSection={
        value === '' ? (
          <Keycap>/</Keycap>
        ) : (
          <IconAction label={text.clearFind} icon={<IconX size={13} />} size={24} onClick={() => onChange(undefined)} />
        )
      }
      onChange={(event) => onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Escape') {
          onChange(undefined);
          event.currentTarget.blur();
        } else if (event.key === 'ArrowDown' || event.key === 'Enter') {
          event.preventDefault();
          onDown();
        }
      }}
    />
  );
}
