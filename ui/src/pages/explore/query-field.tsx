import {Pill, PillsInput} from '@mantine/core';
import {useNavigate} from '@tanstack/react-router';
import {type KeyboardEvent, type RefObject, useEffect, useId, useState} from 'react';
import {useFormat, useText, useVisible} from '../../i18n/index.ts';
import {
  addTerm,
  type ExploreUrl,
  faultIn,
  isTooLong,
  type PageContext,
  type Question,
  type QuestionFault,
  readTraceId,
  readTyped,
  removeTerm,
  type Term,
  type TypedFault,
  writeTerm,
  writeTyped,
} from '../../urls/index.ts';
import {nothingOfForm} from './ask-by.tsx';
import type {Group, Suggestion} from './completion.ts';
import {conditionText} from './condition-text.ts';
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
  const listId = useId();
  const [opened, setOpened] = useState(false);
  const [active, setActive] = useState(-1);
  const suggestions = useCompletion(draft, context.service, opened);
  const at = Math.min(active, suggestions.length - 1);
  const isOpen = opened && (suggestions.length > 0 || draft !== '');
  const open = (): void => setOpened(true);
  const close = (): void => {
    setOpened(false);
    setActive(-1);
  };

  const openTrace = (traceId: string): void => void navigate({to: '/trace/$traceId', params: {traceId}});
  const write = (words: string): void => {
    const traceId = readTraceId(words);
    if (traceId !== undefined && draft === '') return openTrace(traceId);
    setDraft(words);
    setFault(undefined);
    open();
    setActive(-1);
  };
  const take = (words: string): void => {
    const typed = readTyped(words);
    if (typed.kind === 'nothing') return;
    if (typed.kind === 'trace') return openTrace(typed.traceId);
    if (typed.kind === 'refused' && typed.fault.kind === 'language' && typed.fault.what === 'traceql') {
      setDraft('');
      return onChange([], {...nothingOfForm, q: words.trim(), results: undefined});
    }
    if (typed.kind === 'refused') {
      setDraft(words);
      setFault(typed.fault);
      close(); // the list would lie over what is said
      return;
    }
    const next = typed.terms.reduce(addTerm, question);
    if (isTooLong(next)) {
      setDraft(words);
      setFault({kind: 'long'});
      close();
      return;
    }
    setDraft('');
    setFault(undefined);
    close();
    onChange(next, {...typed.scope, ...typed.view});
  };
  const choose = (index: number): void => {
    const suggestion = suggestions[index];
    if (suggestion === undefined) return;
    if (suggestion.whole) take(suggestion.text);
    else write(suggestion.text);
  };
  const edit = (term: Term): void => {
    onChange(removeTerm(question, term));
    write(writeTyped(term));
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Backspace' && draft === '' && question.length > 0) return onChange(question.slice(0, -1));
    const step = {ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1}[event.key];
    if (step !== undefined) {
      open();
      setActive(step === suggestions.length ? 0 : step < 0 ? suggestions.length - 1 : step);
    } else if (event.key === 'Enter') {
      if (isOpen && at >= 0) choose(at);
      else take(draft);
    } else if (event.key === 'Escape' && isOpen) close();
    else if (event.key === 'Escape' && draft !== '') {
      write('');
      close();
    } else return;
    event.preventDefault();
  };

  return (
    <div className={classes.place}>
      <PillsInput size="xs" onClick={open} classNames={{input: classes.input ?? ''}}>
        <Pill.Group gap={4}>
          {question.map((term) => (
            <TermPill
              key={writeTerm(term)}
              term={term}
              fault={faultIn(question, term)}
              onEdit={() => edit(term)}
              onRemove={() => onChange(removeTerm(question, term))}
            />
          ))}
          <PillsInput.Field
            ref={field}
            role="combobox"
            aria-label={text.query.label}
            aria-autocomplete="list"
            aria-haspopup="listbox"
            aria-expanded={isOpen}
            aria-controls={isOpen ? listId : undefined}
            aria-activedescendant={isOpen && at >= 0 ? `${listId}-${at}` : undefined}
            aria-invalid={fault !== undefined}
            aria-describedby={fault === undefined ? undefined : faultId}
            placeholder={question.length === 0 ? text.query.placeholder : ''}
            value={draft}
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="off"
            onFocus={open}
            onBlur={close}
            onChange={(event) => write(event.currentTarget.value)}
            onKeyDown={onKeyDown}
          />
        </Pill.Group>
      </PillsInput>
      {isOpen && (
        // biome-ignore lint/a11y/noStaticElementInteractions: a press leaves the focus in the field
        <div className={classes.dropdown} onMouseDown={(event) => event.preventDefault()}>
          {suggestions.length > 0 ? (
            <Suggestions id={listId} all={suggestions} active={at} onActive={setActive} onChoose={choose} />
          ) : (
            <p className={classes.nothing}>
              {readTyped(draft).kind === 'terms' ? text.query.pressEnter(draft.trim()) : text.query.notKnown}
            </p>
          )}
        </div>
      )}
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
  fault,
  onEdit,
  onRemove,
}: {
  readonly term: Term;
  readonly fault: QuestionFault | undefined;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}) {
  const text = useText(exploreText);
  const visible = useVisible();
  const name = conditionText(term, visible);
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

function Suggestions({
  id,
  all,
  active,
  onActive,
  onChoose,
}: {
  readonly id: string;
  readonly all: readonly Suggestion[];
  readonly active: number;
  readonly onActive: (index: number) => void;
  readonly onChoose: (index: number) => void;
}) {
  const text = useText(exploreText).query;
  const groups = [...new Set(all.map((one) => one.group))];
  useEffect(() => {
    document.getElementById(`${id}-${active}`)?.scrollIntoView({block: 'nearest'});
  }, [id, active]);
  return (
    <div id={id} role="listbox" aria-label={text.label} className={classes.options}>
      {groups.map((group: Group) => (
        // biome-ignore lint/a11y/useSemanticElements: a group of options
        <div key={group} role="group" aria-label={text.groups[group]}>
          <div className={classes.group} aria-hidden="true">
            {text.groups[group]}
          </div>
          {all.map(
            (one, index) =>
              one.group === group && (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the field takes the keys
                <div
                  key={`${one.group} ${one.text}`}
                  id={`${id}-${index}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={index === active}
                  className={classes.option}
                  onMouseMove={() => onActive(index)}
                  onClick={() => onChoose(index)}
                >
                  <SuggestionLine suggestion={one} />
                </div>
              ),
          )}
        </div>
      ))}
    </div>
  );
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
