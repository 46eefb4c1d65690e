/**
 * The automaton of an expression's characters (Glushkov's): a state for each character of the expression, and an edge to each that may
 * come next. An edge says in how many ways the engine may go it, since a backtracking engine tries each of them.
 */
import {type CharSet, childrenOf, lastChar, mayBeEmpty, type Node} from './ast.ts';
import {printSet} from './native.ts';

export interface Automaton {
  /** The letters on which each state is entered, as bits; the first state is the start, which is never entered. */
  readonly letters: readonly bigint[];
  /** By state the states that may come next, each with 1 or 2, which is several. */
  readonly next: readonly (readonly Edge[])[];
  /** Whether a search begins at every place of the text. The state 1 then reads what lies before. */
  readonly isFloating: boolean;
}

export interface Edge {
  readonly to: number;
  readonly ways: number;
}

/** More states make an expression that is not looked into. */
const maxStates = 600;
/** A counted repetition of more than this is taken for an unbounded one, unless it is one of simple characters. */
const maxCopies = 4;

/** Undefined where there are too many states. */
export function automatonOf(root: Node): Automaton | undefined {
  const builder = new Builder();
  try {
    return builder.build(root);
  } catch (error) {
    if (error instanceof TooLarge) return undefined;
    throw error;
  }
}

class TooLarge extends Error {}

/** States to the number of ways (1, or 2 for several). */
type Ways = Map<number, number>;

interface Piece {
  readonly first: Ways;
  readonly last: Ways;
  /** In how many ways it may be empty. */
  readonly empty: number;
}

const nothing: Piece = {first: new Map(), last: new Map(), empty: 1};

const few = (ways: number): number => Math.min(ways, 2);

function merge(...all: readonly Ways[]): Ways {
  const merged: Ways = new Map();
  for (const each of all) for (const [state, ways] of each) merged.set(state, few((merged.get(state) ?? 0) + ways));
  return merged;
}

function times(ways: Ways, factor: number): Ways {
  if (factor === 0) return new Map();
  return factor === 1 ? ways : new Map([...ways].map(([state, each]) => [state, few(each * factor)]));
}

class Builder {
  private readonly letters: bigint[] = [0n];
  private readonly next: Ways[] = [new Map()];
  private readonly alphabet: Alphabet = new Alphabet();

  build(root: Node): Automaton {
    const isFloating = !isAnchored(root);
    // What stands before the place where a search begins.
    const before: Piece = isFloating ? {...this.loop(this.state(-1n)), empty: 0} : nothing;
    const needed = withoutTail(root);
    this.alphabet.learn(needed);
    const piece = this.follow(before, this.piece(needed));
    for (const [state, ways] of piece.first) this.edge(0, state, ways);
    return {
      letters: this.letters,
      next: this.next.map((each) => [...each].map(([to, ways]) => ({to, ways}))),
      isFloating,
    };
  }

  private state(letters: bigint): Piece {
    if (this.letters.length >= maxStates) throw new TooLarge();
    const state = this.letters.push(letters) - 1;
    this.next.push(new Map());
    return {first: new Map([[state, 1]]), last: new Map([[state, 1]]), empty: 0};
  }

  private edge(from: number, to: number, ways: number): void {
    const edges = this.next[from] as Ways;
    edges.set(to, few((edges.get(to) ?? 0) + ways));
  }

  private connect(last: Ways, first: Ways): void {
    for (const [from, ways] of last) for (const [to, more] of first) this.edge(from, to, few(ways * more));
  }

  private follow(a: Piece, b: Piece): Piece {
    this.connect(a.last, b.first);
    return {
      first: merge(a.first, times(b.first, a.empty)),
      last: merge(b.last, times(a.last, b.empty)),
      empty: few(a.empty * b.empty),
    };
  }

  private loop(body: Piece): Piece {
    this.connect(body.last, body.first);
    return {...body, empty: 1};
  }

  private piece(node: Node): Piece {
    switch (node.kind) {
      case 'char':
        return this.state(this.alphabet.of(node.set, node.fold));
      case 'assert':
        return nothing;
      case 'group':
        return this.piece(node.body);
      case 'sequence':
        return node.parts.reduce<Piece>((all, each) => this.follow(all, this.piece(each)), nothing);
      case 'choice': {
        const branches = node.branches.map((each) => this.piece(each));
        return {
          first: merge(...branches.map((each) => each.first)),
          last: merge(...branches.map((each) => each.last)),
          empty: few(branches.reduce((sum, each) => sum + each.empty, 0)),
        };
      }
      case 'repeat':
        return this.repeat(node);
    }
  }

  private repeat({body, min, max}: Node & {kind: 'repeat'}): Piece {
    if (min <= 1 && max === Number.POSITIVE_INFINITY) {
      const once = this.piece(body);
      return {...this.loop(once), empty: min === 0 ? 1 : once.empty};
    }
    const isPlain = isFixed(body);
    const isShort = isPlain || min <= maxCopies;
    let all: Piece = nothing;
    for (let i = 0; isShort && i < min; i++) all = this.follow(all, this.piece(body));
    if (max === min && isShort) return all;
    if (isShort && max - min <= maxCopies) {
      // Each further copy is tried only behind the one before it.
      const more = (left: number): Piece => {
        if (left === 0) return nothing;
        const copy = this.follow(this.piece(body), more(left - 1));
        return {...copy, empty: few(copy.empty + 1)};
      };
      return this.follow(all, more(max - min));
    }
    const copies = this.loop(this.piece(body));
    // Which of the copies are the empty ones is tried in every way.
    if (!isShort && mayBeEmpty(body)) this.connect(copies.last, copies.first);
    return this.follow(all, copies);
  }
}

/** Whether it takes the same number of characters in one way only. */
function isFixed(node: Node): boolean {
  switch (node.kind) {
    case 'char':
      return true;
    case 'group':
      return isFixed(node.body);
    case 'sequence':
      return node.parts.every(isFixed);
    case 'repeat':
      return node.min === node.max && isFixed(node.body);
    default:
      return false;
  }
}

/** Whether every way through it begins at the start of the text. */
function isAnchored(node: Node): boolean {
  switch (node.kind) {
    case 'assert':
      return node.assertion === 'text start';
    case 'group':
      return isAnchored(node.body);
    case 'sequence':
      return node.parts[0] !== undefined && isAnchored(node.parts[0]);
    case 'choice':
      return node.branches.every(isAnchored);
    case 'repeat':
      return node.min > 0 && isAnchored(node.body);
    case 'char':
      return false;
  }
}

/** Without the repetitions of single characters at its end: nothing behind them can fail, so that they are never gone back into. */
function withoutTail(node: Node): Node {
  switch (node.kind) {
    case 'repeat':
      return node.body.kind === 'char' ? {...node, max: node.min} : node;
    case 'group':
      return {...node, body: withoutTail(node.body)};
    case 'choice':
      return {...node, branches: node.branches.map(withoutTail)};
    case 'sequence': {
      const parts = [...node.parts];
      while (parts.length > 0) {
        const last = withoutTail(parts.pop() as Node);
        if (last.kind === 'repeat' && last.max === 0) continue;
        parts.push(last);
        break;
      }
      return {...node, parts};
    }
    default:
      return node;
  }
}

/**
 * Letters that stand for the characters that sets tell apart: those of ASCII, the ends of ranges beyond it, and one for everything
 * else, which is in any set that may hold more.
 */
class Alphabet {
  private readonly samples: string[] = [];
  private readonly known = new Map<string, bigint>();

  learn(node: Node): void {
    const codes = new Set(Array.from({length: 128}, (_, code) => code));
    eachSet(node, (set) => {
      for (const part of set.parts) {
        if (part.kind !== 'ranges') continue;
        for (const [from, to] of part.ranges) {
          for (const code of [from - 1, from, to, to + 1]) if (code > 127 && code <= lastChar) codes.add(code);
        }
      }
    });
    for (const code of codes) if (code < 0xd800 || code > 0xdfff) this.samples.push(String.fromCodePoint(code));
  }

  of(set: CharSet, fold: boolean): bigint {
    const source = printSet(set);
    const key = fold ? `i${source}` : source;
    let letters = this.known.get(key);
    if (letters !== undefined) return letters;
    const one = new RegExp(`^${source}$`, fold ? 'iv' : 'v');
    letters = mayHoldMore(set) ? 1n << BigInt(this.samples.length) : 0n;
    for (const [index, sample] of this.samples.entries()) if (one.test(sample)) letters |= 1n << BigInt(index);
    this.known.set(key, letters);
    return letters;
  }
}

function eachSet(node: Node, use: (set: CharSet) => void): void {
  if (node.kind === 'char') use(node.set);
  for (const each of childrenOf(node)) eachSet(each, use);
}

/** Whether it may hold characters beyond ASCII that are no end of a range. */
const mayHoldMore = ({negated, parts}: CharSet): boolean =>
  negated ||
  parts.some(
    (part) => part.kind === 'property' || part.negated || part.ranges.some(([from, to]) => from !== to && to > 127),
  );
