/**
 * Which bytes a text must have for a regular expression to find anything in it: counting bytes is a fraction of the work of running
 * the expression.
 */

import {type Pattern, type PatternSet, printSet, type Syntax} from '../regexp/index.ts';

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
export function needOf({syntax}: Pattern): Need | undefined {
  const reader = new Reader();
  const root = reader.read(syntax);
  const candidates = [unionOf(reader.sets), ...reader.sets.map(({bytes}) => bytes), ...reader.unions];
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

/** Reads a pattern's tree, and keeps the sets in it. */
class Reader {
  readonly sets: CharSet[] = [];
  /** Of the sets in each choice between alternatives. */
  readonly unions: Uint8Array[] = [];

  read(syntax: Syntax): Node {
    switch (syntax.kind) {
      case 'char':
        return this.set(syntax.set, syntax.fold);
      case 'assert':
        return nothing;
      case 'group':
        return this.read(syntax.body);
      case 'sequence':
        return {kind: 'all', items: syntax.parts.map((each) => this.read(each))};
      case 'choice': {
        const known = this.sets.length;
        const items = syntax.branches.map((each) => this.read(each));
        this.unions.push(unionOf(this.sets.slice(known)));
        return {kind: 'any', items};
      }
      case 'repeat':
        return {kind: 'repeat', item: this.read(syntax.body), least: syntax.min};
    }
  }

  private set(chars: PatternSet, fold: boolean): Node {
    const expression = new RegExp(`^${printSet(chars)}$`, fold ? 'vi' : 'v');
    const bytes = Uint8Array.from({length: 128}, (_, byte) => (expression.test(String.fromCharCode(byte)) ? 1 : 0));
    const isOfOthers = fold && foldedToAscii.some((char) => expression.test(char));
    const set = {bytes, hasOthers: isOfOthers || !isAscii(chars)};
    this.sets.push(set);
    return {kind: 'set', set};
  }
}

const isAscii = ({negated, parts}: PatternSet): boolean =>
  !negated && parts.every((part) => part.kind === 'ranges' && !part.negated && part.ranges.every(([, to]) => to < 128));

/** The long s and the sign for Kelvin, which are letters of ASCII where case is ignored. */
const foldedToAscii = ['\u017f', '\u212a'];

const nothing: Node = {kind: 'all', items: []};
