/** A regular expression as a tree. Flags are gone from it: what they mean stands in the nodes. */

/** Some characters: those of all its parts, or with `negated` all others. */
export interface CharSet {
  readonly negated: boolean;
  readonly parts: readonly CharPart[];
}

export type CharPart =
  | {readonly kind: 'ranges'; readonly negated: boolean; readonly ranges: readonly CharRange[]}
  | {readonly kind: 'property'; readonly negated: boolean; readonly name: string};

/** Code points, both inclusive. */
export type CharRange = readonly [from: number, to: number];

/** The last code point. */
export const lastChar = 0x10ffff;

export type Assertion = 'text start' | 'text end' | 'line start' | 'line end' | 'word boundary' | 'no word boundary';

export type Node =
  /** One character; with `fold` in either case. */
  | {readonly kind: 'char'; readonly set: CharSet; readonly fold: boolean}
  | {readonly kind: 'assert'; readonly assertion: Assertion}
  /** A group that is remembered, numbered by the order of their opening brackets. */
  | {readonly kind: 'group'; readonly name: string | undefined; readonly body: Node}
  | {readonly kind: 'sequence'; readonly parts: readonly Node[]}
  | {readonly kind: 'choice'; readonly branches: readonly Node[]}
  | {
      readonly kind: 'repeat';
      readonly body: Node;
      readonly min: number;
      /** Infinity where there is no bound. */
      readonly max: number;
      readonly lazy: boolean;
    };

export interface Syntax {
  readonly root: Node;
  /** Of the groups in their order. */
  readonly names: readonly (string | undefined)[];
}

export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'group':
    case 'repeat':
      return [node.body];
    case 'sequence':
      return node.parts;
    case 'choice':
      return node.branches;
    default:
      return [];
  }
}

/** Whether it may match without a character. */
export function mayBeEmpty(node: Node): boolean {
  switch (node.kind) {
    case 'char':
      return false;
    case 'assert':
      return true;
    case 'group':
      return mayBeEmpty(node.body);
    case 'sequence':
      return node.parts.every(mayBeEmpty);
    case 'choice':
      return node.branches.some(mayBeEmpty);
    case 'repeat':
      return node.min === 0 || mayBeEmpty(node.body);
  }
}
