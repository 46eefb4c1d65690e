import {Combobox, Pill, PillsInput, useCombobox} from '@mantine/core';
import {useDebouncedValue} from '@mantine/hooks';
import {useQuery} from '@tanstack/react-query';
import {useNavigate} from '@tanstack/react-router';
import {useRef, useState} from 'react';
import {queries} from '../../api/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {readTraceId} from '../../urls/index.ts';
import {useKeys} from '../../widgets/index.ts';
import classes from './attribute-input.module.css';
import {searchText} from './text/index.ts';

const MOST_SUGGESTIONS = 40;

/** `key=value` tokens. Keys, then values of the chosen key, are completed by what has really arrived. */
export function AttributeInput({
  value,
  service,
  onChange,
}: {
  readonly value: readonly string[];
  readonly service: string | undefined;
  readonly onChange: (value: readonly string[]) => void;
}) {
  const text = useText(searchText).search;
  const [draft, setDraft] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const combobox = useCombobox({onDropdownClose: () => combobox.resetSelectedOption()});
  const suggestions = useSuggestions(draft, service, combobox.dropdownOpened);
  const navigate = useNavigate();
  useKeys({'/': () => field.current?.focus()});

  const add = (token: string): void => {
    if (!value.includes(token)) onChange([...value, token]);
    setDraft('');
    combobox.closeDropdown();
  };
  const choose = (option: string): void => {
    if (option.startsWith('key ')) {
      setDraft(`${option.slice(4)}=`);
      combobox.resetSelectedOption();
    } else add(option.slice(6));
  };
  const write = (words: string): void => {
    const traceId = readTraceId(words);
    if (traceId !== undefined && draft === '') return void navigate({to: '/trace/$traceId', params: {traceId}});
    setDraft(words);
    combobox.openDropdown();
    combobox.resetSelectedOption();
  };
  const complete = isComplete(draft);

  return (
    <Combobox store={combobox} onOptionSubmit={choose} position="bottom-start">
      <Combobox.DropdownTarget>
        <PillsInput size="xs" onClick={() => combobox.openDropdown()} classNames={{input: classes.input ?? ''}}>
          <Pill.Group gap={4}>
            {value.map((token) => (
              <Pill
                key={token}
                size="xs"
                className={classes.token}
                withRemoveButton
                removeButtonProps={{'aria-label': text.removeCondition(token), tabIndex: 0, 'aria-hidden': false}}
                onRemove={() => onChange(value.filter((one) => one !== token))}
              >
                {token}
              </Pill>
            ))}
            <Combobox.EventsTarget>
              <PillsInput.Field
                ref={field}
                aria-label={text.attributes}
                placeholder={value.length === 0 ? text.attributesPlaceholder : ''}
                value={draft}
                spellCheck={false}
                onFocus={() => combobox.openDropdown()}
                onBlur={() => combobox.closeDropdown()}
                onChange={(event) => write(event.currentTarget.value)}
                onKeyDown={(event) => {
                  if (event.nativeEvent.isComposing) return;
                  if (event.key === 'Backspace' && draft === '' && value.length > 0) onChange(value.slice(0, -1));
                  if (event.key === 'Enter' && complete && combobox.getSelectedOptionIndex() < 0) {
                    event.preventDefault();
                    add(draft.trim());
                  }
                }}
              />
            </Combobox.EventsTarget>
          </Pill.Group>
        </PillsInput>
      </Combobox.DropdownTarget>
      <Combobox.Dropdown hidden={suggestions.length === 0 && draft === ''}>
        <Combobox.Options mah={320} className={classes.options}>
          {suggestions.map((one) => (
            <Combobox.Option key={one.option} value={one.option}>
              <Suggestion name={one.name} spans={one.spans} />
            </Combobox.Option>
          ))}
          {suggestions.length === 0 && (
            <Combobox.Empty>{complete ? text.pressEnter(draft.trim()) : text.noSuggestion}</Combobox.Empty>
          )}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

function Suggestion({name, spans}: {readonly name: string; readonly spans: number}) {
  const format = useFormat();
  return (
    <span className={classes.suggestion}>
      <span className={classes.name}>{name}</span>
      <span className={classes.count}>{format.compact(spans)}</span>
    </span>
  );
}

function useSuggestions(draft: string, service: string | undefined, open: boolean) {
  const equals = draft.indexOf('=');
  const key = equals > 0 ? draft.slice(0, equals).trim() : undefined;
  const [prefix] = useDebouncedValue(equals > 0 ? draft.slice(equals + 1).trim() : '', 120);
  const keys = useQuery({...queries.attributeKeys(service), enabled: open});
  const values = useQuery({...queries.attributeValues(key ?? '', service, prefix), enabled: open && key !== undefined});
  if (key === undefined) {
    const part = draft.trim().toLowerCase();
    const seen = new Set<string>();
    return (keys.data?.keys ?? [])
      .filter((one) => one.key.toLowerCase().includes(part) && !seen.has(one.key) && seen.add(one.key))
      .slice(0, MOST_SUGGESTIONS)
      .map((one) => ({option: `key ${one.key}`, name: one.key, spans: one.spans}));
  }
  return (values.data?.values ?? [])
    .slice(0, MOST_SUGGESTIONS)
    .map((one) => ({option: `value ${key}=${one.value}`, name: one.value, spans: one.spans}));
}

function isComplete(draft: string): boolean {
  const equals = draft.indexOf('=');
  return equals > 0 && draft.slice(equals + 1).trim() !== '';
}
