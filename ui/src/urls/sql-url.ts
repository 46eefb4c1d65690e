/** What the page of SQL shows, as it stands in the address bar. */
import {type RawQuery, type Reader, readerOf} from './query-string.ts';

export interface SqlUrl {
  /** The statement that is answered. */
  readonly sql?: string | undefined;
}

export function readSqlUrl(query: RawQuery | Reader): SqlUrl {
  const sql = readerOf(query).text('sql');
  return sql === undefined ? {} : {sql};
}
