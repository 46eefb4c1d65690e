import {parseDuration} from '../../format/index.ts';
import {useText} from '../../i18n/index.ts';
import {DraftField} from '../../widgets/index.ts';
import {exploreText} from './text/index.ts';

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
  /** Why the value cannot be asked for. */
  readonly refused: string | undefined;
  readonly onChange: (duration: string | undefined) => void;
}) {
  const text = useText(exploreText).explore;
  return (
    <DraftField
      label={label}
      placeholder={placeholder}
      width={76}
      value={value ?? ''}
      refused={refused}
      wrong={text.badDuration}
      fits={(duration) => duration === '' || parseDuration(duration) !== undefined}
      onTake={(duration) => onChange(duration === '' ? undefined : duration)}
    />
  );
}
