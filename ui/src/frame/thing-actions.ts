/** What can be done with each thing: the content of the one menu. */
import {
  attributeTerm,
  type LinkTarget,
  linkTo,
  type PageContext,
  type Question,
  sameTerm,
  type Term,
  type Thing,
  webAddress,
  writeQuestion,
} from '../urls/index.ts';
import type {ShownThing} from './thing.ts';

/** Where the reader is: its context, and the question of the page where that has one. */
export interface Here {
  readonly context: PageContext;
  readonly question: Question | undefined;
}

export type ThingActionName =
  | 'open'
  | 'filter'
  | 'exclude'
  | 'traces'
  | 'scope'
  | 'sampling'
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
  | {readonly to: '/sampling'; readonly search: {readonly find: string; readonly open: readonly string[]}};

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
        go('traces', linkTo(thing, {context, at})),
        ...(context.service === thing.service
          ? []
          : [{name: 'scope', does: 'change', context: {service: thing.service}} as const]),
        go('sampling', {to: '/sampling', search: {find: thing.service, open: [thing.service]}}),
        copy(thing.service),
      ];
    case 'endpoint':
      return [go('traces', linkTo(thing, {context, at})), copy(thing.operation)];
    case 'attribute':
      return [...termActions(thing, at, here), ...followed(thing.value), ...copies(thing, copy)];
    case 'text':
      return [...followed(thing.value), copy(thing.value)];
  }
}

function termActions(
  thing: Extract<Thing, {kind: 'attribute'}>,
  at: number | undefined,
  {context, question}: Here,
): ThingAction[] {
  // A value that no address can carry cannot be looked for.
  if (thing.value.length > 1_000 || thing.value === '') return [];
  const term = attributeTerm(thing);
  const adding = (name: ThingActionName, one: Term): ThingAction[] => {
    if (question?.some((other) => sameTerm(other, one))) return [];
    const base = linkTo(thing, {context, at: question === undefined ? at : undefined});
    const terms = [...(question ?? []).filter((other) => other.field !== one.field || other.op !== one.op), one];
    return [{name, does: 'go', link: {...base, search: {...base.search, where: writeQuestion(terms)}}}];
  };
  return [
    ...adding('filter', term),
    ...adding('exclude', {...term, op: '!='}),
    ...(isNumber(thing.value) ? adding('atLeast', {...term, op: '>='}) : []),
  ];
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
