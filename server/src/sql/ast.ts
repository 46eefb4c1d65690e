/** A statement as it was understood. What is not in here cannot reach ClickHouse. */

export interface Span {
  readonly start: number;
  readonly end: number;
}

export type Expression =
  /** Written as it is: a number, NULL, true, false. */
  | {readonly kind: 'literal'; readonly sql: string; readonly at: Span}
  | {readonly kind: 'text'; readonly text: string; readonly at: Span}
  | {readonly kind: 'parameter'; readonly name: string; readonly type: string; readonly at: Span}
  | {readonly kind: 'column'; readonly path: readonly string[]; readonly at: Span}
  | {readonly kind: 'star'; readonly of: readonly string[]; readonly except: readonly string[]}
  | FunctionCall
  /** An operator before, between or behind. */
  | {readonly kind: 'prefix'; readonly operator: string; readonly operand: Expression}
  | {readonly kind: 'infix'; readonly operator: string; readonly left: Expression; readonly right: Expression}
  | {readonly kind: 'suffix'; readonly operator: string; readonly operand: Expression}
  | {
      readonly kind: 'between';
      readonly not: boolean;
      readonly operand: Expression;
      readonly from: Expression;
      readonly to: Expression;
    }
  | {readonly kind: 'in'; readonly not: boolean; readonly operand: Expression; readonly among: InSet}
  | {readonly kind: 'element'; readonly of: Expression; readonly index: Expression}
  /** `tuple.1`, `tuple.name`. */
  | {readonly kind: 'field'; readonly of: Expression; readonly name: string}
  | {readonly kind: 'list'; readonly type: 'array' | 'tuple'; readonly items: readonly Expression[]}
  | {readonly kind: 'cast'; readonly operand: Expression; readonly type: string}
  | {readonly kind: 'interval'; readonly amount: Expression; readonly unit: string}
  | {
      readonly kind: 'case';
      readonly operand: Expression | undefined;
      readonly branches: readonly {readonly when: Expression; readonly result: Expression}[];
      readonly otherwise: Expression | undefined;
    }
  | {readonly kind: 'lambda'; readonly parameters: readonly string[]; readonly body: Expression}
  | {readonly kind: 'query'; readonly exists: boolean; readonly query: Query}
  | {readonly kind: 'alias'; readonly operand: Expression; readonly name: string};

export interface FunctionCall {
  readonly kind: 'call';
  /** As ClickHouse spells it. */
  readonly name: string;
  readonly parameters: readonly Expression[] | undefined;
  readonly distinct: boolean;
  readonly arguments: readonly Expression[];
  readonly filter: Expression | undefined;
  readonly over: Window | undefined;
  readonly at: Span;
}

export type InSet =
  | {readonly kind: 'query'; readonly query: Query}
  /** All rows of a common table. */
  | {readonly kind: 'common'; readonly id: number}
  | {readonly kind: 'items'; readonly items: readonly Expression[]}
  /** An array, a tuple or a parameter. */
  | {readonly kind: 'value'; readonly value: Expression};

/** `OVER name`, or its parts. */
export type Window =
  | {readonly kind: 'named'; readonly name: string}
  | {
      readonly kind: 'parts';
      readonly partitionBy: readonly Expression[];
      readonly orderBy: readonly Order[];
      /** `ROWS BETWEEN 3 PRECEDING AND CURRENT ROW`, made of known words and numbers. */
      readonly frame: string | undefined;
    };

export interface Order {
  readonly by: Expression;
  readonly descending: boolean;
  readonly nulls: 'FIRST' | 'LAST' | undefined;
  readonly fill: {readonly from?: Expression; readonly to?: Expression; readonly step?: Expression} | undefined;
}

export interface Query {
  readonly with: readonly CommonTable[];
  /** `UNION ALL` and the like between one and the next. */
  readonly first: Branch;
  readonly rest: readonly {readonly operator: string; readonly branch: Branch}[];
}

export type Branch = Select | {readonly kind: 'parenthesised'; readonly query: Query};

export type CommonTable =
  | {
      readonly kind: 'query';
      readonly id: number;
      readonly name: string;
      readonly recursive: boolean;
      readonly query: Query;
    }
  | {readonly kind: 'value'; readonly name: string; readonly value: Expression};

export interface Select {
  readonly kind: 'select';
  readonly distinct: boolean;
  readonly distinctOn: readonly Expression[];
  readonly items: readonly Expression[];
  readonly from: Source | undefined;
  readonly where: Expression | undefined;
  readonly groupBy: GroupBy | undefined;
  readonly having: Expression | undefined;
  readonly windows: readonly {readonly name: string; readonly window: Window}[];
  readonly qualify: Expression | undefined;
  readonly orderBy: readonly Order[] | 'all';
  readonly limitBy:
    | {readonly limit: Expression; readonly offset: Expression | undefined; readonly by: readonly Expression[]}
    | undefined;
  readonly limit: Expression | undefined;
  readonly offset: Expression | undefined;
  readonly ties: boolean;
}

export type GroupBy =
  | {readonly kind: 'all'}
  | {readonly kind: 'by'; readonly items: readonly Expression[]; readonly modifier: string | undefined}
  | {readonly kind: 'sets'; readonly sets: readonly (readonly Expression[])[]};

export type Source =
  | TableSource
  | {
      readonly kind: 'join';
      readonly left: Source;
      /** `LEFT ANY JOIN`, made of known words. */
      readonly operator: string;
      readonly right: Source;
      readonly on: Expression | undefined;
      readonly using: readonly string[] | undefined;
    }
  | {readonly kind: 'array-join'; readonly of: Source; readonly left: boolean; readonly arrays: readonly Expression[]};

export type TableSource = {readonly alias: string | undefined; readonly at: Span} & (
  | {readonly kind: 'table'; readonly name: string}
  | {readonly kind: 'common'; readonly id: number; readonly name: string}
  | {readonly kind: 'subquery'; readonly query: Query}
  | {readonly kind: 'function'; readonly name: string; readonly arguments: readonly Expression[]}
);

export type Statement =
  | {readonly kind: 'query'; readonly query: Query}
  | {readonly kind: 'explain'; readonly what: 'SYNTAX' | 'PIPELINE'; readonly query: Query}
  | {readonly kind: 'tables'}
  | {readonly kind: 'describe'; readonly table: string};
