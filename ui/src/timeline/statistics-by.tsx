import {TextInput} from '@mantine/core';
import {useQuery} from '@tanstack/react-query';
import {useId, useState} from 'react';
import {queries} from '../api/index.ts';
import {useText} from '../i18n/index.ts';
import {Segmented} from '../widgets/index.ts';
import classes from './statistics-table.module.css';
import {traceText} from './text/index.ts';

/** What the statistics are by: two of a kind that every trace has, or any attribute. */
export function StatisticsBy({
  by,
  onBy,
}: {
  readonly by: string | undefined;
  readonly onBy: (by: string | undefined) => void;
}) {
  const text = useText(traceText).statistics;
  const attribute = by === undefined || by === 'service' ? '' : by;
  return (
    <div className={classes.by}>
      <Segmented
        label={text.by}
        value={attribute === '' ? (by ?? 'operation') : ''}
        choices={[
          {value: 'operation', label: text.operation},
          {value: 'service', label: text.service},
        ]}
        onChange={(next) => onBy(next === 'operation' ? undefined : next)}
      />
      <KeyField
        key={attribute}
        value={attribute}
        onTake={(key) => onBy(key === '' || key === 'operation' ? undefined : key)}
      />
    </div>
  );
}

/** Taken with Enter, when it is left, or when one of the keys offered is chosen. */
function KeyField({value, onTake}: {readonly value: string; readonly onTake: (key: string) => void}) {
  const text = useText(traceText).statistics;
  const list = useId();
  const [draft, setDraft] = useState(value);
  const [asking, setAsking] = useState(false);
  const known = useQuery({...queries.attributeKeys(undefined), enabled: asking}).data?.keys ?? [];
  const take = (key: string): void => {
    if (key.trim() !== value) onTake(key.trim());
  };
  return (
    <>
      <TextInput
        size="xs"
        className={classes.key ?? ''}
        aria-label={text.byAttribute}
        placeholder={text.byAttribute}
        value={draft}
        list={list}
        spellCheck={false}
        autoComplete="off"
        onFocus={() => setAsking(true)}
        onBlur={() => take(draft)}
        onChange={({currentTarget, nativeEvent}) => {
          setDraft(currentTarget.value);
          // A choice from the list is no typing.
          if (!('inputType' in nativeEvent) || nativeEvent.inputType === 'insertReplacementText')
            take(currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === 'Enter') take(draft);
          else if (event.key === 'Escape' && draft !== value) {
            setDraft(value);
            event.stopPropagation();
          }
        }}
      />
      <datalist id={list}>
        {known.map(({key, of}) => (
          <option key={`${of} ${key}`} value={key} />
        ))}
      </datalist>
    </>
  );
}
