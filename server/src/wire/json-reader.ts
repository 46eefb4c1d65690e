import {MalformedError, utf8} from '../base/index.ts';

/** How deep arrays and objects may nest, all levels counted: an unknown field cannot exhaust the stack. */
const maxDepth = 128;

const quote = 0x22;
const backslash = 0x5c;

/** Opening and closing bytes, for `enter` and `more`. */
export const object = {open: 0x7b, close: 0x7d, name: 'an object'} as const;
export const array = {open: 0x5b, close: 0x5d, name: 'an array'} as const;
type Container = typeof object | typeof array;

/**
 * Reads JSON text (RFC 8259) token by token, in place: no value tree is built, and numbers keep their digits. Throws
 * MalformedError with the offset of what it did not expect.
 *
 *     if (reader.enter(object)) do {
 *       reader.key();
 *       reader.skip();
 *     } while (reader.more(object));
 */
export class JsonReader {
  readonly bytes: Uint8Array;
  at = 0;
  /** The last string between its quotes, or the last number: its bytes in the text. */
  from = 0;
  to = 0;
  /** Whether the last string has escapes, so that its bytes are not yet its text. */
  escaped = false;
  /** `hashKey` of the last key. */
  hash = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.at = 3;
  }

  /** The first byte of the next token; 0 at the end of the text. */
  peek(): number {
    const {bytes} = this;
    let at = this.at;
    while (at < bytes.length) {
      const byte = bytes[at] as number;
      if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) {
        this.at = at;
        return byte;
      }
      at++;
    }
    this.at = at;
    return 0;
  }

  /** Enters an object or array; false where it is empty, which also leaves it. */
  enter(container: Container): boolean {
    if (this.peek() !== container.open) this.expected(container.name);
    this.at++;
    if (this.peek() !== container.close) return true;
    this.at++;
    return false;
  }

  /** After a value in an object or array: whether another follows; else leaves it. */
  more(container: Container): boolean {
    const byte = this.peek();
    if (byte !== 0x2c && byte !== container.close) {
      this.expected(container === object ? 'a comma or }' : 'a comma or ]');
    }
    this.at++;
    return byte === 0x2c;
  }

  /** Reads a key and its colon: `from`, `to`, `escaped` and `hash`. */
  key(): void {
    if (this.peek() !== quote) this.expected('a key in quotes');
    const {bytes} = this;
    let at = this.at + 1;
    let hash = 0;
    this.from = at;
    for (; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte === quote || byte === backslash || byte < 0x20) break;
      hash = (Math.imul(hash, 31) + byte) & 0x3fff_ffff;
    }
    if (bytes[at] === quote) {
      this.to = at;
      this.at = at + 1;
      this.escaped = false;
      this.hash = hash;
    } else {
      this.string();
      this.hash = hashKey(new TextEncoder().encode(this.text()));
    }
    if (this.peek() !== 0x3a) this.expected('a colon');
    this.at++;
  }

  /** Reads a string: `from`, `to`, `escaped`. */
  string(): void {
    if (this.peek() !== quote) this.expected('a string');
    const {bytes} = this;
    let at = this.at + 1;
    this.from = at;
    this.escaped = false;
    for (; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte === quote) {
        this.to = at;
        this.at = at + 1;
        return;
      }
      if (byte === backslash) {
        this.escaped = true;
        at += this.escapeSize(at) - 1;
      } else if (byte < 0x20) throw new MalformedError('a string holds a control character that is not escaped', at);
    }
    throw new MalformedError('a string is cut off', this.at);
  }

  /** The text of the last string or key. */
  text(): string {
    const text = utf8(this.bytes, this.from, this.to - this.from);
    return this.escaped ? (JSON.parse(`"${text}"`) as string) : text;
  }

  /** Reads a number: its digits are `from … to`. */
  number(): void {
    const {bytes} = this;
    let at = this.at;
    this.from = at;
    if (bytes[at] === 0x2d) at++;
    const whole = at;
    at = this.digits(at);
    if (at === whole || (bytes[whole] === 0x30 && at > whole + 1)) this.expected('a number');
    if (bytes[at] === 0x2e) {
      const fraction = at + 1;
      at = this.digits(fraction);
      if (at === fraction) this.expected('a number');
    }
    if (bytes[at] === 0x65 || bytes[at] === 0x45) {
      at++;
      if (bytes[at] === 0x2b || bytes[at] === 0x2d) at++;
      const exponent = at;
      at = this.digits(exponent);
      if (at === exponent) this.expected('a number');
    }
    this.to = at;
    this.at = at;
  }

  /** Reads `true`, `false` or `null` and says which; undefined where the next token is none of them. */
  literal(): 'true' | 'false' | 'null' | undefined {
    const byte = this.peek();
    const word = byte === 0x74 ? 'true' : byte === 0x66 ? 'false' : byte === 0x6e ? 'null' : undefined;
    if (word === undefined) return undefined;
    for (let i = 0; i < word.length; i++) if (this.bytes[this.at + i] !== word.charCodeAt(i)) this.expected('a value');
    this.at += word.length;
    return word;
  }

  /** Reads and forgets a value of any type. */
  skip(depth = 0): void {
    const byte = this.peek();
    if (depth > maxDepth) throw new MalformedError(`values nest deeper than ${maxDepth} levels`, this.at);
    if (byte === quote) this.string();
    else if (byte === object.open) {
      if (this.enter(object)) {
        do {
          this.key();
          this.skip(depth + 1);
        } while (this.more(object));
      }
    } else if (byte === array.open) {
      if (this.enter(array))
        do this.skip(depth + 1);
        while (this.more(array));
    } else if (this.literal() === undefined) {
      if (byte !== 0x2d && (byte < 0x30 || byte > 0x39)) this.expected('a value');
      this.number();
    }
  }

  /** The end of the text: nothing but blanks may follow. */
  end(): void {
    if (this.peek() !== 0 || this.at < this.bytes.length) this.expected('the end of the text');
  }

  /** Throws: what was expected, and what is there instead, shortened. */
  expected(what: string): never {
    const start = this.at;
    if (start >= this.bytes.length) throw new MalformedError(`expected ${what}, but the text ends`, start);
    throw new MalformedError(`expected ${what}, got ${this.excerpt(start)}`, start);
  }

  /** The token at an offset as it stands in the text, shortened. */
  excerpt(start: number): string {
    let end = start + 1;
    const closes = this.bytes[start] === quote;
    const limit = Math.min(this.bytes.length, start + 40);
    for (; end < limit; end++) {
      const byte = this.bytes[end] as number;
      if (closes ? byte === quote && this.bytes[end - 1] !== backslash : isEndOfWord(byte)) break;
    }
    const text = utf8(this.bytes, start, Math.min(end + (closes ? 1 : 0), limit) - start);
    return end === limit && end < this.bytes.length ? `${text}…` : text;
  }

  private digits(at: number): number {
    const {bytes} = this;
    let to = at;
    while (to < bytes.length && (bytes[to] as number) >= 0x30 && (bytes[to] as number) <= 0x39) to++;
    return to;
  }

  private escapeSize(at: number): number {
    const byte = this.bytes[at + 1];
    if (byte === 0x75) {
      for (let i = at + 2; i < at + 6; i++) {
        if (hexValue(this.bytes[i]) < 0) throw new MalformedError('\\u is not followed by four hexadecimal digits', at);
      }
      return 6;
    }
    if (byte === undefined || !'"\\/bfnrt'.includes(String.fromCharCode(byte))) {
      throw new MalformedError('a string has an unknown escape', at);
    }
    return 2;
  }
}

/** The hash under which `JsonReader.key` leaves a key; 30 bits, so that it is a small integer to the engine. */
export function hashKey(key: Uint8Array): number {
  let hash = 0;
  for (const byte of key) hash = (Math.imul(hash, 31) + byte) & 0x3fff_ffff;
  return hash;
}

/** 0 to 15, or -1 where the byte is no hexadecimal digit. */
export const hexValue = (byte: number | undefined): number => (byte === undefined ? -1 : (hexValues[byte] as number));

const hexValues = Int8Array.from({length: 256}, (_, byte) => {
  const digit = String.fromCharCode(byte);
  return /[0-9a-fA-F]/.test(digit) ? Number.parseInt(digit, 16) : -1;
});

const isEndOfWord = (byte: number): boolean =>
  byte <= 0x20 || byte === 0x2c || byte === 0x3a || byte === 0x5d || byte === 0x7d || byte === quote;
