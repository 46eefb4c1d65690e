import {Modal, useMantineColorScheme} from '@mantine/core';
import {IconAdjustments, IconKeyboard, IconLanguage, IconSearch, IconTimeline} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {useNavigate} from '@tanstack/react-router';
import {type KeyboardEvent, type ReactNode, useEffect, useRef, useState} from 'react';
import {queries} from '../api/index.ts';
import {languageNames, languages, useSpeech} from '../i18n/index.ts';
import {readTraceId} from '../urls/index.ts';
import {Keycap, ServiceName} from '../widgets/index.ts';
import {doors} from './doors.ts';
import classes from './palette.module.css';
import {fitCommands} from './palette-fit.ts';
import {schemes} from './schemes.ts';

interface Command {
  readonly id: string;
  readonly group: string;
  readonly name: string;
  readonly label?: ReactNode;
  readonly icon?: ReactNode;
  readonly run: () => void;
}

/** Everything one can go to or switch, by a few letters. Ctrl-K or Cmd-K opens it. */
export function Palette({onClose, onHelp}: {readonly onClose: () => void; readonly onHelp: () => void}) {
  const {text} = useSpeech();
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const commands = useCommands(query, onHelp);
  const shown = Math.min(active, commands.length - 1);

  useEffect(() => {
    list.current?.querySelector(`[data-index="${shown}"]`)?.scrollIntoView({block: 'nearest'});
  }, [shown]);

  const run = (command: Command | undefined): void => {
    if (command === undefined) return;
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
          data-autofocus
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
        {commands.length === 0 && <p className={classes.nothing}>{text.palette.nothing}</p>}
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
              {command.label ?? command.name}
            </div>
          </div>
        ))}
      </div>
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

function useCommands(query: string, onHelp: () => void): readonly Command[] {
  const {text, speak} = useSpeech();
  const {setColorScheme} = useMantineColorScheme();
  const navigate = useNavigate();
  const {data} = useQuery(queries.services());

  const traceId = readTraceId(query);
  if (traceId !== undefined) {
    return [
      {
        id: 'trace',
        group: text.palette.trace,
        name: text.palette.openTrace(traceId),
        icon: <IconTimeline size={16} />,
        run: () => void navigate({to: '/trace/$traceId', params: {traceId}}),
      },
    ];
  }
  const pages = doors.map((item) => ({
    id: `page ${item.to}`,
    group: text.palette.pages,
    name: item.name(text),
    icon: <item.Icon size={16} />,
    run: () => void navigate({to: item.to}),
  }));
  const services = (data?.services ?? []).map(({name}) => ({
    id: `service ${name}`,
    group: text.palette.services,
    name,
    label: <ServiceName name={name} />,
    run: () => void navigate({to: '/', search: {service: name}}),
  }));
  // Only for who writes something: the list is long enough without them.
  const settings = query.trim() === '' ? [] : ['*', ...(data?.services ?? []).map(({name}) => name)];
  const levels = settings.map((name) => ({
    id: `sampling ${name}`,
    group: text.palette.sampling,
    name: text.palette.setFor(name === '*' ? text.palette.allServices : name),
    icon: <IconAdjustments size={16} />,
    run: () => void navigate({to: '/sampling', search: {edit: name}}),
  }));
  const looks = schemes.map(({value, Icon}) => ({
    id: `scheme ${value}`,
    group: text.palette.appearance,
    name: text.settings[value === 'auto' ? 'system' : value],
    icon: <Icon size={16} />,
    run: () => setColorScheme(value),
  }));
  const speeches = languageNames.map((name) => ({
    id: `language ${name}`,
    group: text.palette.language,
    name: languages[name].name,
    icon: <IconLanguage size={16} />,
    run: () => speak(name),
  }));
  const help = {
    id: 'help',
    group: text.palette.help,
    name: text.palette.help,
    icon: <IconKeyboard size={16} />,
    run: onHelp,
  };
  return fitCommands([...pages, ...services, ...levels, ...looks, ...speeches, help], query);
}
