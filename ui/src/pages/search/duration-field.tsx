import {TextInput} from '@mantine/core';
import {useState} from 'react';
import {parseDuration} from '../../format/index.ts';
import {useText} from '../../i18n/index.ts';

/** A duration as a person writes it; taken when the field is left or Enter is pressed. */
export function DurationField({
  label,
  placeholder,
  value,
  refused,
  onChange,
}: {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string | undefined;
  readonly refused: boolean;
  readonly onChange: (duration: string | undefined) => void;
}) {
  const text = useText().search;
  const [draft, setDraft] = useState(value ?? '');
  const [seen, setSeen] = useState(value);
  if (seen !== value) {
    setSeen(value);
    setDraft(value ?? '');
  }
  const wrong = refused || (draft.trim() !== '' && parseDuration(draft) === undefined);
  const take = (): void => {
    const duration = draft.trim() === '' ? undefined : draft.trim();
    if (duration !== value && (duration === undefined || parseDuration(duration) !== undefined)) onChange(duration);
  };
  return (
    <TextInput
      size="xs"
      w={76}
      aria-label={label}
      placeholder={placeholder}
      value={draft}
      error={wrong}
      title={wrong ? text.badDuration : undefined}
      spellCheck={false}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && !event.nativeEvent.isComposing) take();
      }}
    />
  );
}
