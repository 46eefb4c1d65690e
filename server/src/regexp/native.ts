/** A tree as an expression of JavaScript that finds the same texts. */
import {type Assertion, type CharPart, type CharRange, type CharSet, childrenOf, lastChar, type Node} from './ast.ts';

const assertions: Readonly<Record<Assertion, string>> = {
  'text start': '^',
  'text end': '$',
  'line start': '(?<![^\\n])',
  'line end': '(?![^\\n])',
  'word boundary': '\\b',
  'no word boundary': '\\B',
};

/**
 * Undefined where JavaScript has no way to say it. V8's modifiers (`(?i:…)`) reach beyond their group, so that an expression is looked
 * at without case as a whole, or lists the letters of both cases. Throws SyntaxError where it is too large for the engine.
 */
export function toRegExp(root: Node, flags: string): RegExp | undefined {
  const uses = {folded: false, plain: false};
  eachLeaf(root, (leaf) => {
    // With `i`, `\b` would see words in a few letters beyond ASCII.
    if (leaf.kind === 'assert') uses.plain ||= leaf.assertion.endsWith('word boundary');
    else if (!isCaseless(leaf.set)) uses[leaf.fold ? 'folded' : 'plain'] = true;
  });
  if (!uses.folded) return new RegExp(print(root, printSet), `${flags}v`);
  if (!uses.plain) return new RegExp(print(root, printSet), `${flags}iv`);
  let isSaid = true;
  const written = print(root, (set, fold) => {
    if (!fold || isCaseless(set)) return printSet(set);
    const both = inBothCases(set);
    isSaid &&= both !== undefined;
    return printSet(both ?? set);
  });
  return isSaid ? new RegExp(written, `${flags}v`) : undefined;
}

type Leaf = Node & {kind: 'char' | 'assert'};

function eachLeaf(node: Node, use: (leaf: Leaf) => void): void {
  if (node.kind === 'char' || node.kind === 'assert') use(node);
  else for (const each of childrenOf(node)) eachLeaf(each, use);
}

const isLetter = (code: number): boolean => code > 127 || /[a-z]/i.test(String.fromCodePoint(code));

/** Whether no character that it names has a case. */
const isCaseless = ({parts}: CharSet): boolean =>
  parts.every(
    (part) =>
      part.kind === 'ranges' &&
      part.ranges.every(
        ([from, to]) => (from === 0 && to === lastChar) || (!isLetter(from) && !isLetter(to) && to - from < 26),
      ),
  );

/** With the other case of each letter; undefined where it has some beyond ASCII. */
function inBothCases(set: CharSet): CharSet | undefined {
  const parts: CharPart[] = [];
  for (const part of set.parts) {
    if (part.kind === 'property') return undefined;
    const ranges: CharRange[] = [...part.ranges];
    for (const [from, to] of part.ranges) {
      if (to > 127) return undefined;
      for (let code = from; code <= to; code++) {
        const char = String.fromCodePoint(code);
        if (!/[a-z]/i.test(char)) continue;
        ranges.push(...[char.toLowerCase(), char.toUpperCase(), ...(wide[char.toLowerCase()] ?? '')].map(only));
      }
    }
    parts.push({...part, ranges});
  }
  return {...set, parts};
}

const only = (char: string): CharRange => [char.codePointAt(0) as number, char.codePointAt(0) as number];

/** What is the same without its case, beyond ASCII: the Kelvin sign and the long s. */
const wide: Readonly<Record<string, string>> = {k: '\u212a', s: '\u017f'};

function print(node: Node, char: (set: CharSet, fold: boolean) => string): string {
  const inner = (each: Node): string => print(each, char);
  switch (node.kind) {
    case 'char':
      return char(node.set, node.fold);
    case 'assert':
      return assertions[node.assertion];
    case 'group':
      return `(${node.name === undefined ? '' : `?<${node.name}>`}${inner(node.body)})`;
    case 'sequence':
      return node.parts.map((each) => (each.kind === 'choice' ? `(?:${inner(each)})` : inner(each))).join('');
    case 'choice':
      return node.branches.map(inner).join('|');
    case 'repeat': {
      const isAtom = node.body.kind === 'char' || node.body.kind === 'group';
      const body = inner(node.body);
      return `${isAtom ? body : `(?:${body})`}${quantifier(node.min, node.max)}${node.lazy ? '?' : ''}`;
    }
  }
}

function quantifier(min: number, max: number): string {
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
  if (min === 0 && max === 1) return '?';
  return min === max ? `{${min}}` : `{${min},${max}}`;
}

/** One character of the set, as an expression of its own. */
export function printSet({negated, parts}: CharSet): string {
  const [part] = parts;
  if (parts.length === 1 && part?.kind === 'ranges' && !negated && !part.negated) {
    const [first] = part.ranges;
    if (part.ranges.length === 1 && first?.[0] === first?.[1]) return literal(first?.[0] as number);
  }
  return `[${negated ? '^' : ''}${parts.map(printPart).join('')}]`;
}

function printPart(part: CharPart): string {
  if (part.kind === 'property') return `\\${part.negated ? 'P' : 'p'}{${part.name}}`;
  const ranges = part.ranges.map(([from, to]) => (from === to ? literal(from) : `${literal(from)}-${literal(to)}`));
  return part.negated ? `[^${ranges.join('')}]` : ranges.join('');
}

/** A character for itself, outside and inside brackets. */
const literal = (code: number): string =>
  /^\w$/.test(String.fromCodePoint(code)) ? String.fromCodePoint(code) : `\\u{${code.toString(16)}}`;
