/** A backtracking engine that counts its steps, and patterns and texts made at random. */
import type {Node} from './ast.ts';
import {printSet} from './native.ts';

/** How many steps an engine that goes back takes to find that nothing matches or what does; `most` where it takes more. */
export function stepsOf(root: Node, text: string, most: number): number {
  const chars = [...text];
  let steps = 0;
  const tests = new Map<Node, RegExp>();
  const isIn = (node: Node & {kind: 'char'}, char: string): boolean => {
    let one = tests.get(node);
    if (one === undefined) tests.set(node, (one = new RegExp(`^${printSet(node.set)}$`, node.fold ? 'iv' : 'v')));
    return one.test(char);
  };
  const isWord = (at: number): boolean => /^\w$/.test(chars[at] ?? '');
  type Rest = (at: number) => boolean;
  const go = (node: Node, at: number, rest: Rest): boolean => {
    if (++steps >= most) return true;
    switch (node.kind) {
      case 'char':
        return at < chars.length && isIn(node, chars[at] as string) && rest(at + 1);
      case 'assert': {
        const holds = {
          'text start': at === 0,
          'text end': at === chars.length,
          'line start': at === 0 || chars[at - 1] === '\n',
          'line end': at === chars.length || chars[at] === '\n',
          'word boundary': isWord(at - 1) !== isWord(at),
          'no word boundary': isWord(at - 1) === isWord(at),
        }[node.assertion];
        return holds && rest(at);
      }
      case 'group':
        return go(node.body, at, rest);
      case 'choice':
        return node.branches.some((each) => go(each, at, rest));
      case 'sequence': {
        const from = (index: number, place: number): boolean => {
          const part = node.parts[index];
          return part === undefined ? rest(place) : go(part, place, (next) => from(index + 1, next));
        };
        return from(0, at);
      }
      case 'repeat': {
        const {body, min, max, lazy} = node;
        const round = (count: number, place: number): boolean => {
          const more = (): boolean =>
            count < max && go(body, place, (next) => (next !== place || count < min) && round(count + 1, next));
          if (count < min) return more();
          return lazy ? rest(place) || more() : more() || rest(place);
        };
        return round(0, at);
      }
    }
  };
  for (let start = 0; start <= chars.length; start++) {
    if (go(root, start, () => true)) break;
  }
  return steps;
}

type Pick = (below: number) => number;

const atoms = ['a', 'b', '[ab]', '.', 'a', '[^a]', '\\b', '^', '$', 'ab'];
const quantifiers = ['*', '+', '?', '*?', '+?', '??', '{2}', '{0,2}', '{1,3}', '{2,}', '{6}', '{3,9}'];

/** A pattern over the letters a and b. */
export function randomPattern(pick: Pick, depth = 3): string {
  const kind = depth === 0 ? 0 : pick(6);
  const inner = (): string => randomPattern(pick, depth - 1);
  switch (kind) {
    case 0:
    case 1:
      return atoms[pick(atoms.length)] as string;
    case 2:
      return inner() + inner();
    case 3:
      return `(${inner()}|${inner()})`;
    case 4:
      return `(?:${inner()})${quantifiers[pick(quantifiers.length)]}`;
    default:
      return `(${inner()})${quantifiers[pick(quantifiers.length)]}${inner()}`;
  }
}

/** A text with a part that comes again and again. */
export function pumpedText(pick: Pick, length: number): string {
  const word = (most: number): string => Array.from({length: pick(most + 1)}, () => 'ab'[pick(2)]).join('');
  return `${word(3)}${`a${word(3)}`.repeat(length).slice(0, length)}${pick(2) === 0 ? 'c' : ''}${word(2)}`;
}
