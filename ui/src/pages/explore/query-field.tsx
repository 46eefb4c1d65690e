import {Combobox, Pill, PillsInput, useCombobox} from '@mantine/core';
import {useNavigate} from '@tanstack/react-router';
import {type KeyboardEvent, type RefObject, useId, useState} from 'react';
import {useFormat, useText, useVisible} from '../../i18n/index.ts';
import {
  addTerm,
  type ExploreUrl,
  isTooLong,
  type PageContext,
  type Question,
  readTraceId,
  readTyped,
  removeTerm,
  type Term,
  type TypedFault,
  termFault,
  writeTerm,
} from '../../urls/index.ts';
import type {Group, Suggestion} from './completion.ts';
import {faultText} from './fault-text.ts';
import classes from './query-field.module.css';
import {exploreText} from './text/index.ts';
import {useCompletion} from './use-completion.ts';

/** The question as pills, and a field for one more condition: completed by what has arrived, understood as people write it. */
export function QueryField({
  field,
  question,
  context,
  onChange,
}: {
  readonly field: RefObject<HTMLInputElement | null>;
  readonly question: Question;
  readonly context: PageContext;
  readonly onChange: (question: Question, also?: Partial<PageContext & ExploreUrl>) => void;
}) {
  const text = useText(exploreText);
  const navigate = useNavigate();
  const [draft, setDraft] = useState('');
  const [fault, setFault] = useState<TypedFault | undefined>();
  const faultId = useId();
  const combobox = useCombobox({onDropdownClose: () => combobox.resetSelectedOption()});
  const suggestions = useCompletion(draft, context.service, combobox.dropdownOpened);

  const openTrace = (traceId: string): void => void navigate({to: '/trace/$traceId', params: {traceId}});
  const write = (words: string): void => {
    const traceId = readTraceId(words);
    if (traceId !== undefined && draft === '') return openTrace(traceId);
    setDraft(words);
    setFault(undefined);
    combobox.openDropdown();
    combobox.resetSelectedOption();
  };
  const take = (words: string): void => {
    const typed = readTyped(words);
    if (typed.kind === 'nothing') return;
    if (typed.kind === 'trace') return openTrace(typed.traceId);
    if (typed.kind === 'refused') {
      setDraft(words);
      setFault(typed.fault);
      return;
    }
    const next = typed.terms.reduce(addTerm, question);
    if (isTooLong(next)) {
      setDraft(words);
      setFault({kind: 'long'});
      return;
    }
    setDraft('');
    setFault(undefined);
    combobox.closeDropdown();
    onChange(next, {...typed.scope, ...typed.view});
  };
  const choose = (value: string): void => {
    const suggestion = suggestions[Number(value)];
    if (suggestion === undefined) return;
    if (suggestion.whole) take(suggestion.text);
    else write(suggestion.text);
  };
  const edit = (term: Term): void => {
    onChange(removeTerm(question, term));
    write(writeTerm(term));
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Backspace' && draft === '' && question.length > 0) onChange(question.slice(0, -1));
    else if (event.key === 'Enter' && combobox.getSelectedOptionIndex() < 0) {
      event.preventDefault();
      take(draft);
    } else if (event.key === 'Escape' && !combobox.dropdownOpened && draft !== '') {
      event.preventDefault();
      write('');
    }
  };

  return (
    <div>
      <Combobox store={combobox} onOptionSubmit={choose} position="bottom-start" width="min(600px, 100vw - 20px)">
        <Combobox.DropdownTarget>
          <PillsInput size="xs" onClick={() => combobox.openDropdown()} classNames={{input: classes.input ?? ''}}>
            <Pill.Group gap={4}>
              {question.map((term) => (
                <TermPill
                  key={writeTerm(term)}
                  term={term}
                  onEdit={() => edit(term)}
                  onRemove={() => onChange(removeTerm(question, term))}
                />
              ))}
              <Combobox.EventsTarget withExpandedAttribute>
                <PillsInput.Field
                  ref={field}
                  role="combobox"
                  aria-label={text.query.label}
                  aria-invalid={fault !== undefined}
                  aria-describedby={fault === undefined ? undefined : faultId}
                  placeholder={question.length === 0 ? text.query.placeholder : ''}
                  value={draft}
                  spellCheck={false}
                  autoComplete="off"
                  autoCapitalize="off"
                  onFocus={() => combobox.openDropdown()}
                  onBlur={() => combobox.closeDropdown()}
                  onChange={(event) => write(event.currentTarget.value)}
                  onKeyDown={onKeyDown}
                />
              </Combobox.EventsTarget>
            </Pill.Group>
          </PillsInput>
        </Combobox.DropdownTarget>
        <Combobox.Dropdown hidden={suggestions.length === 0 && draft === ''}>
          {suggestions.length > 0 ? (
            <Combobox.Options mah={360} className={classes.options} aria-label={text.query.label}>
              <Suggestions all={suggestions} />
            </Combobox.Options>
          ) : (
            <Combobox.Empty>
              {readTyped(draft).kind === 'terms' ? text.query.pressEnter(draft.trim()) : text.query.notKnown}
            </Combobox.Empty>
          )}
        </Combobox.Dropdown>
      </Combobox>
      {fault !== undefined && (
        <p id={faultId} role="alert" className={classes.fault}>
          {faultText(fault, text)}
        </p>
      )}
    </div>
  );
}

function TermPill({
  term,
  onEdit,
  onRemove,
}: {
  readonly term: Term;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}) {
  const text = useText(exploreText);
  const visible = useVisible();
  const fault = termFault(term);
  const name = `${visible(term.field)} ${term.op} ${visible(term.value)}`;
  return (
    <Pill
      size="xs"
      classNames={{root: classes.term ?? '', remove: classes.remove ?? ''}}
      data-wrong={fault !== undefined}
      title={fault === undefined ? undefined : faultText(fault, text)}
      withRemoveButton
      removeButtonProps={{'aria-label': text.query.remove(name), tabIndex: 0, 'aria-hidden': false}}
      onRemove={onRemove}
    >
      <button type="button" className={classes.edit} title={text.query.edit(name)} onClick={onEdit}>
        <bdi>{name}</bdi>
      </button>
    </Pill>
  );
}

function Suggestions({all}: {readonly all: readonly Suggestion[]}) {
  const text = useText(exploreText).query;
  const groups = [...new Set(all.map((one) => one.group))];
  return groups.map((group: Group) => (
    <Combobox.Group key={group} label={text.groups[group]}>
      {all.map(
        (one, index) =>
          one.group === group && (
            <Combobox.Option key={`${one.group} ${one.text}`} value={String(index)}>
              <SuggestionLine suggestion={one} />
            </Combobox.Option>
          ),
      )}
    </Combobox.Group>
  ));
}

function SuggestionLine({suggestion: {name, explains, spans}}: {readonly suggestion: Suggestion}) {
  const text = useText(exploreText).query;
  const format = useFormat();
  const visible = useVisible();
  return (
    <span className={classes.suggestion}>
      <bdi className={classes.name}>{visible(name)}</bdi>
      <span className={classes.note}>
        {explains === undefined
          ? spans !== undefined && format.compact(spans)
          : 'operator' in explains
            ? text.operators[explains.operator]
            : text.fields[explains.field as keyof typeof text.fields]}
      </span>
    </span>
  );
}
