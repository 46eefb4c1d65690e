/**
 * How the time that a backtracking engine takes grows with a text. It goes every way through the automaton before it says that
 * nothing is found; so what counts is in how many ways a text may be read (Weber and Seidl, "On the degree of ambiguity of finite
 * automata"; Weideman et al., "Analyzing matching time behavior of backtracking regular expression matchers").
 */
import type {Automaton} from './automaton.ts';

export interface Growth {
  /** Time grows with this power of the length; infinite where it doubles with each character or so. */
  readonly degree: number;
  /** In how many ways at most a text is read apart from that. */
  readonly factor: number;
}

const explosive: Growth = {degree: Number.POSITIVE_INFINITY, factor: 1};

/** How many steps the question may take; more is taken for the worst. */
const maxSteps = 200_000;
/** Two ways that go apart count where they read so many characters more side by side. */
const sideBySide = 4;
const maxFactor = 64;

export function growthOf(automaton: Automaton): Growth {
  const question = new Question(automaton);
  try {
    return question.answer();
  } catch (error) {
    if (error instanceof TooLong) return explosive;
    throw error;
  }
}

class TooLong extends Error {}

class Question {
  private readonly states: number;
  /** By state the number of its component, in an order in which edges go to equal or smaller numbers. */
  private readonly component: Int32Array;
  private readonly members: number[][];
  private readonly reach: bigint[];
  private readonly automaton: Automaton;
  private steps = 0;

  constructor(automaton: Automaton) {
    this.automaton = automaton;
    this.states = automaton.letters.length;
    const {component, members} = components(this.states, (state) => (automaton.next[state] ?? []).map(({to}) => to));
    this.component = component;
    this.members = members;
    this.reach = this.reachable();
  }

  answer(): Growth {
    const loops = this.members.map((states) => this.isLoop(states));
    for (const [index, states] of this.members.entries()) {
      if (loops[index] === true && this.readsTwice(states)) return explosive;
    }
    // The longest chain of loops of which each may end where the next begins, at every place of one text.
    const chain = new Int32Array(this.members.length);
    let longest = 0;
    const indexes = [...this.members.keys()];
    for (const from of indexes) {
      for (const to of indexes.slice(0, from)) {
        const below = chain[to] as number;
        // Through a component without a loop the chain goes on as it is.
        if (!this.leadsTo(from, to)) continue;
        const isLink = loops[from] === true && loops[to] === true && this.shares(from, to);
        chain[from] = Math.max(chain[from] as number, below + (isLink ? 1 : 0));
      }
      longest = Math.max(longest, chain[from] as number);
    }
    const factor = this.factor();
    return factor > maxFactor ? explosive : {degree: 1 + longest, factor};
  }

  private edges(state: number) {
    return this.automaton.next[state] ?? [];
  }

  private letters(state: number): bigint {
    return this.automaton.letters[state] as bigint;
  }

  private step(): void {
    if (++this.steps > maxSteps) throw new TooLong();
  }

  private isLoop(states: readonly number[]): boolean {
    const [only] = states;
    return states.length > 1 || this.edges(only as number).some(({to}) => to === only);
  }

  /** By component the components that can be reached from it, itself among them, as bits. */
  private reachable(): bigint[] {
    const reach: bigint[] = [];
    for (const [index, states] of this.members.entries()) {
      let bits = 1n << BigInt(index);
      for (const state of states) {
        for (const {to} of this.edges(state)) {
          const other = this.component[to] as number;
          if (other !== index) bits |= reach[other] as bigint;
        }
      }
      reach.push(bits);
    }
    return reach;
  }

  private leadsTo(from: number, to: number): boolean {
    return ((this.reach[from] as bigint) & (1n << BigInt(to))) !== 0n;
  }

  /** Whether a text leads from a state of the loop back to it in two ways: each round doubles them. */
  private readsTwice(states: readonly number[]): boolean {
    const [any] = states;
    const own = this.component[any as number];
    const inside = (state: number) => this.edges(state).filter(({to}) => this.component[to] === own);
    if (states.some((state) => inside(state).some(({ways}) => ways > 1))) return true;
    if (states.length === 1) return false;
    // Pairs of states that one text reaches from one state; a pair of two different ones that meet again is the doubling.
    const meets = new Map<number, number[]>();
    const seen = new Set<number>();
    const open: number[] = [];
    const visit = (pair: number): void => {
      if (seen.has(pair)) return;
      seen.add(pair);
      open.push(pair);
    };
    for (const state of states) visit(state * this.states + state);
    for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
      for (const a of inside(Math.floor(pair / this.states))) {
        for (const b of inside(pair % this.states)) {
          this.step();
          if ((this.letters(a.to) & this.letters(b.to)) === 0n) continue;
          const to = a.to * this.states + b.to;
          const origins = meets.get(to);
          if (origins === undefined) meets.set(to, [pair]);
          else origins.push(pair);
          visit(to);
        }
      }
    }
    // Back from the equal pairs: does a different one lead to them?
    const back = states.map((state) => state * this.states + state);
    const known = new Set(back);
    for (let pair = back.pop(); pair !== undefined; pair = back.pop()) {
      for (const origin of meets.get(pair) ?? []) {
        this.step();
        if (known.has(origin)) continue;
        if (Math.floor(origin / this.states) !== origin % this.states) return true;
        known.add(origin);
        back.push(origin);
      }
    }
    return false;
  }

  /**
   * Whether a text leads from a state of one loop back to it, from it to a state of the other, and from that back to itself: of a text
   * that repeats it, each repetition may be where the one loop is left for the other.
   */
  private shares(from: number, to: number): boolean {
    for (const p of this.members[from] as number[]) {
      for (const q of this.members[to] as number[]) {
        if (this.sharesAt(p, q, from, to)) return true;
      }
    }
    return false;
  }

  private sharesAt(p: number, q: number, from: number, to: number): boolean {
    const size = this.states;
    const wanted = (p * size + q) * size + q;
    const seen = new Set<number>();
    const open = [(p * size + p) * size + q];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const third = at % size;
      const second = Math.floor(at / size) % size;
      const first = Math.floor(at / size / size);
      for (const a of this.edges(first)) {
        if (this.component[a.to] !== from) continue;
        for (const c of this.edges(third)) {
          this.step();
          if (this.component[c.to] !== to) continue;
          const both = this.letters(a.to) & this.letters(c.to);
          if (both === 0n) continue;
          for (const b of this.edges(second)) {
            this.step();
            const component = this.component[b.to] as number;
            if ((both & this.letters(b.to)) === 0n || !this.leadsTo(component, to)) continue;
            const next = (a.to * size + b.to) * size + c.to;
            if (next === wanted) return true;
            if (seen.has(next)) continue;
            seen.add(next);
            open.push(next);
          }
        }
      }
    }
    return false;
  }

  /** The product, on the worst way through the automaton, of the ways that go apart and stay side by side. */
  private factor(): number {
    const worst = new Float64Array(this.members.length);
    let most = 1;
    for (const [index, states] of this.members.entries()) {
      let below = 1;
      let own = 1;
      for (const state of states) {
        own *= this.apart(state);
        for (const {to} of this.edges(state)) {
          const other = this.component[to] as number;
          if (other !== index) below = Math.max(below, worst[other] as number);
        }
      }
      worst[index] = Math.min(below * own, 2 * maxFactor);
      most = Math.max(most, worst[index] as number);
    }
    return most;
  }

  /** How many of the ways on from a state go side by side with another. Those that stay in a loop are the degree's. */
  private apart(state: number): number {
    const edges = this.edges(state).filter(({to}) => this.component[to] !== this.component[state]);
    let ways = 1;
    for (const [index, {to, ways: several}] of edges.entries()) {
      if (several > 1 || edges.slice(0, index).some((other) => this.stays(other.to, to, sideBySide))) ways++;
    }
    return ways;
  }

  /** Whether two states and what follows can read the same `more` characters. */
  private stays(a: number, b: number, more: number): boolean {
    this.step();
    if ((this.letters(a) & this.letters(b)) === 0n) return false;
    if (more === 1) return true;
    return this.edges(a).some((x) => this.edges(b).some((y) => this.stays(x.to, y.to, more - 1)));
  }
}

/** Strongly connected components (Tarjan), in an order in which edges lead to the same or an earlier one. */
function components(count: number, next: (state: number) => readonly number[]) {
  const component = new Int32Array(count).fill(-1);
  const members: number[][] = [];
  const index = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const stack: number[] = [];
  let counter = 0;
  const visit = (state: number): void => {
    index[state] = low[state] = counter++;
    stack.push(state);
    for (const to of next(state)) {
      if (index[to] === -1) {
        visit(to);
        low[state] = Math.min(low[state] as number, low[to] as number);
      } else if (component[to] === -1) low[state] = Math.min(low[state] as number, index[to] as number);
    }
    if (low[state] !== index[state]) return;
    const states: number[] = [];
    let member: number;
    do {
      member = stack.pop() as number;
      component[member] = members.length;
      states.push(member);
    } while (member !== state);
    members.push(states);
  };
  for (let state = 0; state < count; state++) if (index[state] === -1) visit(state);
  return {component, members};
}
