/** A statement in SQL and what is wanted of its answer. */
import type {TimeRange} from './range.ts';

/** `rows`: lines of JSON arrays, the first with the names of the columns, the second with their types. */
export type SqlFormat = 'rows' | 'csv' | 'parquet' | 'arrow';

export interface SqlQuery {
  readonly statement: string;
  /** Values of `{name:Type}`, as texts that ClickHouse reads as the type. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Tables hold no rows outside of it. */
  readonly range: Partial<TimeRange>;
  readonly format: SqlFormat;
  /** The most that are answered; one more row says that there are more. */
  readonly rows: number;
  /** With more rows there is no answer at all, instead of a part of it. */
  readonly whole: boolean;
}
