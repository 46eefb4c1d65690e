import {type QueryClient, useQueryClient} from '@tanstack/react-query';
import {markedWords, sqlFaultIn, sqlPlaceAt, sqlWords} from '@weft/server/sql-language';
import {useMemo} from 'react';
import {queries} from '../../api/index.ts';
import type {EditorLanguage, Offered, Option} from '../../editor/index.ts';
import {useText} from '../../i18n/index.ts';
import {sqlText} from './text/index.ts';

const MOST = 50;
type Words = {readonly [group in 'tables' | 'columns' | 'functions' | 'keywords' | 'keys']: string};

/** SQL for the editor: tables and functions are those that Weft answers by, keys of attributes those that have arrived. */
export function useSqlLanguage(): EditorLanguage {
  const client = useQueryClient();
  const {offer: words} = useText(sqlText);
  return useMemo(
    () => ({
      marks: markedWords,
      faults: (text) => {
        const fault = sqlFaultIn(text);
        return fault === undefined ? [] : [fault];
      },
      complete: (text, place, asked) => offer(client, text, place, asked, words),
    }),
    [client, words],
  );
}

async function offer(
  client: QueryClient,
  text: string,
  place: number,
  asked: boolean,
  groups: Words,
): Promise<Offered | undefined> {
  const at = sqlPlaceAt(text, place);
  if (at === undefined || (!asked && at.typed === '' && at.wants === 'word')) return undefined;
  const part = at.typed.toLowerCase();
  const chosen = (options: readonly Option[]): Offered | undefined => {
    const fitting = options
      .map((option) => ({option, at: option.label.toLowerCase().indexOf(part)}))
      .filter((one) => one.at >= 0)
      .sort((a, b) => Math.sign(a.at) - Math.sign(b.at))
      .slice(0, MOST)
      .map(({option}) => option);
    const isWritten = !asked && fitting.length === 1 && fitting[0]!.label === at.typed;
    return fitting.length === 0 || isWritten ? undefined : {from: at.from, options: fitting};
  };
  if (at.wants === 'key') {
    const {keys} = await client.fetchQuery(queries.attributeKeys(undefined));
    const written = (key: string): string => `'${key.replace(/['\\]/g, '\\$&')}'`;
    return chosen(
      [...new Set(keys.map(({key}) => key))].map((key) => ({label: key, text: written(key), group: groups.keys})),
    );
  }
  const {tables, functions} = await client.fetchQuery(queries.sqlTables());
  const named = tables.map(({name, description}): Option => ({label: name, detail: description, group: groups.tables}));
  if (at.wants === 'table') return chosen(named);
  const used = tables.filter(({name}) => at.words.has(name));
  return chosen([
    ...(used.length > 0 ? used : tables).flatMap(({columns}) =>
      columns.map(
        ({name, type, description}): Option => ({
          label: name,
          detail: `${type} · ${description}`,
          group: groups.columns,
        }),
      ),
    ),
    ...functions.flatMap(({names}) =>
      names.map((name): Option => ({label: name, text: `${name}()`, cursor: name.length + 1, group: groups.functions})),
    ),
    ...sqlWords.map((word): Option => ({label: word, text: `${word} `, group: groups.keywords})),
    ...named,
  ]);
}
