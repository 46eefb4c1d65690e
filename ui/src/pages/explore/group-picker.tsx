import {IconLayoutList} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {useState} from 'react';
import {queries} from '../../api/index.ts';
import {useCommands} from '../../frame/index.ts';
import {useText, useVisible} from '../../i18n/index.ts';
import {attributeBy, groupFields, isGroupField} from '../../urls/index.ts';
import {type Choice, ChoicePicker} from '../../widgets/index.ts';
import {spanCommands} from './span-commands.ts';
import {type SpanText, spanText} from './span-text/index.ts';
import type {Asked, ChangeAsked} from './use-explore-url.ts';

/** By what spans are counted: what every span has, or an attribute that was seen lately. */
export function GroupPicker({asked, onChange}: {readonly asked: Asked; readonly onChange: ChangeAsked}) {
  const text = useText(spanText);
  const visible = useVisible();
  const [opened, setOpened] = useState(false);
  const keys = useAttributeKeys(asked, opened);
  useCommands(spanCommands, {group: () => setOpened(true)});
  const {by} = asked.url;
  const choices: Choice<string>[] = [
    {value: undefined, name: text.groups.oneByOne},
    ...groupFields.map((value) => ({value, name: text.groups.fields[value], group: text.groups.fieldsTitle})),
    ...[...new Set([...(by === undefined || isGroupField(by) ? [] : [by]), ...keys.map(attributeBy)])].map((value) => ({
      value,
      name: visible(value),
      group: text.groups.attributesTitle,
    })),
  ];
  return (
    <ChoicePicker
      label={text.groups.by}
      value={by}
      choices={choices}
      icon={<IconLayoutList size={15} aria-hidden="true" />}
      opened={opened}
      onOpened={setOpened}
      onChoose={(value) => onChange(value === undefined ? ungrouped : {by: value})}
    />
  );
}

/** The change of an address that leads from groups to their spans. */
export const ungrouped = {by: undefined, order: undefined, figures: undefined} as const;

/** The name of what spans are counted by. */
export const nameOfGroups = (by: string, {groups}: SpanText, visible: (name: string) => string): string =>
  isGroupField(by) ? groups.fields[by] : visible(by);

/** Most frequent first, each once: of spans and of what sent them. */
export function useAttributeKeys({context}: Asked, enabled: boolean): readonly string[] {
  const {data} = useQuery({...queries.attributeKeys(context.service), enabled});
  return [...new Set(data?.keys.map(({key}) => key))];
}
