/** The one value of an attribute that a span is listed and grouped by, wherever the attribute stands. */
import {keySql, mapKeySql} from './attribute-sql.ts';
import type {Where} from './read-conditions.ts';

/** Expressions over the table `spans`: whether a span has a value (1 or 0), and which one (an empty text where it has none). */
export interface ValueSql {
  readonly has: string;
  readonly value: string;
}

/** Where an attribute may stand, in the order in which it is looked for. */
export const attributePlaces = ['attributes', 'resource_attributes', 'scope_attributes', 'events', 'links'] as const;
export type AttributePlace = (typeof attributePlaces)[number];

/** Of the span itself, else of its resource, its scope, its first event or its first link that has the key. */
export const attributeValue = (
  where: Where,
  key: string,
  places: readonly AttributePlace[] = attributePlaces,
): ValueSql => firstOf(places.map((place) => valueAt(where, key, place)));

/** Of the resource alone: the first of the keys that it has. */
export const resourceValue = (where: Where, keys: readonly string[]): ValueSql =>
  firstOf(keys.map((key) => valueAt(where, key, 'resource_attributes')));

function firstOf(places: readonly ValueSql[]): ValueSql {
  if (places.length === 0) return {has: 'false', value: "''"};
  const [only] = places;
  if (places.length === 1 && only !== undefined) return only;
  return {
    has: `(${places.map(({has}) => has).join(' OR ')})`,
    value: `multiIf(${places.flatMap(({has, value}) => [has, value]).join(', ')}, '')`,
  };
}

function valueAt(where: Where, key: string, place: AttributePlace): ValueSql {
  if (place !== 'events' && place !== 'links') return keySql(where, place, key);
  const maps = `${place}.attributes`;
  const {has} = keySql(where, 'm', key);
  const first = {
    has: `arrayExists(m -> ${has}, ${maps})`,
    value: mapKeySql(where, `arrayFirst(m -> ${has}, ${maps})`, key).value,
  };
  // An event's name is the value of the key `event`.
  if (place !== 'events' || key !== 'event') return first;
  return firstOf([first, {has: 'notEmpty(events.name)', value: 'events.name[1]'}]);
}

/** Of a text this many characters are read: one more than anybody can ask for by an address. */
const shownCharacters = 1001;

/** The beginning of a text, so that an answer of many rows has a bound. */
export const beginning = (text: string): string => `substringUTF8(${text}, 1, ${shownCharacters})`;
