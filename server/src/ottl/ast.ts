/**
 * The syntax tree of OTTL. Every field is readonly, and `at` is the offset in the text where
 * the node begins, for messages.
 */

export interface PathField {
  readonly at: number;
  readonly name: string;
  readonly keys: readonly Expression[];
}

/** `name` is set where the argument is written `name = value`. */
export interface Argument {
  readonly at: number;
  readonly name?: string;
  readonly value: Expression;
}

export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type MathOperator = '+' | '-' | '*' | '/';

export type Expression =
  | {readonly kind: 'nil'; readonly at: number}
  | {readonly kind: 'string'; readonly at: number; readonly value: string}
  | {readonly kind: 'int'; readonly at: number; readonly value: bigint}
  | {readonly kind: 'double'; readonly at: number; readonly value: number}
  | {readonly kind: 'bool'; readonly at: number; readonly value: boolean}
  | {readonly kind: 'bytes'; readonly at: number; readonly value: Uint8Array}
  /** An identifier in capitals: an enum, or a function that is passed as an argument. */
  | {readonly kind: 'name'; readonly at: number; readonly name: string}
  | {readonly kind: 'path'; readonly at: number; readonly fields: readonly PathField[]}
  | Call
  | {readonly kind: 'list'; readonly at: number; readonly items: readonly Expression[]}
  | {readonly kind: 'map'; readonly at: number; readonly entries: readonly MapEntry[]}
  | {readonly kind: 'lambda'; readonly at: number; readonly parameters: readonly string[]; readonly body: Expression}
  | {readonly kind: 'negative'; readonly at: number; readonly value: Expression}
  | {
      readonly kind: 'math';
      readonly at: number;
      readonly operator: MathOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'comparison';
      readonly at: number;
      readonly operator: ComparisonOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {readonly kind: 'not'; readonly at: number; readonly value: Expression}
  | {readonly kind: 'and' | 'or'; readonly at: number; readonly operands: readonly Expression[]};

export interface MapEntry {
  readonly key: string;
  readonly value: Expression;
}

export interface Call {
  readonly kind: 'call';
  readonly at: number;
  readonly name: string;
  readonly arguments: readonly Argument[];
  readonly keys: readonly Expression[];
}

export interface StatementNode {
  readonly editor: Call;
  readonly where?: Expression;
}

/** The parts of an expression, one level down. */
export function childrenOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'path':
      return node.fields.flatMap((field) => field.keys);
    case 'call':
      return [...node.arguments.map((argument) => argument.value), ...node.keys];
    case 'list':
      return node.items;
    case 'map':
      return node.entries.map((entry) => entry.value);
    case 'lambda':
      return [node.body];
    case 'negative':
    case 'not':
      return [node.value];
    case 'math':
    case 'comparison':
      return [node.left, node.right];
    case 'and':
    case 'or':
      return node.operands;
    default:
      return [];
  }
}
