/** Export requests to bytes and back, by a library that is neither side's. Fields have the names that OTLP JSON gives them. */
import {loadMessages, readMessage, serviceMessage, writeMessage} from '../../server/src/wire/testing.ts';
import type {Request, Signal} from './case.ts';

const messages = loadMessages();

export function encodeRequest(signal: Signal, request: Request): Uint8Array {
  const body = writeMessage(messages(serviceMessage(signal, 'Request')), renamed(request, snakeCase) as Request);
  if (body.length === 0) throw new Error('BUG: a case sends nothing');
  return body;
}

export function decodeRequest(signal: Signal, body: Uint8Array): Request {
  return renamed(readMessage(messages(serviceMessage(signal, 'Request')), body), camelCase) as Request;
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const camelCase = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The keys of attributes are values, and so they stay. */
function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => renamed(each, rename));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [rename(key), renamed(field, rename)]));
}
