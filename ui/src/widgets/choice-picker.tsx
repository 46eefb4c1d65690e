import {IconCheck, IconChevronDown} from '@tabler/icons-react';
import {type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState} from 'react';
import {useText} from '../i18n/index.ts';
import classes from './choice-picker.module.css';
import {Floating} from './floating.tsx';

export interface Choice<T extends string> {
  /** Undefined: none of the others. */
  readonly value: T | undefined;
  readonly name: string;
  readonly label?: ReactNode;
  /** Choices of a group stand together, below its name. */
  readonly group?: string | undefined;
}

/** A button that says what is chosen, and a list to choose another from, with a field to find it by where there are many. */
export function ChoicePicker<T extends string>({
  label,
  value,
  choices,
  icon,
  compact = false,
  opened,
  unused,
  nothing,
  onOpened,
  onChoose,
}: {
  /** Names the button, together with what is chosen. */
  readonly label: string;
  readonly value: T | undefined;
  readonly choices: readonly Choice<T>[];
  readonly icon?: ReactNode;
  /** Where there is little room, what is not chosen is said by the icon alone. */
  readonly compact?: boolean;
  readonly opened: boolean;
  /** Why choosing means nothing here: what is chosen is still said. */
  readonly unused?: string | undefined;
  /** In place of choices that have not come. */
  readonly nothing?: string | undefined;
  readonly onOpened: (opened: boolean) => void;
  readonly onChoose: (value: T | undefined) => void;
}) {
  const chosen = choices.find((choice) => choice.value === value);
  const anchor = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        ref={anchor}
        type="button"
        className={classes.chip}
        data-set={value !== undefined}
        data-compact={compact}
        aria-haspopup="listbox"
        aria-expanded={opened}
        aria-disabled={unused !== undefined}
        aria-label={`${label}: ${chosen?.name ?? value ?? ''}`}
        title={unused ?? `${label}: ${chosen?.name ?? value ?? ''}`}
        onClick={() => unused === undefined && onOpened(!opened)}
      >
        {icon}
        <span className={classes.chosen}>{chosen?.label ?? chosen?.name ?? value}</span>
        <IconChevronDown size={12} className={classes.chevron} aria-hidden="true" />
      </button>
      {opened && (
        <Floating anchor={anchor} label={label} className={classes.dropdown} onClose={() => onOpened(false)}>
          <ChoiceList
            label={label}
            value={value}
            choices={choices}
            nothing={nothing}
            onChoose={(next) => {
              onOpened(false);
              onChoose(next);
            }}
          />
        </Floating>
      )}
    </>
  );
}

/** From so many on the field to find one by is there before anything is written. */
const MANY = 7;
/** More are found by writing, not by scrolling. */
const SHOWN = 200;

/** An exact one is among them however many there are. */
function fittingTo<T extends string>(choices: readonly Choice<T>[], words: string): readonly Choice<T>[] {
  const all = choices.filter(({name}) => name.toLowerCase().includes(words));
  const exact = all.slice(SHOWN).filter(({name}) => name.toLowerCase() === words);
  return [...exact, ...all.slice(0, SHOWN)];
}

function ChoiceList<T extends string>({
  label,
  value,
  choices,
  nothing,
  onChoose,
}: {
  readonly label: string;
  readonly value: T | undefined;
  readonly choices: readonly Choice<T>[];
  readonly nothing: string | undefined;
  readonly onChoose: (value: T | undefined) => void;
}) {
  const text = useText().common;
  const id = useId();
  const [query, setQuery] = useState('');
  const words = query.trim().toLowerCase();
  const fitting = fittingTo(choices, words);
  const [active, setActive] = useState(() =>
    Math.max(
      0,
      choices.findIndex((choice) => choice.value === value),
    ),
  );
  const at = Math.min(active, fitting.length - 1);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector(`[data-index="${at}"]`)?.scrollIntoView({block: 'nearest'});
  }, [at]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (step !== undefined && fitting.length > 0) setActive((at + step + fitting.length) % fitting.length);
    else if (event.key === 'Enter' && fitting[at] !== undefined) onChoose(fitting[at].value);
    else return;
    event.preventDefault();
  };
  const combobox = {
    role: 'combobox',
    'aria-expanded': true,
    'aria-controls': `${id}-list`,
    'aria-label': label,
    ...(at >= 0 ? {'aria-activedescendant': `${id}-${at}`} : {}),
    onKeyDown,
  } as const;
  return (
    <>
      <input
        {...combobox}
        data-autofocus
        className={choices.length >= MANY || query !== '' ? classes.find : classes.findNothing}
        placeholder={text.find}
        value={query}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => {
          setQuery(event.target.value);
          // Enter takes what was written whole, though longer names that begin so stand above it.
          const written = event.target.value.trim().toLowerCase();
          setActive(
            Math.max(
              0,
              fittingTo(choices, written).findIndex(({name}) => name.toLowerCase() === written),
            ),
          );
        }}
      />
      <div ref={list} id={`${id}-list`} role="listbox" aria-label={label} className={classes.list}>
        {fitting.length === 0 && <p className={classes.nothing}>{nothing ?? text.nothingFits}</p>}
        {fitting.map((choice, index) => (
          <div key={choice.value ?? ''}>
            {choice.group !== undefined && choice.group !== fitting[index - 1]?.group && (
              <div className={classes.group} role="presentation">
                {choice.group}
              </div>
            )}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above takes the keys */}
            <div
              id={`${id}-${index}`}
              data-index={index}
              data-active={index === at}
              role="option"
              tabIndex={-1}
              aria-selected={choice.value === value}
              className={classes.choice}
              title={choice.name}
              onMouseMove={() => setActive(index)}
              onClick={() => onChoose(choice.value)}
            >
              <span className={classes.check}>{choice.value === value && <IconCheck size={13} />}</span>
              <span className={classes.name}>{choice.label ?? choice.name}</span>
            </div>
          </div>
        ))}
      </div>
    </>
  );
}
