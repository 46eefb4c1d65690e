import {useMantineColorScheme} from '@mantine/core';
import {
  IconAdjustments,
  IconBolt,
  IconHistory,
  IconLanguage,
  IconListSearch,
  IconSearch,
  IconTag,
  IconTimeline,
} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {useNavigate, useRouter} from '@tanstack/react-router';
import {type ReactNode, useDeferredValue} from 'react';
import {queries} from '../api/index.ts';
import {sayCommand, useCommandRegistry, usePageContext} from '../frame/index.ts';
import {languageNames, languages, useSpeech} from '../i18n/index.ts';
import {
  addTerm,
  attributeField,
  attributeKey,
  type FoundId,
  linkTo,
  type Question,
  questionOf,
  readPasted,
  readTerm,
  readTyped,
  readWhere,
  servicePage,
  type Term,
  writeQuestion,
  writeTerm,
} from '../urls/index.ts';
import {ServiceName} from '../widgets/index.ts';
import {searchOf} from './door-memory.ts';
import {doors} from './doors.ts';
import {fitCommands} from './palette-fit.ts';
import {schemes} from './schemes.ts';
import {recents} from './use-recents.ts';

export interface PaletteAnswer {
  readonly entries: readonly PaletteEntry[];
  /** Said below them: why there is none, or what else the text may be. */
  readonly note?: string | undefined;
}

/** Something to go to or to do. */
export interface PaletteEntry {
  readonly id: string;
  readonly group: string;
  readonly name: string;
  readonly label?: ReactNode;
  /** Quiet words at the end. */
  readonly note?: string | undefined;
  readonly icon?: ReactNode;
  readonly key?: string | undefined;
  /** Undefined: choosing it writes this into the field, to go on from. */
  readonly run: (() => void) | {readonly write: string};
}

const RECENT_SHOWN = 5;

/** Everything that fits `query`: what is pasted is read first, then what is named so. */
export function usePaletteEntries(query: string): PaletteAnswer {
  const {text, language, format} = useSpeech();
  const words = text.palette;
  const navigate = useNavigate();
  const router = useRouter();
  const [context] = usePageContext();
  const active = useCommandRegistry().list();
  const looks = useLooks();
  const asked = query.trim();
  const found = useFound(asked);
  const services = useQuery(queries.services()).data?.services ?? [];

  const openTrace = ({traceId, spanId}: FoundId): PaletteEntry => ({
    id: `trace ${traceId}`,
    group: words.trace,
    name: words.openTrace(traceId),
    note: spanId === undefined ? undefined : words.withSpan(spanId),
    icon: <IconTimeline size={16} />,
    run: () => void navigate({to: '/trace/$traceId', params: {traceId}, search: {span: spanId}}),
  });
  const pasted = readPasted(asked, location.origin);
  if (pasted?.kind === 'place') {
    const {href, path, traceId} = pasted.place;
    const door = doors.find((one) => one.to === path) ?? doors[0];
    return {
      entries: [
        {
          id: `place ${href}`,
          group: words.address,
          name: traceId === undefined ? door.name(text) : words.openTrace(traceId),
          note: href.split('?')[1],
          icon: <door.Icon size={16} />,
          run: () => void router.history.push(href),
        },
      ],
    };
  }
  if (pasted?.kind === 'span') return {entries: [], note: words.spanAlone(pasted.spanId)};
  if (pasted?.kind === 'long') return {entries: [], note: words.tooLong(format.count(pasted.characters))};
  if (pasted?.kind === 'traces') {
    return {entries: pasted.ids.map(openTrace), note: pasted.doubt ? words.spanOrTrace : undefined};
  }

  const narrow = (terms: Question, also: object = {}): void => {
    const {pathname, search} = router.state.location;
    const here = pathname === '/' ? questionOf(readWhere(search as Record<string, unknown>)) : [];
    const where = writeQuestion(terms.reduce(addTerm, here));
    void navigate({
      to: '/',
      search: (before: object) => ({...(pathname === '/' ? before : context), ...also, where}) as never,
    });
  };
  // As the query field reads it: `version=1.1` is the service's, `service=order` the scope.
  const typed = readTerm(asked) === undefined ? undefined : readTyped(asked);
  if (typed?.kind === 'trace') return {entries: [openTrace({traceId: typed.traceId})]};
  const condition = (name: string, terms: Question, also?: object): PaletteEntry => ({
    id: `term ${name}`,
    group: words.narrow,
    name,
    icon: <IconListSearch size={16} />,
    run: () => narrow(terms, also),
  });
  const terms: PaletteEntry[] = [
    ...(typed?.kind !== 'terms'
      ? []
      : Object.keys({...typed.scope, ...typed.view}).length > 0
        ? [condition(asked, typed.terms, {...typed.scope, ...typed.view})]
        : [condition(typed.terms.map(writeTerm).join(' and '), typed.terms)]),
    ...found.terms.map((one) => condition(writeTerm(one), [one])),
  ];
  const attributes: PaletteEntry[] = found.attributes.map((key) => ({
    id: `attribute ${key}`,
    group: words.attributes,
    name: key,
    icon: <IconTag size={16} />,
    run: {write: `${attributeField(key)}=`},
  }));
  const commands: PaletteEntry[] = active.flatMap(({id, declaration, set, run}) => {
    const said = declaration.palette === false ? undefined : sayCommand({declaration, set}, language, text);
    if (said === undefined) return [];
    return [{id: `command ${id}`, ...said, icon: <IconBolt size={16} />, key: declaration.keys?.[0], run: () => run()}];
  });
  const pages: PaletteEntry[] = doors.map((door, index) => ({
    id: `page ${door.to}`,
    group: words.pages,
    name: door.name(text),
    icon: <door.Icon size={16} />,
    key: String(index + 1),
    run: () => void navigate({to: door.to, search: searchOf(door.id) as never}),
  }));
  const serviceEntries: PaletteEntry[] = services.map(({name}) => ({
    id: `service ${name}`,
    group: words.services,
    name,
    label: <ServiceName name={name} />,
    run: () => void navigate(servicePage(name, {context}) as never),
  }));
  const operations: PaletteEntry[] = found.operations.map(({service, name}) => ({
    id: `operation ${service} ${name}`,
    group: words.operations,
    name,
    note: service,
    icon: <IconSearch size={16} />,
    run: () => void navigate(linkTo({kind: 'endpoint', service, operation: name}, {context}) as never),
  }));
  // Only for those who write something: the list is long enough without them.
  const levels: PaletteEntry[] = (asked === '' ? [] : ['*', ...services.map(({name}) => name)]).map((name) => ({
    id: `sampling ${name}`,
    group: words.sampling,
    name: words.setFor(name === '*' ? words.allServices : name),
    icon: <IconAdjustments size={16} />,
    run: () => void navigate({to: '/sampling', search: {edit: name}}),
  }));
  const lately: PaletteEntry[] = recents
    .list()
    .slice(0, asked === '' ? RECENT_SHOWN : undefined)
    .map(({href, name, kind}) => ({
      id: `recent ${href}`,
      group: words.recent,
      name,
      icon: kind === 'trace' ? <IconTimeline size={16} /> : <IconHistory size={16} />,
      run: () => void router.history.push(href),
    }));
  const named = fitCommands([...pages, ...lately, ...commands, ...serviceEntries, ...levels, ...looks], query);
  // Those of the server fit already: it knows more spellings than a list here.
  return {entries: [...named, ...operations, ...terms, ...attributes]};
}

/** The colours and the languages to choose from. */
function useLooks(): readonly PaletteEntry[] {
  const {text, speak} = useSpeech();
  const {setColorScheme} = useMantineColorScheme();
  return [
    ...schemes.map(({value, Icon}) => ({
      id: `scheme ${value}`,
      group: text.palette.appearance,
      name: text.settings[value === 'auto' ? 'system' : value],
      icon: <Icon size={16} />,
      run: () => setColorScheme(value),
    })),
    ...languageNames.map((name) => ({
      id: `language ${name}`,
      group: text.palette.language,
      name: languages[name].name,
      icon: <IconLanguage size={16} />,
      run: () => speak(name),
    })),
  ];
}

interface Found {
  readonly operations: readonly {readonly service: string; readonly name: string}[];
  readonly attributes: readonly string[];
  readonly terms: readonly Term[];
}

const SHOWN = 12;
/** Nothing is called by a longer name that anybody would write. */
const LONGEST_NAME = 200;

/** What Weft knows by that name: operations and attribute keys; after `key=`, the values of that key. */
function useFound(asked: string): Found {
  const text = useDeferredValue(asked);
  const [, field, prefix] = /^([^\s=<>!"]+)=(.*)$/.exec(text) ?? [];
  const key = field === undefined ? undefined : attributeKey(field);
  const long = text.length >= 2 && text.length <= LONGEST_NAME;
  const {data} = useQuery({...queries.find(text), enabled: long && field === undefined});
  const values = useQuery({
    ...queries.attributeValues(key ?? '', undefined, prefix ?? ''),
    enabled: long && key !== undefined,
  });
  if (!long) return {operations: [], attributes: [], terms: []};
  if (field === undefined)
    return {
      operations: data?.operations.slice(0, SHOWN) ?? [],
      attributes: data?.attributes.slice(0, SHOWN).map((one) => one.key) ?? [],
      terms: [],
    };
  const others = values.data?.values.filter(({value}) => value !== prefix).slice(0, SHOWN) ?? [];
  return {operations: [], attributes: [], terms: others.map(({value}) => ({field, op: '=', value}))};
}
