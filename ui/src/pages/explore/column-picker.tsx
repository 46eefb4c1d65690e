import {IconPlus} from '@tabler/icons-react';
import {useState} from 'react';
import {useText, useVisible} from '../../i18n/index.ts';
import {mostColumns} from '../../urls/index.ts';
import {ChoicePicker} from '../../widgets/index.ts';
import {useAttributeKeys} from './group-picker.tsx';
import {spanText} from './span-text/index.ts';
import type {Asked, ChangeAsked} from './use-explore-url.ts';

/** Adds a column for an attribute to the list of spans, or takes it away again. */
export function ColumnPicker({asked, onChange}: {readonly asked: Asked; readonly onChange: ChangeAsked}) {
  const text = useText(spanText).spans;
  const visible = useVisible();
  const [opened, setOpened] = useState(false);
  const shown = asked.url.column ?? [];
  const keys = useAttributeKeys(asked, opened);
  const toggle = (key: string): void => {
    const next = shown.includes(key) ? shown.filter((one) => one !== key) : [...shown, key];
    onChange({column: next.length === 0 ? undefined : next}, 'replace');
  };
  return (
    <ChoicePicker
      label={text.addColumn}
      value={undefined}
      choices={[
        ...shown.map((value) => ({value, name: visible(value), group: text.columnsShown})),
        ...keys
          .filter((key) => !shown.includes(key))
          .map((value) => ({value, name: visible(value), group: text.columnsToAdd})),
      ]}
      icon={
        <>
          <IconPlus size={14} aria-hidden="true" />
          <span>{text.addColumn}</span>
        </>
      }
      opened={opened}
      unused={shown.length >= mostColumns ? text.tooManyColumns : undefined}
      nothing={keys.length === 0 ? text.reading : undefined}
      onOpened={setOpened}
      onChoose={(key) => key !== undefined && toggle(key)}
    />
  );
}
