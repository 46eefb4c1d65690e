import {Button} from '@mantine/core';
import {IconLinkOff} from '@tabler/icons-react';
import {useLocation, useNavigate, useSearch} from '@tanstack/react-router';
import {useFormat, useText, useVisible} from '../i18n/index.ts';
import {defaultLast, type ExploreUrl, isAbsolute, rangeInMs, readContext, type UnreadUrl} from '../urls/index.ts';
import {useLastText} from '../widgets/index.ts';
import classes from './view.module.css';

/** As many parts are named; an address can hold any number. */
const NAMED = 4;
const SHOWN_LENGTH = 60;
/** Jaeger's word among them. */
const timeKeys = ['last', 'start', 'end', 'lookback'];

/** Says which parts of the address were not understood and what is shown instead, and takes them out. */
export function AddressNote() {
  const {address: text} = useText();
  const sayLast = useLastText();
  const format = useFormat();
  const navigate = useNavigate();
  const visible = useVisible();
  const search = useSearch({strict: false}) as UnreadUrl & Record<string, unknown>;
  const path = useLocation({select: ({pathname}) => pathname});
  const place = path === '/' ? ` of ${placeOf(search as ExploreUrl)}` : '';
  const parts = Object.entries(search.unread ?? {}).flatMap(([key, values]) =>
    values.map((value) => [key, value] as const),
  );
  if (parts.length === 0) return undefined;
  const range = readContext(search);
  const {from, to} = rangeInMs(range, Date.now());
  const time = isAbsolute(range) ? `${format.moment(from)} – ${format.moment(to)}` : sayLast(range.last ?? defaultLast);
  const instead = (key: string): string =>
    timeKeys.includes(key) ? time : (text.instead[key + place] ?? text.instead[key] ?? text.leftOut);
  const takeOut = (): void =>
    void navigate({
      to: '.',
      search: (before: object) => ({...before, unread: undefined}),
      replace: true,
    } as never);
  return (
    <p className={classes.address} role="status">
      <IconLinkOff size={15} aria-hidden="true" />
      <span>{text.notUnderstood}</span>
      {parts.slice(0, NAMED).map(([key, value]) => (
        <span key={`${key}=${value}`} className={classes.part}>
          <code title={value.length > SHOWN_LENGTH ? visible(value.slice(0, 1_000)) : undefined}>
            <bdi>{`${visible(key.slice(0, SHOWN_LENGTH))}=${shortened(visible(value))}`}</bdi>
          </code>{' '}
          <span className={classes.instead}>({instead(key)})</span>
        </span>
      ))}
      {parts.length > NAMED && <span>{text.more(format.count(parts.length - NAMED))}</span>}
      <Button size="compact-xs" variant="subtle" fw={400} onClick={takeOut}>
        {text.takeOut}
      </Button>
    </p>
  );
}

/** What Explore shows: a part of its address may mean something in one of these only. */
const placeOf = ({results, by}: ExploreUrl): 'traces' | 'spans' | 'groups' =>
  results !== 'spans' ? 'traces' : by === undefined ? 'spans' : 'groups';

const shortened = (value: string): string =>
  value.length > SHOWN_LENGTH ? `${[...value].slice(0, SHOWN_LENGTH).join('')}…` : value;
