import type {Thing} from '../urls/index.ts';

/** A thing on the screen, and when it was seen (milliseconds since 1970) where that is known. */
export interface ShownThing {
  readonly thing: Thing;
  readonly at?: number | undefined;
}

export interface ThingAttributes {
  readonly 'data-thing': string;
  readonly 'data-thing-button'?: 'none';
}

/**
 * Makes an element stand for a thing: `<td {...thingOf({kind: 'service', service})}>`. The one menu of the page finds it by these
 * attributes when it is wanted (right click, long press, the small button, a key), so that a thousand things cost no more than their
 * text. `button: false`: no small button on hover, where the element has actions in its place.
 */
export function thingOf(thing: Thing, more: {at?: number | undefined; button?: false} = {}): ThingAttributes {
  const shown: ShownThing = more.at === undefined ? {thing} : {thing, at: more.at};
  return {'data-thing': JSON.stringify(shown), ...(more.button === false ? {'data-thing-button': 'none'} : {})};
}

export interface FoundThing extends ShownThing {
  readonly element: HTMLElement;
}

/** The thing that an element stands for, or the nearest around it. */
export function findThing(target: EventTarget | null): FoundThing | undefined {
  const element = target instanceof Element ? target.closest<HTMLElement>('[data-thing]') : null;
  if (element === null) return undefined;
  try {
    return {...(JSON.parse(element.dataset.thing ?? '') as ShownThing), element};
  } catch {
    return undefined; // another program's attribute of the same name
  }
}

/**
 * The thing at a point of the window. The link of a table's row lies over all of the row: what stands below it at that point is
 * meant, where there is such a thing in the same row.
 */
export function findThingAt(target: EventTarget | null, x: number, y: number): FoundThing | undefined {
  const first = findThing(target);
  const row = first?.element.closest('[data-row]');
  if (!row) return first;
  const isMeant = ({element}: FoundThing): boolean =>
    element !== first?.element && row.contains(element) && isOver(element, x, y);
  const below = document.elementsFromPoint(x, y).map(findThing);
  return below.find((one) => one !== undefined && isMeant(one)) ?? first;
}

function isOver(element: Element, x: number, y: number): boolean {
  const {left, right, top, bottom} = element.getBoundingClientRect();
  return x >= left && x <= right && y >= top && y <= bottom;
}
