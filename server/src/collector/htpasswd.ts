/** Apache's list of users: `name:hash` a line, with the hashes that `htpasswd` writes (bcrypt, `{SHA}`, `{SSHA}`, `$apr1$`) or plain. */
import {createHash, timingSafeEqual} from 'node:crypto';
import {bcryptFault, bcryptFits} from './bcrypt.ts';

/** The hash of each user. */
export type Users = ReadonlyMap<string, string>;

/** A later line of the same name counts. Throws an Error that names the line that cannot be used. */
export function parseHtpasswd(text: string): Users {
  const users = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const written = line.trim();
    if (written === '' || written.startsWith('#')) continue;
    const colon = written.indexOf(':');
    const fault = colon <= 0 ? 'is not `name:hash`' : faultOf(written.slice(colon + 1));
    if (fault !== undefined) throw new Error(`line ${index + 1} of the users ${fault}`);
    users.set(written.slice(0, colon), written.slice(colon + 1));
  }
  return users;
}

function faultOf(hash: string): string | undefined {
  if (/^\$2/.test(hash)) return bcryptFault(hash);
  const scheme = /^\$(5|6|1|argon2\w*|y|7)\$/.exec(hash);
  return scheme === null
    ? undefined
    : `has a hash of the kind \`$${scheme[1]}$\`, which is not taken; use \`htpasswd -B\``;
}

/** Whether the password is the one of this hash. */
export async function passwordFits(password: string, hash: string): Promise<boolean> {
  if (hash.startsWith('$2')) return bcryptFits(password, hash);
  if (hash.startsWith('$apr1$')) return sameText(apr1(password, hash.split('$')[2] ?? ''), hash);
  if (hash.startsWith('{SHA}')) return sameText(`{SHA}${sha1(Buffer.from(password)).toString('base64')}`, hash);
  if (hash.startsWith('{SSHA}')) {
    const stored = Buffer.from(hash.slice(6), 'base64');
    const salt = stored.subarray(20);
    return sameText(sha1(Buffer.concat([Buffer.from(password), salt])).toString('hex'), stored.toString('hex', 0, 20));
  }
  return sameText(password, hash);
}

const sha1 = (bytes: Uint8Array): Buffer => createHash('sha1').update(bytes).digest();
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Of any lengths, in a time that says nothing about how much of them is equal. */
const sameText = (a: string, b: string): boolean => timingSafeEqual(sha256(a), sha256(b));

const itoa64 = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Apache's own variant of the MD5 crypt: a thousand rounds. */
function apr1(password: string, salt: string): string {
  const key = Buffer.from(password);
  const md5 = (...parts: readonly (Buffer | string)[]): Buffer => {
    const hash = createHash('md5');
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  const inner = md5(key, salt, key);
  const parts: Buffer[] = [key, Buffer.from(`$apr1$${salt}`)];
  for (let left = key.length; left > 0; left -= 16) parts.push(inner.subarray(0, Math.min(16, left)));
  for (let bits = key.length; bits > 0; bits >>>= 1) parts.push((bits & 1) === 1 ? Buffer.of(0) : key.subarray(0, 1));
  let digest = md5(...parts);
  for (let round = 0; round < 1000; round++) {
    const odd = (round & 1) === 1;
    digest = md5(odd ? key : digest, round % 3 === 0 ? '' : salt, round % 7 === 0 ? '' : key, odd ? digest : key);
  }
  let text = '';
  const put = (word: number, letters: number): void => {
    for (let i = 0; i < letters; i++) text += itoa64[(word >>> (6 * i)) & 63];
  };
  for (const [a, b, c] of [
    [0, 6, 12],
    [1, 7, 13],
    [2, 8, 14],
    [3, 9, 15],
    [4, 10, 5],
  ] as const) {
    put(((digest[a] as number) << 16) | ((digest[b] as number) << 8) | (digest[c] as number), 4);
  }
  put(digest[11] as number, 2);
  return `$apr1$${salt}$${text}`;
}
