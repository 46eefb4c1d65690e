/** Bodies of requests to Weft's own API: one JSON object, read by a schema as a configuration is. */
import {type ConfigType, type Fault, readJson} from '../config/index.ts';
import {ApiFailure} from './errors.ts';

/** The fields that a schema of optional fields has read, without those that are absent. */
type Present<T> = {readonly [K in keyof T]?: Exclude<T[K], undefined>};

/** Throws ApiFailure that names every field that is unknown or wrong. */
export function jsonBody<T extends object>(body: Uint8Array, type: ConfigType<T>): Present<T> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(body));
  } catch {
    throw new ApiFailure('body_not_json', {fields: names(type)});
  }
  const read = readJson(type, value, 'the body');
  if (read.kind === 'faulty') {
    const [{at}] = read.faults;
    throw new ApiFailure('body_invalid', {faults: read.faults.map(told).join('; ')}, at.path || undefined);
  }
  return Object.fromEntries(Object.entries(read.value).filter(([, each]) => each !== undefined)) as Present<T>;
}

const told = ({at, message}: Fault): string =>
  at.path && !message.startsWith('unknown key') ? `${at.path}: ${message}` : message;
const names = (type: ConfigType<unknown>): string => Object.keys(type.fields ?? {}).join(', ');
