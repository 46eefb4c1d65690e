import {Button} from '@mantine/core';
import {IconPlayerPlay, IconTable} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {getRouteApi, Link} from '@tanstack/react-router';
import {useEffect, useMemo, useRef, useState} from 'react';
import {failureOf, queries, type SqlResponse} from '../../api/index.ts';
import {type EditorFault, type EditorHandle, LazyEditor} from '../../editor/index.ts';
import {useOwnAddress, usePageContext, View} from '../../frame/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {rangeInNanos, type SqlUrl} from '../../urls/index.ts';
import {CopyAction, commandKey, Keycap, QuietPanel} from '../../widgets/index.ts';
import {examples} from './examples.ts';
import {SqlChart} from './sql-chart.tsx';
import classes from './sql-page.module.css';
import {SqlTable} from './sql-table.tsx';
import {TableList} from './table-list.tsx';
import {sqlText} from './text/index.ts';
import {useSqlLanguage} from './use-sql-language.ts';

const route = getRouteApi('/sql');
/** Shown where nothing is written. */
const EXAMPLE = 'SELECT service, count() FROM spans GROUP BY service';

/** A statement, and its answer as a table and over time. The address has the statement that is answered, and so a link restores both. */
export function SqlPage() {
  const text = useText(sqlText);
  const format = useFormat();
  const {sql} = route.useSearch();
  const change = useOwnAddress<SqlUrl>();
  const [{last, start, end}] = usePageContext();
  const range = {last, start, end};
  const answer = useQuery({
    ...queries.sql(sql ?? '', range, () => rangeInNanos(range, Date.now())),
    enabled: sql !== undefined,
  });
  const [draft, setDraft] = useState(sql ?? '');
  // The way back in the browser's history brings the statement back too.
  useEffect(() => setDraft(sql ?? ''), [sql]);
  const told = useMemo(() => toldBy(answer.error, sql ?? ''), [answer.error, sql]);
  const language = useSqlLanguage();
  const editor = useRef<EditorHandle>(undefined);
  const run = (statement: string): void => {
    if (statement.trim() === '') return;
    if (statement === sql) void answer.refetch();
    else change({sql: statement});
  };
  return (
    <View
      title={text.title}
      note={text.explain}
      answer={answer}
      busy={answer.isFetching}
      actions={
        <Link to="/" className={classes.search}>
          {text.toSearch}
        </Link>
      }
      bar={
        <div className={classes.bar}>
          <LazyEditor
            label={text.statement}
            language={language}
            value={draft}
            placeholder={EXAMPLE}
            lines={5}
            // Told of the statement as it was asked.
            answered={draft === sql ? told : undefined}
            handle={editor}
            onChange={setDraft}
            onRun={run}
          />
          <div className={classes.tools}>
            <Button
              size="xs"
              leftSection={<IconPlayerPlay size={14} />}
              disabled={draft.trim() === ''}
              onClick={() => run(draft)}
            >
              {text.run}
            </Button>
            <Keycap>{`${commandKey} ↵`}</Keycap>
            {answer.data !== undefined && sql !== undefined && (
              <span className={classes.count}>
                {text.rows(format.count(answer.data.rows.length), answer.data.rows.length)}
                {answer.data.truncated && ` · ${text.truncated}`}
              </span>
            )}
            {sql !== undefined && (
              <Downloads sql={sql} range={rangeInNanos(range, answer.dataUpdatedAt || Date.now())} />
            )}
            {sql !== undefined && <CopyAction label={text.copy} value={() => location.href} />}
          </div>
          <TableList onInsert={(word) => editor.current?.insert(word)} />
        </div>
      }
      unasked={sql === undefined ? <Examples onPick={run} /> : undefined}
      empty={({rows}) =>
        rows.length === 0 ? (
          <QuietPanel icon={<IconTable size={26} />} title={text.nothing} hint={text.nothingHint} />
        ) : undefined
      }
    >
      {(data) => <Rows data={data} />}
    </View>
  );
}

/** The word of which an answer says that it is wrong: a column that there is not, and the like. */
function toldBy(error: Error | null, sql: string): EditorFault | undefined {
  const failure = error === null ? undefined : failureOf(error);
  if (failure?.kind !== 'refused' || failure.reason !== 'sql_at') return undefined;
  const {line, column, found, message} = failure.values ?? {};
  const before = sql.split('\n').slice(0, Number(line) - 1);
  const at = before.reduce((sum, one) => sum + one.length + 1, 0) + Number(column) - 1;
  if (!Number.isInteger(at) || typeof found !== 'string') return undefined;
  return {at, end: sql.startsWith(found, at) ? at + found.length : at + 1, message: String(message)};
}

function Rows({data}: {readonly data: SqlResponse}) {
  return (
    <div className={classes.answer}>
      <SqlChart data={data} />
      <SqlTable data={data} />
    </div>
  );
}

/** The whole answer as a file: the statement is asked once more. */
function Downloads({
  sql,
  range,
}: {
  readonly sql: string;
  readonly range: {readonly start: string; readonly end: string};
}) {
  const text = useText(sqlText);
  return (
    <span className={classes.downloads}>
      {(['csv', 'parquet'] as const).map((format) => (
        <a
          key={format}
          href={`/api/weft/v1/sql?${new URLSearchParams({query: sql, ...range, format})}`}
          download={`weft.${format}`}
        >
          {text.download(format === 'csv' ? 'CSV' : 'Parquet')}
        </a>
      ))}
    </span>
  );
}

function Examples({onPick}: {readonly onPick: (sql: string) => void}) {
  const text = useText(sqlText);
  return (
    <div className={classes.examples}>
      <h2>{text.examples}</h2>
      <ul>
        {examples.map(({id, sql}) => (
          <li key={id}>
            <button type="button" className={classes.example} onClick={() => onPick(sql)}>
              <b>{text.example[id]}</b>
              <code>{sql}</code>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
