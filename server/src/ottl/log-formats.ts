/** Formats of logs to maps. */
import {OttlError} from './faults.ts';
import type {Value, ValueMap} from './value.ts';

const fail = (why: string): never => {
  throw new OttlError(why);
};

/** Splits at `|` that no backslash is before, into at most so many parts. */
function headerParts(text: string, most: number): string[] {
  const parts: string[] = [];
  let part = '';
  let at = 0;
  for (; at < text.length && parts.length < most - 1; at++) {
    if (text[at] === '\\' && at + 1 < text.length) part += (text[at] as string) + (text[++at] as string);
    else if (text[at] === '|') {
      parts.push(part);
      part = '';
    } else part += text[at];
  }
  return [...parts, part + text.slice(at)];
}

const cefFields = ['device_vendor', 'device_product', 'device_version', 'device_event_class_id', 'name', 'severity'];

export function parseCef(text: string): ValueMap {
  const at = text.indexOf('CEF:');
  if (at < 0) return fail('not CEF: there is no `CEF:`');
  const [version = '', ...rest] = headerParts(text.slice(at + 4), 8);
  if (rest.length < 6 || !/^\d+$/.test(version)) return fail('not CEF: the header needs a version and six fields');
  const map: ValueMap = new Map([['cef.version', version]]);
  for (const [index, field] of cefFields.entries())
    map.set(`cef.${field}`, (rest[index] as string).replace(/\\([|\\])/g, '$1'));
  return map.set('cef.extensions', cefExtensions(rest[6] ?? ''));
}

/** A value ends where the next `key=` begins. */
function cefExtensions(text: string): ValueMap {
  const map: ValueMap = new Map();
  const keys = [...text.matchAll(/(?:^|\s)([\w.[\]-]+)=/g)];
  for (const [index, match] of keys.entries()) {
    const from = match.index + match[0].length;
    const value = text.slice(from, keys[index + 1]?.index ?? text.length);
    const plain = value.replace(/\\([\\=nr])/g, (_, each: string) => ({n: '\n', r: '\r'})[each] ?? each);
    map.set(match[1] as string, index === keys.length - 1 ? plain.trimEnd() : plain);
  }
  return map;
}

const quoted = '"((?:[^"\\\\]|\\\\.)*)"';
const common = `^(\\S+) (\\S+) (\\S+) \\[([^\\]]*)\\] ${quoted} (\\d{3}|-) (\\d+|-)`;
const clfPattern = new RegExp(`${common}$`, 's');
const combinedPattern = new RegExp(`${common} ${quoted} ${quoted}$`, 's');

const escapes: Readonly<Record<string, string>> = {n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', a: '\x07'};

const unescaped = (text: string): string =>
  text.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/gs, (_, hex?: string, other?: string) =>
    hex !== undefined ? String.fromCharCode(Number.parseInt(hex, 16)) : (escapes[other as string] ?? (other as string)),
  );

export function parseClf(text: string, isCombined: boolean): ValueMap {
  const match = (isCombined ? combinedPattern : clfPattern).exec(text.trimEnd());
  if (match === null) return fail(`not an entry of the ${isCombined ? 'combined' : 'common'} log format`);
  const [, host = '', rfc931 = '', user = '', date = '', written = '', status = '', bytes = '', referer, agent] = match;
  const request = unescaped(written);
  const map: ValueMap = new Map<string, Value>([
    ['clf.remote_host', host],
    ['clf.rfc931', rfc931],
    ['clf.auth_user', user],
    ['clf.timestamp', date],
    ['clf.request', request],
  ]);
  const parts = /^(\S+) (\S+) (\S+)$/.exec(request);
  if (parts !== null) {
    map.set('clf.method', parts[1] as string);
    map.set('clf.request_uri', parts[2] as string);
    map.set('clf.protocol', parts[3] as string);
  }
  if (status !== '-') map.set('clf.status', BigInt(status));
  if (bytes !== '-') map.set('clf.bytes', BigInt(bytes));
  if (referer !== undefined) map.set('clf.referer', unescaped(referer));
  if (agent !== undefined) map.set('clf.user_agent', unescaped(agent));
  return map;
}

const elfDirectives: Readonly<Record<string, string>> = {
  version: 'elf.version',
  software: 'elf.software',
  date: 'elf.date',
  'start-date': 'elf.start_date',
  'end-date': 'elf.end_date',
  remark: 'elf.remark',
};

export function parseElf(text: string): ValueMap {
  const map: ValueMap = new Map();
  const entries: ValueMap[] = [];
  let fields: readonly string[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const directive = /^#([\w-]+):\s*(.*)$/.exec(line);
    if (directive === null) {
      if (line.startsWith('#')) continue;
      if (fields.length === 0) return fail('not ELF: data come before `#Fields`');
      const values = [...line.matchAll(/"((?:[^"]|"")*)"|(\S+)/g)].map(
        ([, inside, bare]) => inside?.replaceAll('""', '"') ?? bare ?? '',
      );
      entries.push(new Map(fields.map((field, index) => [field, values[index] ?? '-'])));
      continue;
    }
    const name = (directive[1] as string).toLowerCase();
    const value = (directive[2] as string).trim();
    if (name === 'fields') fields = value.split(/\s+/);
    else if (elfDirectives[name] !== undefined) map.set(elfDirectives[name], value);
  }
  if (!map.has('elf.version')) return fail('not ELF: there is no `#Version`');
  return map.set('elf.fields', fields).set('elf.entries', entries);
}

/** The delimiter that a LEEF 2.0 header says: a character, or its code. */
function leefDelimiter(text: string): string {
  if (text === '') return '\t';
  const code = /^(?:0x|x)([0-9a-fA-F]{1,2})$/.exec(text)?.[1];
  if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
  return [...text].length === 1 ? text : fail(`not LEEF: ${JSON.stringify(text)} is no delimiter`);
}

export function parseLeef(text: string): ValueMap {
  const at = text.indexOf('LEEF:');
  if (at < 0) return fail('not LEEF: there is no `LEEF:`');
  const version = text.slice(at + 5).split('|', 1)[0] as string;
  if (version !== '1.0' && version !== '2.0') return fail(`not LEEF: the version is ${JSON.stringify(version)}`);
  const parts = text.slice(at + 5).split('|');
  if (parts.length < 6) return fail('not LEEF: the header needs a version and four fields');
  const [, vendor = '', name = '', productVersion = '', event = '', next = ''] = parts;
  const hasDelimiter = version === '2.0' && parts.length > 6 && !next.includes('=');
  const delimiter = hasDelimiter ? leefDelimiter(next) : '\t';
  const attributes: ValueMap = new Map();
  for (const pair of parts
    .slice(hasDelimiter ? 6 : 5)
    .join('|')
    .split(delimiter)) {
    const equals = pair.indexOf('=');
    if (equals > 0) attributes.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  return new Map<string, Value>([
    ['leef.version', version],
    ['leef.vendor', vendor],
    ['leef.product.name', name],
    ['leef.product.version', productVersion],
    ['leef.event.id', event],
    ['leef.attributes', attributes],
  ]);
}
