/**
 * Which bytes a text must have for a regular expression to find anything in it: counting bytes is a fraction of the work of running
 * the expression. Reads the source of what `goRegExp` makes; of anything else it says that nothing is known.
 */

/** A text in which the expression finds something has at least `least` bytes (1 to 255) of these, which are ASCII. */
export interface Need {
  /** By byte: 1 for those that count. */
  readonly bytes: Uint8Array;
  readonly least: number;
}

type Node =
  | {readonly kind: 'set'; readonly set: CharSet}
  | {readonly kind: 'all'; readonly items: readonly Node[]}
  | {readonly kind: 'any'; readonly items: readonly Node[]}
  | {readonly kind: 'repeat'; readonly item: Node; readonly least: number};

/** The characters that may stand at one place. */
interface CharSet {
  readonly bytes: Uint8Array;
  /** Whether others than ASCII may stand there too. */
  readonly hasOthers: boolean;
}

/** The need that texts without the pattern are least likely to meet; undefined where many would. */
export function needOf(expression: RegExp): Need | undefined {
  const parser = new Parser(expression.source, expression.flags.includes('i'));
  const root = parser.parse();
  if (root === undefined) return undefined;
  const candidates = [unionOf(parser.sets), ...parser.sets.map(({bytes}) => bytes), ...parser.unions];
  let best: Need | undefined;
  let bestScore = leastScore;
  for (const bytes of candidates) {
    const least = Math.min(leastOf(root, bytes), 255);
    const score = scoreOf(bytes, least);
    if (score <= bestScore) continue;
    bestScore = score;
    best = {bytes, least};
  }
  return best;
}

/** All bytes of the sets that have no others. */
function unionOf(sets: readonly CharSet[]): Uint8Array {
  const union = new Uint8Array(128);
  for (const {bytes, hasOthers} of sets) {
    for (let byte = 0; byte < 128; byte++) if (!hasOthers && bytes[byte] === 1) union[byte] = 1;
  }
  return union;
}

/** How many characters of a match are of the set, at least. */
function leastOf(node: Node, bytes: Uint8Array): number {
  switch (node.kind) {
    case 'set':
      return !node.set.hasOthers && node.set.bytes.every((has, i) => has === 0 || bytes[i] === 1) ? 1 : 0;
    case 'all':
      return node.items.reduce((sum, item) => sum + leastOf(item, bytes), 0);
    case 'any':
      return Math.min(...node.items.map((item) => leastOf(item, bytes)));
    case 'repeat':
      return node.least === 0 ? 0 : node.least * leastOf(node.item, bytes);
  }
}

/** A text of this length is taken as the usual one. */
const usualLength = 32;
/** Where more than about half of usual texts meet a need, it is none. */
const leastScore = 0.5;

/** Chernoff's bound on how likely a usual text is to have so many of the bytes: the exponent. */
function scoreOf(bytes: Uint8Array, least: number): number {
  const expected = usualLength * bytes.reduce((sum, has, byte) => (has === 0 ? sum : sum + shareOf(byte)), 0);
  return least > expected ? least * Math.log(least / expected) - least + expected : 0;
}

/** About the share of a byte in names, paths, ids and sentences. */
function shareOf(byte: number): number {
  const char = String.fromCharCode(byte);
  if (/[a-z]/.test(char)) return 0.022;
  if (/[0-9 ./:_-]/.test(char)) return 0.018;
  return /[A-Z]/.test(char) ? 0.005 : 0.002;
}

class Parser {
  readonly sets: CharSet[] = [];
  /** Of the sets in each choice between alternatives. */
  readonly unions: Uint8Array[] = [];
  private readonly source: string;
  private ignoresCase: boolean;
  private at = 0;

  constructor(source: string, ignoresCase: boolean) {
    this.source = source;
    this.ignoresCase = ignoresCase;
  }

  /** Undefined where something is not understood. */
  parse(): Node | undefined {
    const root = this.alternatives();
    return this.at === this.source.length ? root : undefined;
  }

  private take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source);
    if (found === null) return undefined;
    this.at += found[0].length;
    return found;
  }

  private alternatives(): Node | undefined {
    const items: Node[] = [];
    const known = this.sets.length;
    do {
      const item = this.sequence();
      if (item === undefined) return undefined;
      items.push(item);
    } while (this.take(/\|/vy) !== undefined);
    if (items.length > 1) this.unions.push(unionOf(this.sets.slice(known)));
    return {kind: 'any', items};
  }

  private sequence(): Node | undefined {
    const items: Node[] = [];
    while (this.at < this.source.length && !/[\|\)]/v.test(this.source[this.at] as string)) {
      const item = this.atom();
      if (item === undefined) return undefined;
      const [quantifier, digits] = this.take(/(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/vy) ?? [];
      if (quantifier === undefined) items.push(item);
      else items.push({kind: 'repeat', item, least: quantifier.startsWith('+') ? 1 : Number(digits ?? 0)});
    }
    return {kind: 'all', items};
  }

  private atom(): Node | undefined {
    if (this.take(/[\^$]|\\[bB]/vy) !== undefined) return nothing;
    const group = this.take(/\((?:\?(?:(:)|(i:)|(-i:)|(<?[!=])|<\w+>))?/vy);
    if (group !== undefined) return this.group(group);
    if (this.source[this.at] === '[') return this.bracket();
    const [escaped] = this.take(/\\(?:x[0-9a-fA-F]{2}|u\{[0-9a-fA-F]+\}|[pP]\{[^\}]*\}|[\/tnfrv])/vy) ?? [];
    if (escaped !== undefined) return this.set(escaped, !/^\\[pP]/v.test(escaped));
    const [char] = this.take(/[^\\\{\}\(\)\[\]*+?.]/vy) ?? [];
    return char === undefined ? undefined : this.set(char, true);
  }

  private group([, , on, off, look]: RegExpExecArray): Node | undefined {
    const before = this.ignoresCase;
    if (on !== undefined) this.ignoresCase = true;
    if (off !== undefined) this.ignoresCase = false;
    const known = this.sets.length;
    const inner = this.alternatives();
    this.ignoresCase = before;
    if (this.take(/\)/vy) === undefined) return undefined;
    if (look === undefined || inner === undefined) return inner;
    // It looks at what stands beside the match.
    this.sets.length = known;
    return nothing;
  }

  /** A class, whose own classes are read with it. */
  private bracket(): Node | undefined {
    const start = this.at;
    let depth = 0;
    for (; this.at < this.source.length; this.at++) {
      const char = this.source[this.at];
      if (char === '\\') this.at++;
      else if (char === '[') depth++;
      else if (char === ']' && --depth === 0) break;
    }
    this.at++;
    const text = this.source.slice(start, this.at);
    return this.set(text, /^\[(?!\^)(?:[\p{ASCII}--[\[\\\]]]|\\(?:x[0-7]|[\/tnfrv]))*\]$/v.test(text));
  }

  /** One of the characters that `text` stands for; `isOneKind` where these are ASCII only, or others only. */
  private set(text: string, isOneKind: boolean): Node {
    const expression = new RegExp(`^${text}$`, this.ignoresCase ? 'vi' : 'v');
    const bytes = Uint8Array.from({length: 128}, (_, byte) => (expression.test(String.fromCharCode(byte)) ? 1 : 0));
    const isOfOthers = this.ignoresCase && foldedToAscii.some((char) => expression.test(char));
    const set = {bytes, hasOthers: !isOneKind || isOfOthers || !bytes.includes(1)};
    this.sets.push(set);
    return {kind: 'set', set};
  }
}

/** The long s and the sign for Kelvin, which are letters of ASCII where case is ignored. */
const foldedToAscii = ['\u017f', '\u212a'];

const nothing: Node = {kind: 'all', items: []};
