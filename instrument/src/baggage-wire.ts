import {type Baggage, type BaggageEntry, baggageEntryMetadataFromString, propagation} from '@opentelemetry/api';

/**
 * The size that W3C Baggage lets a sender rely on: 64 entries and 8,192 bytes in all ("Limits"). More bytes are left out. More
 * entries that came with a request travel on as long as they fit, up to a number that keeps the work for a hostile caller small.
 */
export const baggageLimits = {entries: 64, bytes: 8_192} as const;
export const receivedEntries = 180;

/** RFC 9110 token: what a key may be. Keys are not percent-encoded. */
export const isToken = (text: string): boolean => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text);

/**
 * Value and properties as they came, by the entry made of them: an entry passed on unchanged stays so to the byte. Encoded
 * again, it could grow past the limit on the way through.
 */
const asReceived = new WeakMap<BaggageEntry, string>();

/** Everything that may stand behind `key=`: octets of values, and separators and spaces of properties. */
const plain = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*(?:;[\t\x20-\x2b\x2d-\x7e]*)?$/;

/** `key=value;properties`, or nothing for an entry that the format cannot carry. */
export function writeMember(key: string, entry: BaggageEntry): string | undefined {
  if (!isToken(key) || typeof entry.value !== 'string') return undefined;
  const received = asReceived.get(entry);
  if (received !== undefined) return `${key}=${received}`;
  const properties = entry.metadata === undefined ? '' : `;${entry.metadata.toString()}`;
  return `${key}=${encode(entry.value)}${plain.test(properties) ? properties : ''}`;
}

export const encode = (value: string): string => encodeURIComponent(value.toWellFormed());

/** Bytes on the wire, commas included. */
export function sizeOf(baggage: Baggage): number {
  const members = baggage.getAllEntries().map(([key, entry]) => writeMember(key, entry)?.length ?? -1);
  return members.reduce((sum, length) => sum + length + 1, -1);
}

/** As many whole members as fit, and the keys of those that do not. */
export function writeBaggage(baggage: Baggage): {readonly header: string; readonly leftOut: readonly string[]} {
  const leftOut: string[] = [];
  let header = '';
  let count = 0;
  for (const [key, entry] of baggage.getAllEntries()) {
    const member = writeMember(key, entry);
    const length = header.length + (header === '' ? 0 : 1) + (member?.length ?? 0);
    if (member === undefined || length > baggageLimits.bytes || count === receivedEntries) leftOut.push(key);
    else {
      header += header === '' ? member : `,${member}`;
      count++;
    }
  }
  return {header, leftOut};
}

/** A received header: what is no member is left out, and so is what exceeds the limits. */
export function readBaggage(header: string): Baggage | undefined {
  const entries: Record<string, BaggageEntry> = Object.create(null);
  let count = 0;
  let bytes = -1;
  for (const member of header.slice(0, maxHeader).split(',')) {
    const [, key, rest] = /^[ \t]*([^= \t;]+)[ \t]*=(.*)$/s.exec(member) ?? [];
    if (key === undefined || rest === undefined || !isToken(key)) continue;
    const size = key.length + 1 + rest.length + 1;
    if (bytes + size > baggageLimits.bytes || count === receivedEntries) continue;
    bytes += size;
    count++;
    entries[key] = readEntry(rest);
  }
  return count === 0 ? undefined : propagation.createBaggage(entries);
}

/** Node takes up to 16 KiB of headers unless told otherwise. */
const maxHeader = 65_536;

function readEntry(text: string): BaggageEntry {
  const semicolon = text.indexOf(';');
  const value = (semicolon === -1 ? text : text.slice(0, semicolon)).trim();
  const properties = semicolon === -1 ? '' : text.slice(semicolon).trimEnd();
  const entry: BaggageEntry = {value: decode(value)};
  if (properties.length > 1) entry.metadata = baggageEntryMetadataFromString(properties.slice(1));
  if (plain.test(value + properties)) asReceived.set(entry, value + properties);
  return entry;
}

/** Octets that are no UTF-8 become U+FFFD ("value"); a `%` that begins no octet stays. */
function decode(value: string): string {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value.replace(/(?:%[0-9a-f]{2})+/gi, (octets) =>
      utf8.decode(Buffer.from(octets.replaceAll('%', ''), 'hex')),
    );
  }
}

const utf8 = new TextDecoder('utf-8', {ignoreBOM: true});
