/**
 * Regular expressions as the Collector's configurations have them: Go's syntax and meaning (RE2), in time that a text from outside cannot
 * drive up. Node's engine is used where it finds the same and goes back over a text only so far; beyond that re2js, which never goes
 * back, and is slower on short texts. See docs/decisions/0076-regular-expressions-in-bounded-time.md.
 */
import type {RE2JS} from 're2js';
import {bug} from '../base/index.ts';
import {type Growth, growthOf} from './ambiguity.ts';
import {childrenOf, mayBeEmpty, type Node} from './ast.ts';
import {automatonOf} from './automaton.ts';
import {PatternError} from './fault.ts';
import {toRegExp} from './native.ts';
import {parse} from './parse.ts';

export interface Pattern {
  /** As it is written. */
  readonly text: string;
  readonly syntax: Node;
  /** The names of its groups in their order; undefined for one without a name. */
  readonly names: readonly (string | undefined)[];
  /** Whether it is found anywhere in the text. */
  test(text: string): boolean;
  /** The first match: its text, those of the groups, its place. */
  exec(text: string): Match | undefined;
  /** The matches from left to right. As in Go, an empty one directly behind another does not count. */
  eachMatch(text: string, use: (match: Match) => void): void;
  /** Where the groups of the first match lie, the whole match as 0; undefined for one that took no part. */
  places(text: string): readonly (Place | undefined)[] | undefined;
}

export interface Match extends ReadonlyArray<string | undefined> {
  readonly 0: string;
  readonly index: number;
  readonly groups?: Readonly<Record<string, string | undefined>> | undefined;
}
export type Place = readonly [from: number, to: number];

/** The pattern, or why there is none. */
export function compilePattern(text: string): Pattern | string {
  try {
    const {root, names} = parse(text);
    return new BoundedPattern(text, root, names);
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    return `not a regular expression: ${(error as Error).message.replace(/^.*?: /, '')}`;
  }
}

/** A text as a pattern that finds it. */
export const quote = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** A pattern that is found where any of them is; undefined for none. */
export function anyOf(patterns: readonly Pattern[]): Pick<Pattern, 'test'> | undefined {
  if (patterns.length === 0) return undefined;
  // Names of groups may not be there twice, and a quotation may be open at the end.
  const texts = patterns.map(({text}) => `(?:${text.replace(/\(\?P?<[^>]*>/g, '(')})`);
  const joined = texts.some((each) => each.includes('\\Q')) ? '' : compilePattern(texts.join('|'));
  return typeof joined === 'string' ? {test: (text) => patterns.some((each) => each.test(text))} : joined;
}

/** The text with every match replaced; undefined where there is none. */
export function replaceMatches(
  pattern: Pattern,
  text: string,
  replacement: (match: Match) => string,
): string | undefined {
  let result: string | undefined;
  let end = 0;
  pattern.eachMatch(text, (match) => {
    result = (result ?? '') + text.slice(end, match.index) + replacement(match);
    end = match.index + match[0].length;
  });
  return result === undefined ? undefined : result + text.slice(end);
}

/** Steps that Node's engine may take for a text, at some nanoseconds each. */
const maxSteps = 2 ** 18;
/** The longest text for Node's engine where time grows with the length alone: it keeps a stack of places to go back to. */
const maxLength = 2 ** 22;

const longestText = ({degree, factor}: Growth): number =>
  degree === 1 ? Math.floor(maxLength / factor) : Math.floor((maxSteps / factor) ** (1 / degree));

class BoundedPattern implements Pattern {
  readonly text: string;
  readonly names: readonly (string | undefined)[];
  readonly syntax: Node;
  private readonly native: RegExp | undefined;
  private readonly global: RegExp | undefined;
  /** The longest text whose presence Node's engine is asked for. */
  private readonly longest: number;
  /** The same where the match itself is asked for; below 0 where the engines differ in it. */
  private readonly longestMatch: number;
  private readonly mayBeEmpty: boolean;
  private linear: RE2JS | undefined;
  private placing: RegExp | undefined;

  constructor(text: string, root: Node, names: readonly (string | undefined)[]) {
    this.text = text;
    this.names = names;
    this.syntax = root;
    this.native = toRegExp(root, '');
    this.global = toRegExp(root, 'g');
    const automaton = automatonOf(root);
    this.longest = automaton === undefined || this.native === undefined ? -1 : longestText(growthOf(automaton));
    this.mayBeEmpty = mayBeEmpty(root);
    this.longestMatch = matchesAlike(root) ? this.longest : -1;
    // A fault is told when the pattern is read.
    if (this.longestMatch < maxLength / 64 && modules !== undefined) this.slow();
  }

  test(text: string): boolean {
    return this.suits(text, this.longest) ? (this.native as RegExp).test(text) : this.slow().test(text);
  }

  exec(text: string): Match | undefined {
    const found = this.suits(text, this.longestMatch) ? (this.native as RegExp).exec(text) : this.slow().exec(text);
    return (found as Match | null) ?? undefined;
  }

  eachMatch(text: string, use: (match: Match) => void): void {
    let last = -1;
    const count = (match: Match): void => {
      const isNext = match[0] !== '' || match.index !== last;
      last = match.index + match[0].length;
      if (isNext) use(match);
    };
    if (!this.suits(text, this.longestMatch)) {
      for (const match of this.slow().matchAll(text)) count(match as Match);
      return;
    }
    const global = this.global as RegExp;
    for (let at = 0; at <= text.length; ) {
      // `use` may use the pattern itself.
      global.lastIndex = at;
      const match = global.exec(text);
      if (match === null) return;
      at = match.index + match[0].length;
      if (match[0] === '') at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
      count(match);
    }
  }

  places(text: string): readonly (Place | undefined)[] | undefined {
    if (this.suits(text, this.longestMatch)) {
      this.placing ??= toRegExp(this.syntax, 'd');
      return this.placing?.exec(text)?.indices;
    }
    const matcher = this.slow().matcher(text);
    if (!matcher.find()) return undefined;
    return [undefined, ...this.names].map((_, group) => {
      const from = matcher.start(group);
      return from < 0 ? undefined : [from, matcher.end(group)];
    });
  }

  /** Whether Node's engine is asked about the text. It would find what is empty within a character of two units. */
  private suits(text: string, longest: number): boolean {
    return text.length <= longest && !(this.mayBeEmpty && /[\ud800-\udbff]/.test(text));
  }

  private slow(): RE2JS {
    this.linear ??= engine().compile(this.text);
    return this.linear;
  }
}

/** The page, which only checks how a pattern is written, runs this in a browser and has no modules of Node. */
const modules = (globalThis as Partial<typeof globalThis>).process?.getBuiltinModule?.('node:module');

/** Loaded where a pattern needs it. */
function engine(): typeof RE2JS {
  if (modules === undefined) throw bug('the page matched a pattern');
  loaded ??= (modules.createRequire(import.meta.url)('re2js') as {RE2JS: typeof RE2JS}).RE2JS;
  return loaded;
}
let loaded: typeof RE2JS | undefined;

/**
 * Whether Node's engine finds the same match and groups. It forgets the groups of a repetition's last round, and goes on where a round
 * was empty; Go does neither.
 */
function matchesAlike(node: Node): boolean {
  if (node.kind === 'repeat') {
    const {body, min, max} = node;
    if ((min === 0 || max > 1) && mayBeEmpty(body)) return false;
    if (max > 1 && mayMissGroup(body, false)) return false;
  }
  return childrenOf(node).every(matchesAlike);
}

/** Whether there is a group that a way through the part leaves out. */
function mayMissGroup(node: Node, isOptional: boolean): boolean {
  if (node.kind === 'group' && isOptional) return true;
  const mayBeLeftOut = isOptional || node.kind === 'choice' || (node.kind === 'repeat' && node.min === 0);
  return childrenOf(node).some((each) => mayMissGroup(each, mayBeLeftOut));
}

/** Finds nothing: for what is read on after a fault. */
export const noPattern: Pattern = compilePattern('[^\\x00-\\x{10FFFF}]') as Pattern;
