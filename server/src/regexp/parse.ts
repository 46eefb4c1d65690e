/**
 * Regular expressions of Go's syntax (RE2, https://github.com/google/re2/wiki/Syntax) to a tree. Lookarounds and references to
 * groups, which RE2 refuses, are refused here too.
 */
import {type Assertion, childrenOf, type Node, type Syntax} from './ast.ts';
import {anyButNewline, anyChar, bracket, charAt, charEscape, classEscape, only, setOf} from './classes.ts';
import {fail} from './fault.ts';

/** The flags that hold from here to the end of the group. */
interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly U: boolean;
}

/** How often a part may be repeated, repetitions of what it is in included; Go's bound. */
const maxRepeat = 1000;
/** How deep groups may lie in each other; Go's bound. */
const maxDepth = 1000;

/** Throws PatternError. */
export function parse(text: string): Syntax {
  return new Parser(text).parse();
}

class Parser {
  private readonly text: string;
  private at = 0;
  private depth = 0;
  private flags: Flags = {i: false, m: false, s: false, U: false};
  private readonly names: (string | undefined)[] = [];

  constructor(text: string) {
    this.text = text;
  }

  parse(): Syntax {
    const root = this.choice();
    if (this.at < this.text.length) fail('a `)` without its `(`');
    checkRepeats(root, maxRepeat);
    return {root, names: this.names};
  }

  private choice(): Node {
    const branches = [this.sequence()];
    while (this.text[this.at] === '|') {
      this.at++;
      branches.push(this.sequence());
    }
    return branches.length === 1 ? (branches[0] as Node) : {kind: 'choice', branches};
  }

  private sequence(): Node {
    const {text} = this;
    const parts: Node[] = [];
    for (;;) {
      const char = text[this.at];
      if (char === undefined || char === '|' || char === ')') break;
      const quantifier = this.quantifier();
      if (quantifier !== undefined) {
        const body = parts.pop() ?? fail(`nothing stands before \`${quantifier}\``);
        parts.push(this.repeat(body, quantifier));
      } else if (text.startsWith('\\Q', this.at)) this.quoted(parts);
      else {
        const part = this.part();
        if (part !== undefined) parts.push(part);
      }
    }
    return parts.length === 1 ? (parts[0] as Node) : {kind: 'sequence', parts};
  }

  /** `*`, `+?`, `{2,3}` and the like, if one stands here. */
  private quantifier(): string | undefined {
    return /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/.exec(this.text.slice(this.at, this.at + 32))?.[0];
  }

  private repeat(body: Node, written: string): Node {
    this.at += written.length;
    const again = this.quantifier();
    if (again !== undefined) fail(`\`${written}${again}\` repeats a repetition`);
    const isLazy = written.length > 1 && written.endsWith('?');
    const greedy = isLazy ? written.slice(0, -1) : written;
    const counts = /^\{(\d+)(,?)(\d*)\}$/.exec(greedy);
    let min = greedy === '+' ? 1 : 0;
    let max = greedy === '?' ? 1 : Number.POSITIVE_INFINITY;
    if (counts !== null) {
      min = Number(counts[1]);
      if (counts[2] === '') max = min;
      else if (counts[3] !== '') max = Number(counts[3]);
      if (Math.max(min, max === Number.POSITIVE_INFINITY ? 0 : max) > maxRepeat)
        fail(`a repetition of more than ${maxRepeat}`);
      if (min > max) fail(`\`${written}\` is out of order`);
    }
    return {kind: 'repeat', body, min, max, lazy: isLazy !== this.flags.U};
  }

  /** `\Q…\E`: every character for itself. */
  private quoted(parts: Node[]): void {
    const end = this.text.indexOf('\\E', this.at + 2);
    for (const char of this.text.slice(this.at + 2, end < 0 ? undefined : end)) parts.push(this.char(only(char)));
    this.at = end < 0 ? this.text.length : end + 2;
  }

  private char(set: ReturnType<typeof only>): Node {
    return {kind: 'char', set, fold: this.flags.i};
  }

  private assert(assertion: Assertion, length: number): Node {
    this.at += length;
    return {kind: 'assert', assertion};
  }

  /** Undefined for flags, which are no part. */
  private part(): Node | undefined {
    const {text, flags} = this;
    const char = charAt(text, this.at);
    switch (char) {
      case '(':
        return this.group();
      case '[': {
        const [set, next] = bracket(text, this.at);
        this.at = next;
        return this.char(set);
      }
      case '\\':
        return this.escape();
      case '.':
        this.at++;
        return this.char(flags.s ? anyChar : anyButNewline);
      case '^':
        return this.assert(flags.m ? 'line start' : 'text start', 1);
      case '$':
        return this.assert(flags.m ? 'line end' : 'text end', 1);
      default:
        this.at += char.length;
        return this.char(only(char));
    }
  }

  private escape(): Node {
    const {text, at} = this;
    switch (text[at + 1]) {
      case undefined:
        return fail('a backslash at the end');
      case 'A':
        return this.assert('text start', 2);
      case 'z':
        return this.assert('text end', 2);
      case 'b':
        return this.assert('word boundary', 2);
      case 'B':
        return this.assert('no word boundary', 2);
    }
    const set = classEscape(text, at);
    const [parts, next] = set === undefined ? charEscape(text, at) : set;
    this.at = next;
    return this.char(typeof parts === 'string' ? only(parts) : setOf(parts));
  }

  private group(): Node | undefined {
    const {text, at, flags} = this;
    if (text[at + 1] !== '?') {
      this.at++;
      return this.inside(undefined, true);
    }
    const written = /^\(\?(?:P?<([^>]*)>|([imsU]*(?:-[imsU]+)?)([:)]))/.exec(text.slice(at));
    if (written === null || /^[=!]/.test(written[1] ?? '')) {
      return fail(
        `regular expressions of Go have no \`${/^\(\?<?[=!]/.exec(text.slice(at))?.[0] ?? text.slice(at, at + 3)}\``,
      );
    }
    const [{length}, name, change = '', end] = written;
    this.at += length;
    if (name !== undefined) {
      if (!/^\w+$/.test(name) || /^\d/.test(name)) fail(`\`${name}\` is not the name of a group`);
      if (this.names.includes(name)) fail(`two groups are named \`${name}\``);
      return this.inside(name, true);
    }
    this.flags = changed(flags, change);
    return end === ')' ? undefined : this.inside(undefined, false, flags);
  }

  /** What is in a group whose opening is read; flags that it sets end with it. */
  private inside(name: string | undefined, isKept: boolean, outside: Flags = this.flags): Node {
    if (++this.depth > maxDepth) fail(`groups lie more than ${maxDepth} deep in each other`);
    if (isKept) this.names.push(name);
    const body = this.choice();
    if (this.text[this.at] !== ')') fail('a `(` without its `)`');
    this.at++;
    this.depth--;
    this.flags = outside;
    return isKept ? {kind: 'group', name, body} : body;
  }
}

function changed(flags: Flags, text: string): Flags {
  const [on = '', off = ''] = text.split('-');
  const set = (flag: keyof Flags): boolean => (flags[flag] || on.includes(flag)) && !off.includes(flag);
  return {i: set('i'), m: set('m'), s: set('s'), U: set('U')};
}

/** Throws where repetitions in each other come to more than `most`. */
function checkRepeats(node: Node, most: number): void {
  let left = most;
  if (node.kind === 'repeat') {
    const times = node.max === Number.POSITIVE_INFINITY ? node.min : node.max;
    if (times > most) fail(`repetitions in each other come to more than ${maxRepeat}`);
    if (times > 1) left = Math.floor(most / times);
  }
  for (const each of childrenOf(node)) checkRepeats(each, left);
}
