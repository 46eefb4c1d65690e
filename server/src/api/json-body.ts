/** Bodies of requests to Weft's own API: one JSON object whose fields are all optional and checked one by one. */
import {ApiFailure} from './errors.ts';

/** What a check gives back instead of the value: the words for what it should have been. */
export class Expected {
  readonly words: string;
  constructor(words: string) {
    this.words = words;
  }
}
export type Fields<T> = {readonly [K in keyof T]-?: (value: unknown) => Exclude<T[K], undefined> | Expected};

/** Throws ApiFailure for a body that is no JSON object, and for the first field that is unknown or wrong. */
export function jsonBody<T extends object>(body: Uint8Array, fields: Fields<T>): Partial<T> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(body));
  } catch {
    throw new ApiFailure('bad_request', 'The body is not JSON.', {hint: `Expected an object with ${names(fields)}.`});
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiFailure('bad_request', 'The body is not a JSON object.', {hint: `Expected ${names(fields)} in it.`});
  }
  const read: Partial<T> = {};
  for (const [name, given] of Object.entries(value)) {
    if (!Object.hasOwn(fields, name)) {
      throw new ApiFailure('bad_request', `There is no field '${name}' here.`, {
        parameter: name,
        hint: `It takes ${names(fields)}.`,
      });
    }
    const key = name as keyof T;
    const checked = fields[key](given);
    if (checked instanceof Expected) {
      throw new ApiFailure('bad_request', `The field '${name}' is not valid: ${shorten(JSON.stringify(given))}.`, {
        parameter: name,
        hint: `Expected ${checked.words}.`,
      });
    }
    read[key] = checked as T[keyof T];
  }
  return read;
}

const names = (fields: object): string => Object.keys(fields).join(', ');
const shorten = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text);
