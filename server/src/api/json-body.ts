/** The body of a request in JSON: read by a schema as a configuration is, its faults told by reason. */
import {type ConfigType, type Fault, type Fields, object, optional, readJson} from '../config/index.ts';
import {ApiFailure, shorten, throwAll} from './errors.ts';
import {type Phrase, type PhraseName, sayValue} from './failure-texts.ts';

/** A field of a body, which may be left out. */
export interface BodyField<T> {
  readonly type: ConfigType<T>;
  /** The form of a value, to stand after "expected". */
  readonly expected: Phrase;
}

/** `typeOf` makes the schema of a value out of the words for what is expected. */
export function bodyField<T>(
  typeOf: (words: string) => ConfigType<T>,
  phrase: PhraseName,
  values: Phrase['values'] = {},
): BodyField<T> {
  const expected = {phrase, values};
  return {type: typeOf(sayValue(expected)), expected};
}

// biome-ignore lint/suspicious/noExplicitAny: the type of a value is inferred from its declaration
type Body = Readonly<Record<string, BodyField<any>>>;
/** Without the fields that are absent. */
type Present<B extends Body> = {readonly [K in keyof B]?: B[K] extends BodyField<infer T> ? T : never};

/** Throws ApiFailure that names every field that is unknown or wrong. */
export function jsonBody<B extends Body>(body: Uint8Array, fields: B): Present<B> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(body));
  } catch {
    throw new ApiFailure('body_not_json', {fields: names(fields)});
  }
  const read = readJson(schemaOf(fields), value, 'the body');
  if (read.kind === 'faulty') throwAll(read.faults.slice(0, maxFaults).map((fault) => failureOf(fault, fields, value)));
  const entries = Object.entries((read as {readonly value: object}).value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries) as Present<B>;
}
/** A body may have any number of fields that are none. */
const maxFaults = 10;

const schemaOf = (fields: Body): ConfigType<object> =>
  object(
    Object.fromEntries(
      Object.entries(fields).map(([name, {type, expected}]) => [name, optional(type, sayValue(expected))]),
    ) as Fields,
  );

function failureOf({at}: Fault, fields: Body, value: unknown): ApiFailure {
  const field = at.path ?? '';
  if (field === '') return new ApiFailure('body_not_json', {fields: names(fields)});
  const known = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (known === undefined) return new ApiFailure('field_unknown', {field, known: names(fields)}, field);
  const given = JSON.stringify((value as Readonly<Record<string, unknown>>)[field]);
  return new ApiFailure('field_invalid', {field, given: shorten(given), expected: known.expected}, field);
}

const names = (fields: Body): string => Object.keys(fields).join(', ');
