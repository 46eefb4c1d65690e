import {Button, TextInput} from '@mantine/core';
import {IconBookmark, IconTrash} from '@tabler/icons-react';
import {Link} from '@tanstack/react-router';
import {type FormEvent, useRef, useState} from 'react';
import {createRecents, createSavedSearches, type SavedSearch} from '../../frame/index.ts';
import {useText, useVisible} from '../../i18n/index.ts';
import {parseQuery} from '../../urls/index.ts';
import {Floating, IconAction} from '../../widgets/index.ts';
import classes from './searches-menu.module.css';
import {exploreText} from './text/index.ts';

const saved = createSavedSearches(() => localStorage);
const recents = createRecents(() => localStorage);
const MOST_RECENT = 8;

/** Searches that this browser's reader saved under a name, and the latest ones. */
export function SearchesMenu({name}: {readonly name: string}) {
  const text = useText(exploreText).searches;
  const anchor = useRef<HTMLButtonElement>(null);
  const [opened, setOpened] = useState(false);
  return (
    <>
      <button
        ref={anchor}
        type="button"
        className={classes.button}
        aria-haspopup="dialog"
        aria-expanded={opened}
        aria-label={text.label}
        title={text.label}
        onClick={() => setOpened(!opened)}
      >
        <IconBookmark size={16} aria-hidden="true" />
      </button>
      {opened && (
        <Floating anchor={anchor} label={text.label} className={classes.panel} onClose={() => setOpened(false)}>
          <Lists name={name} onClose={() => setOpened(false)} />
        </Floating>
      )}
    </>
  );
}

function Lists({name, onClose}: {readonly name: string; readonly onClose: () => void}) {
  const text = useText(exploreText).searches;
  const visible = useVisible();
  const [list, setList] = useState(saved.list);
  const [draft, setDraft] = useState(name);
  const recent = recents
    .list()
    .filter(({kind}) => kind === 'search')
    .slice(0, MOST_RECENT);
  const save = (event: FormEvent): void => {
    event.preventDefault();
    if (draft.trim() === '') return;
    setList(saved.add({name: draft.trim(), href: location.pathname + location.search}));
  };
  return (
    <div className={classes.lists}>
      <form className={classes.save} onSubmit={save}>
        <TextInput
          size="xs"
          data-autofocus
          aria-label={text.name}
          placeholder={text.name}
          value={draft}
          maxLength={200}
          onChange={(event) => setDraft(event.currentTarget.value)}
        />
        <Button size="xs" type="submit" disabled={draft.trim() === ''}>
          {text.save}
        </Button>
      </form>
      <h3>{text.saved}</h3>
      {list.length === 0 ? (
        <p className={classes.none}>{text.noneSaved}</p>
      ) : (
        <ul>
          {list.map((one) => (
            <li key={one.name}>
              <SearchLink search={one} onClick={onClose} />
              <IconAction
                label={text.remove(visible(one.name))}
                icon={<IconTrash size={14} />}
                onClick={() => setList(saved.remove(one.name))}
                size={24}
              />
            </li>
          ))}
        </ul>
      )}
      {recent.length > 0 && (
        <>
          <h3>{text.recent}</h3>
          <ul>
            {recent.map((one) => (
              <li key={one.href}>
                <SearchLink search={one} onClick={onClose} />
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function SearchLink({search: {name, href}, onClick}: {readonly search: SavedSearch; readonly onClick: () => void}) {
  const visible = useVisible();
  const at = href.indexOf('?');
  return (
    <Link
      to="/"
      search={at < 0 ? {} : parseQuery(href.slice(at))}
      className={classes.link}
      title={name}
      onClick={onClick}
    >
      {visible(name)}
    </Link>
  );
}
