/** What could be written next in a query: names that have arrived, their values, and the words of the language. */
import {
  type Attribute,
  bareIntrinsics,
  type Completion,
  completionAt,
  type Field,
  intrinsicTypes,
  printName,
  scopedIntrinsics,
  type Wanted,
} from '@weft/server/traceql-language';
import type {TempoTagsResponse, TempoValuesResponse} from '../../../api/index.ts';
import type {Offered, Option} from '../../../editor/index.ts';
import {kinds, statuses} from '../../../urls/index.ts';
import type {TraceqlText} from './text/index.ts';

/** What is asked for: only when it is wanted. */
export interface Known {
  readonly tags: () => Promise<TempoTagsResponse>;
  /** Values of a name among the spans that fit what is written before it. */
  readonly values: (tag: string, where: string) => Promise<TempoValuesResponse>;
}

type Words = TraceqlText['offer'];

const MOST = 50;

export async function offer(
  text: string,
  place: number,
  asked: boolean,
  known: Known,
  words: Words,
): Promise<Offered | undefined> {
  const at = completionAt(text, place);
  // Behind what is finished, a list would come between the reader and Enter.
  if (!asked && at.typed === '' && at.follows !== undefined && at.follows !== 'name') return undefined;
  const lists = await Promise.all(wantedOnce(at.wanted).map((wanted) => optionsFor(wanted, at, known, words)));
  const options = fitting(lists.flat(), at);
  const only = options.length === 1 ? options[0]! : undefined;
  if (
    options.length === 0 ||
    (!asked && only !== undefined && (only.text ?? only.label) === text.slice(at.from, place))
  )
    return undefined;
  return {from: at.from, options};
}

const wantedOnce = (wanted: readonly Wanted[]): readonly Wanted[] => {
  const values = wanted.filter(({kind}) => kind === 'value');
  // Beside a value that is known, any other name could stand, which nobody means.
  const rest = wanted.filter(({kind}) => kind !== 'value' && !(values.length > 0 && kind === 'field'));
  return [...values.slice(0, 1), ...rest].filter(
    (one, i, all) => all.findIndex((other) => JSON.stringify(key(other)) === JSON.stringify(key(one))) === i,
  );
};
const key = (wanted: Wanted): unknown => ('of' in wanted ? wanted.kind : wanted);

/** Those that have what is typed in them, those that begin with it first. */
function fitting(options: readonly Option[], {typed, quoted}: Completion): readonly Option[] {
  const part = typed.toLowerCase();
  const rank = ({label}: Option): number => {
    const name = label.toLowerCase();
    if (quoted) return name.startsWith('"') ? (name.startsWith(`"${part}`) ? 0 : name.includes(part) ? 2 : -1) : -1;
    const bare = name.replace(/^["`]/, '');
    if (bare.startsWith(part)) return 0;
    return name.split(/[.:]/).some((each) => each.startsWith(part.replace(/^\./, '')))
      ? 1
      : bare.includes(part)
        ? 2
        : -1;
  };
  const seen = new Set<string>();
  return options
    .map((option) => ({option, rank: rank(option)}))
    .filter(({option, rank}) => rank >= 0 && !seen.has(option.label) && seen.add(option.label) !== undefined)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MOST)
    .map(({option}) => option);
}

async function optionsFor(wanted: Wanted, at: Completion, known: Known, words: Words): Promise<readonly Option[]> {
  switch (wanted.kind) {
    case 'field':
    case 'name':
      return at.quoted ? [] : names(await known.tags(), at, words);
    case 'value':
      return values(wanted.of, at, known, words);
    case 'intrinsic':
      return Object.keys(scopedIntrinsics[wanted.scope] ?? {}).map((label) => ({
        label,
        text: `${label} `,
        goesOn: true,
      }));
    case 'operator':
      return operatorOptions(at, words);
    case 'spanset':
      return at.follows === undefined
        ? [{label: '{ }', text: '{  }', cursor: 2, detail: words.spanset, goesOn: true}]
        : [];
    case 'stage':
      return [...calls(words.overTime, words.groups.series), ...calls(words.stages, words.groups.stages)];
    case 'secondStage':
      return calls(words.ranks, words.groups.series);
    case 'by':
      return [{label: 'by()', text: 'by()', cursor: 3, detail: words.by, goesOn: true}];
    case 'hint':
      return [{label: 'exemplars', text: 'exemplars=', detail: words.exemplars}];
    case 'sign':
      if (wanted.sign !== '|') return [];
      return [
        {label: '|', text: '| ', detail: words.pipe, group: words.groups.operators, goesOn: true},
        ...(at.follows === 'spanset' ? operatorOptions(at, words) : []),
      ];
  }
}

/** Scoped, as TraceQL has them; behind a bare dot each name alone. */
function names({scopes}: TempoTagsResponse, {typed}: Completion, words: Words): readonly Option[] {
  const attribute = (scope: Attribute['scope'], name: string): Option => {
    const label = printName({kind: 'attribute', scope, parent: false, name, at: 0, end: 0});
    return {label, text: `${label} `, group: words.groups.attributes, goesOn: true};
  };
  const all = scopes.flatMap(({name, tags}) =>
    name === 'resource' || name === 'span' ? tags.map((tag) => ({scope: name as 'resource' | 'span', tag})) : [],
  );
  if (typed.startsWith('.')) return [...new Set(all.map(({tag}) => tag))].map((tag) => attribute(undefined, tag));
  const intrinsics = [...bareIntrinsics].filter((name) => name !== 'parent' && !name.startsWith('nestedSet'));
  const scoped = ['span', 'trace', 'event', 'link', 'instrumentation'].map((scope) => `${scope}:`);
  return [
    ...intrinsics.map((label) => ({
      label,
      text: `${label} `,
      detail: words.intrinsics[label as keyof Words['intrinsics']],
      group: words.groups.intrinsics,
      goesOn: true,
    })),
    ...all.map(({scope, tag}) => attribute(scope, tag)),
    ...scoped.map((label) => ({label, group: words.groups.scopes, goesOn: true})),
    ...['event.', 'link.', 'instrumentation.', 'parent.'].map((label) => ({label, group: words.groups.scopes})),
  ];
}

async function values(of: Field, {before}: Completion, known: Known, words: Words): Promise<readonly Option[]> {
  const written = (label: string): Option => ({label, group: words.groups.values});
  if (of.kind === 'intrinsic') {
    const type = intrinsicTypes[of.name];
    if (type === 'status') return statuses.map(written);
    if (type === 'kind') return kinds.map(written);
    if (type === 'duration') return ['1ms', '10ms', '100ms', '1s', '10s'].map(written);
  }
  if (of.kind !== 'intrinsic' && (of.kind !== 'attribute' || of.parent)) return [];
  const tag = of.kind === 'intrinsic' ? of.name : `${of.scope ?? ''}.${of.name}`;
  const {tagValues} = await known.values(tag, before);
  return tagValues.map(({type, value}) => written(type === 'string' ? JSON.stringify(value) : value));
}

function operatorOptions({follows}: Completion, words: Words): readonly Option[] {
  const signs = (list: Readonly<Record<string, string>>): readonly Option[] =>
    Object.entries(list).map(([label, detail]) => ({
      label,
      text: `${label} `,
      detail,
      group: words.groups.operators,
      goesOn: true,
    }));
  if (follows === 'name') return signs(words.comparisons);
  if (follows === 'spanset') return signs(words.structure);
  return follows === 'series' ? [] : signs(words.joins);
}

/** A function, with the cursor between its brackets where it takes something. */
const calls = (list: Readonly<Record<string, string>>, group: string): readonly Option[] =>
  Object.entries(list).map(([label, detail]) => {
    const isEmpty = /^(?:rate|count|count_over_time|coalesce)\(\)$/.test(label);
    return {label, cursor: label.length - (isEmpty ? 0 : 1), detail, group, goesOn: !isEmpty};
  });
