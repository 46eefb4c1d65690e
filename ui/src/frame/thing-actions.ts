/** What can be done with each thing: the content of the one menu. */
import {
  attributeBy,
  contextAt,
  type ExploreUrl,
  type LinkTarget,
  linkTo,
  type PageContext,
  type Question,
  type ServiceTarget,
  sameTerm,
  servicePage,
  type Term,
  termOf,
  type viewKeys,
  webAddress,
  writeQuestion,
} from '../urls/index.ts';
import type {ShownThing} from './thing.ts';

/** Where the reader is: its context, and the question of the page where that has one. */
export interface Here {
  readonly context: PageContext;
  readonly question: Question | undefined;
  /** How that page shows its answer. */
  readonly shown?: Pick<ExploreUrl, 'results' | 'limit' | (typeof viewKeys)[number]> | undefined;
}

export type ThingActionName =
  | 'open'
  | 'service'
  | 'filter'
  | 'exclude'
  | 'withValue'
  | 'withoutValue'
  | 'groupBy'
  | 'traces'
  | 'scope'
  | 'sampling'
  | 'mend'
  | 'atLeast'
  | 'follow'
  | 'copy'
  | 'copyPair'
  | 'copyTraceId';

export type ThingAction = {readonly name: ThingActionName} & (
  | {readonly does: 'go'; readonly link: ThingLink}
  | {readonly does: 'change'; readonly context: Partial<PageContext>}
  | {readonly does: 'follow'; readonly href: string}
  | {readonly does: 'copy'; readonly text: string}
);
export type ThingLink =
  | LinkTarget
  | ServiceTarget
  | {readonly to: '/sampling'; readonly search: {readonly find: string; readonly open: readonly string[]}}
  | {readonly to: '/mend'; readonly search: PageContext & {readonly operation?: string}};

/** Only what does something: nothing that a later version will do. */
export function actionsOf({thing, at}: ShownThing, here: Here): readonly ThingAction[] {
  const {context} = here;
  const go = (name: ThingActionName, link: ThingLink): ThingAction => ({name, does: 'go', link});
  const copy = (text: string, name: ThingActionName = 'copy'): ThingAction => ({name, does: 'copy', text});
  switch (thing.kind) {
    case 'trace':
      return [go('open', linkTo(thing, {context})), copy(thing.traceId)];
    case 'span':
      return [go('open', linkTo(thing, {context})), copy(thing.spanId), copy(thing.traceId, 'copyTraceId')];
    case 'service':
      return [
        go('service', servicePage(thing.service, {context, at})),
        go('traces', linkTo(thing, {context, at})),
        ...(context.service === thing.service
          ? []
          : [
              {name: 'scope', does: 'change', context: {service: thing.service}} as const,
              ...termActions(thing, at, here, ['exclude']),
            ]),
        ...groupAction('service', at, here),
        go('mend', {to: '/mend', search: {...context, service: thing.service}}),
        go('sampling', {to: '/sampling', search: {find: thing.service, open: [thing.service]}}),
        copy(thing.service),
      ];
    case 'endpoint':
      return [
        go('traces', linkTo(thing, {context, at})),
        go('service', servicePage(thing.service, {context, at, shown: {operation: thing.operation}})),
        ...termActions(thing, at, here, ['exclude']),
        ...groupAction('operation', at, here),
        go('mend', {to: '/mend', search: {...context, service: thing.service, operation: thing.operation}}),
        copy(thing.operation),
      ];
    case 'field':
      return [
        ...termActions(thing, at, here, ['filter', 'exclude']),
        ...groupAction(thing.field, at, here),
        copy(thing.value),
      ];
    case 'attribute':
      return [
        ...termActions(thing, at, here, [
          'filter',
          'exclude',
          ...(isNumber(thing.value) ? (['atLeast'] as const) : []),
        ]),
        ...groupAction(attributeBy(thing.key), at, here),
        ...followed(thing.value),
        ...copies(thing, copy),
      ];
    case 'absent':
      return termActions(thing, at, here, ['withoutValue', 'withValue']);
    case 'text':
      return [...followed(thing.value), copy(thing.value)];
  }
}

const operators = {filter: '=', exclude: '!=', atLeast: '>=', withValue: '=', withoutValue: '!='} as const;

/** The question that is asked here with one more term; elsewhere that term alone. */
function termActions(
  thing: Parameters<typeof termOf>[0],
  at: number | undefined,
  {context, question, shown}: Here,
  names: readonly (keyof typeof operators)[],
): ThingAction[] {
  const term = termOf(thing);
  // A value that no address can carry cannot be looked for.
  if (term.value.length > 1_000) return [];
  return names.flatMap((name): ThingAction[] => {
    const one: Term = {...term, op: operators[name]};
    if (question?.some((other) => sameTerm(other, one))) return [];
    // Any number of values may be left out; another one that is wanted takes the place of the one before.
    const isReplaced = (other: Term): boolean =>
      other.field === one.field &&
      (other.op === one.op && thing.kind !== 'absent' ? one.op !== '!=' : other.value === one.value);
    const where = writeQuestion([...(question ?? []).filter((other) => !isReplaced(other)), one]);
    // What asks for one value of a group is shown ungrouped.
    const {by, order, figures, ...rest} = shown ?? {};
    const view = name === 'filter' || name === 'withoutValue' ? rest : (shown ?? {});
    const search = {...contextAt(context, question === undefined ? at : undefined), ...view, where};
    return [{name, does: 'go', link: {to: '/', search}}];
  });
}

/** The spans that the question here finds, by the values of one field. */
function groupAction(by: string, at: number | undefined, {context, question, shown}: Here): ThingAction[] {
  if (shown?.by === by || by.length > 1_000) return [];
  const search = {
    ...contextAt(context, question === undefined ? at : undefined),
    results: 'spans' as const,
    by,
    where: writeQuestion(question ?? []),
  };
  return [{name: 'groupBy', does: 'go', link: {to: '/', search}}];
}

const isNumber = (text: string): boolean => /^-?\d+(\.\d+)?$/.test(text);

function followed(value: string): ThingAction[] {
  const href = webAddress(value);
  return href === undefined ? [] : [{name: 'follow', does: 'follow', href}];
}

function copies(
  {key, value}: {readonly key: string; readonly value: string},
  copy: (text: string, name?: ThingActionName) => ThingAction,
): ThingAction[] {
  return [copy(value), copy(`${key}=${value}`, 'copyPair')];
}
