import {Modal} from '@mantine/core';
import {IconSearch} from '@tabler/icons-react';
import {type KeyboardEvent, useEffect, useRef, useState} from 'react';
import {useText} from '../i18n/index.ts';
import {Keycap, keyNames} from '../widgets/index.ts';
import classes from './palette.module.css';
import {type PaletteEntry, usePaletteEntries} from './palette-entries.tsx';
import field from './palette-field.module.css';

/** Everything one can go to or do, by a few letters, and what any pasted text names. `first`: what stands in the field at first. */
export function Palette({first, onClose}: {readonly first: string; readonly onClose: () => void}) {
  const text = useText();
  const [query, setQuery] = useState(first);
  const [active, setActive] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const {entries: commands, note} = usePaletteEntries(query);
  const shown = Math.min(active, commands.length - 1);

  useEffect(() => {
    list.current?.querySelector(`[data-index="${shown}"]`)?.scrollIntoView({block: 'nearest'});
  }, [shown]);

  const run = (command: PaletteEntry | undefined): void => {
    if (command === undefined) return;
    if (typeof command.run !== 'function') {
      setQuery(command.run.write);
      setActive(0);
      return;
    }
    onClose();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (step !== undefined && commands.length > 0) setActive((shown + step + commands.length) % commands.length);
    else if (event.key === 'Enter') run(commands[shown]);
    else return;
    event.preventDefault();
  };

  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      size={560}
      yOffset="12vh"
      padding={0}
      aria-label={text.palette.label}
    >
      <div className={classes.field}>
        <IconSearch size={16} aria-hidden="true" />
        <input
          className={field.field}
          data-autofocus
          // Mantine gives the focus a moment later: the first letter would be a key of the page below.
          ref={focusAtEnd}
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={commands.length > 0 ? `palette-${shown}` : undefined}
          aria-label={text.palette.label}
          placeholder={text.palette.placeholder}
          value={query}
          spellCheck={false}
          onChange={(event) => {
            setQuery(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div ref={list} id="palette-list" role="listbox" aria-label={text.palette.label} className={classes.list}>
        {commands.length === 0 && note === undefined && <p className={classes.nothing}>{text.palette.nothing}</p>}
        {commands.map((command, index) => (
          <div key={command.id}>
            {command.group !== commands[index - 1]?.group && (
              <div className={classes.group} role="presentation">
                {command.group}
              </div>
            )}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above takes the keys */}
            <div
              id={`palette-${index}`}
              data-index={index}
              role="option"
              tabIndex={-1}
              aria-selected={index === shown}
              className={classes.command}
              onMouseMove={() => setActive(index)}
              onClick={() => run(command)}
            >
              {command.icon}
              <span className={classes.name}>{command.label ?? command.name}</span>
              {command.note !== undefined && <span className={classes.note}>{command.note}</span>}
              {command.key !== undefined && (
                <span className={classes.keys} aria-hidden="true">
                  {keyNames(command.key).map((key) => (
                    <Keycap key={key}>{key}</Keycap>
                  ))}
                </span>
              )}
            </div>
          </div>
        ))}
      </div>
      <p role="status" className={note === undefined ? 'visually-hidden' : classes.remark}>
        {note}
      </p>
      <div className={classes.foot} aria-hidden="true">
        <span>
          <Keycap>↑</Keycap> <Keycap>↓</Keycap> {text.palette.hint}
        </span>
        <span>
          <Keycap>↵</Keycap> {text.palette.open}
        </span>
        <span>
          <Keycap>Esc</Keycap> {text.palette.close}
        </span>
      </div>
    </Modal>
  );
}

function focusAtEnd(input: HTMLInputElement | null): void {
  input?.focus({preventScroll: true});
  input?.setSelectionRange(input.value.length, input.value.length);
}
