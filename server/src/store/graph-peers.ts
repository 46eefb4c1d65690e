/**
 * Whom a client's, producer's or consumer's span names as its other end, by its attributes under their present and their former names
 * (https://opentelemetry.io/docs/specs/semconv/). Templates are read once; of a span, only the values that vary.
 */
import {utf8} from '../base/index.ts';
import {mark} from './span-text.ts';

export type PeerKind = 'database' | 'queue' | 'external';
export interface Peer {
  readonly kind: PeerKind;
  readonly name: string;
  /** A client's span that takes messages. */
  readonly receives: boolean;
}

const keys = {
  dbSystem: ['db.system.name', 'db.system'],
  dbName: ['db.namespace', 'db.name'],
  queueSystem: ['messaging.system'],
  queueName: ['messaging.destination.template', 'messaging.destination.name', 'messaging.destination'],
  operation: ['messaging.operation.type', 'messaging.operation'],
  service: ['peer.service'],
  address: [
    'server.address',
    'net.peer.name',
    'http.host',
    'network.peer.address',
    'net.peer.ip',
    'net.sock.peer.addr',
  ],
  port: ['server.port', 'net.peer.port', 'network.peer.port', 'net.sock.peer.port'],
} as const;
type Role = keyof typeof keys;
const wanted = new Set<string>(Object.values(keys).flat());
export const peerKeys: readonly string[] = [...wanted];

/** What a template says. */
export type Template =
  | {readonly kind: 'fixed'; readonly peer: Peer | undefined}
  /** `places` says which of a span's values are those of which keys. */
  | {
      readonly kind: 'varying';
      readonly constants: ReadonlyMap<string, string>;
      readonly places: readonly (readonly [place: number, key: string])[];
    }
  | {readonly kind: 'free'};

export function readTemplate(text: string): Template {
  if (text === mark.free) return {kind: 'free'};
  const constants = new Map<string, string>();
  const places: [number, string][] = [];
  let place = 0;
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf(mark.end, at);
    if (end < 0) break;
    if (text[at] === mark.varying) {
      const key = text.slice(at + 1, end);
      if (wanted.has(key)) places.push([place, key]);
      place++;
    } else {
      const equals = text.indexOf('=', at);
      const key = text.slice(at + 1, equals);
      if (wanted.has(key)) constants.set(key, text.slice(equals + 1, end));
    }
    at = end + 2; // the letter of its type
  }
  return places.length === 0 ? {kind: 'fixed', peer: peerOf(constants)} : {kind: 'varying', constants, places};
}

/** Of a span whose template varies or is free; `value` tells its values in order. */
export function peerOfValues(
  template: Exclude<Template, {kind: 'fixed'}>,
  count: number,
  value: (at: number) => string,
): Peer | undefined {
  if (template.kind === 'varying') {
    const all = new Map(template.constants);
    for (const [place, key] of template.places) if (place < count) all.set(key, value(place));
    return peerOf(all);
  }
  const all = new Map<string, string>();
  for (let at = 0; at + 2 < count; at += 3) {
    const key = value(at);
    if (wanted.has(key) && !all.has(key)) all.set(key, value(at + 2));
  }
  return peerOf(all);
}

const maxName = 200;

function peerOf(attributes: ReadonlyMap<string, string>): Peer | undefined {
  if (attributes.size === 0) return undefined;
  const first = (role: Role): string => {
    for (const key of keys[role]) {
      const value = attributes.get(key);
      if (value !== undefined && value !== '') return value.slice(0, maxName);
    }
    return '';
  };
  const of = (kind: PeerKind, name: string, receives = false): Peer => ({kind, name, receives});
  const [address, service] = [first('address'), first('service')];
  const database = first('dbSystem');
  if (database !== '') {
    const name = first('dbName');
    // Redis numbers its databases.
    const known = name === '' || /^\d+$/.test(name) ? service || address || name : name;
    return of('database', known === '' ? database : `${database}/${known}`);
  }
  const queue = first('queueSystem');
  if (queue !== '') {
    const name = first('queueName') || service || address;
    return of(
      'queue',
      name === '' ? queue : `${queue}/${name}`,
      /^(receive|process|poll|settle|ack)/.test(first('operation')),
    );
  }
  const name = service || withPort(address, first('port'));
  return name === '' ? undefined : of('external', name);
}

/** Several systems may be at one address. The ports of HTTP say nothing, and some libraries leave them out. */
function withPort(address: string, port: string): string {
  if (address === '' || port === '' || port === '80' || port === '443') return address;
  return address.includes(':') && !address.startsWith('[') ? `[${address}]:${port}` : `${address}:${port}`;
}

export const textAt = (bytes: Buffer, slices: Uint32Array, at: number): string =>
  utf8(bytes, slices[2 * at] as number, slices[2 * at + 1] as number);
