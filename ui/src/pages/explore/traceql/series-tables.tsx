import {Link} from '@tanstack/react-router';
import {useMemo, useState} from 'react';
import {thingOf} from '../../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../../i18n/index.ts';
import {type Column, DataTable} from '../../../table/index.ts';
import type {Compared, Histogram, Line} from './series.ts';
import {colourOf, mostDrawn} from './series-chart.tsx';
import {traceqlText} from './text/index.ts';
import classes from './traceql.module.css';

const height = {one: 28};
type Write = (value: number) => string;

function useSorting() {
  const [sort, onSort] = useState<{readonly column: string; readonly up: boolean} | undefined>();
  return {sort, onSort};
}

/** What each series came to: the chart's legend. */
export function LineTable({lines, write}: {readonly lines: readonly Line[]; readonly write: Write}) {
  const text = useText(traceqlText).series;
  const visible = useVisible();
  const columns = useMemo((): readonly Column<Line>[] => {
    const drawn = new Map(lines.slice(0, mostDrawn).map(({id}, i) => [id, colourOf(i)]));
    const figure = (id: string, header: string, value: (line: Line) => number): Column<Line> => ({
      id,
      header,
      value,
      align: 'end',
      width: {fixed: 110},
      draw: (line) => write(value(line)),
    });
    return [
      {
        id: 'series',
        header: text.name,
        width: {share: 5, min: 180},
        value: ({name}) => name ?? '',
        draw: ({id, name}, main) => (
          <span {...main} className={`${main.className ?? ''} ${classes.name}`}>
            <i
              className={classes.swatch}
              style={{background: drawn.has(id) ? `var(${drawn.get(id)})` : 'transparent'}}
              aria-hidden="true"
            />
            {name === undefined ? text.all : visible(name)}
          </span>
        ),
      },
      figure('last', text.last, ({last}) => last),
      figure('mean', text.mean, ({mean}) => mean),
      figure('greatest', text.greatest, ({greatest}) => greatest),
      {
        id: 'example',
        header: text.example,
        width: {fixed: 150},
        rank: 1,
        draw: ({examples}) => {
          const one = examples.toSorted((a, b) => b.value - a.value)[0];
          return (
            one !== undefined && (
              <Link
                to="/trace/$traceId"
                params={{traceId: one.traceId}}
                search={one.spanId === undefined ? {} : {span: one.spanId}}
                {...thingOf({kind: 'trace', traceId: one.traceId}, {button: false})}
              >
                {text.openExample}
              </Link>
            )
          );
        },
      },
    ];
  }, [lines, text, visible, write]);
  return (
    <DataTable
      id="traceql-series"
      label={text.list}
      columns={columns}
      rows={lines}
      rowId={({id}) => id}
      height={height}
      {...useSorting()}
      pageKeys
    />
  );
}

interface Moment {
  readonly at: number;
  readonly values: ReadonlyMap<string, number>;
}

/** Every value, the latest first: a row a time, a column a series. */
export function ValueTable({lines, write}: {readonly lines: readonly Line[]; readonly write: Write}) {
  const text = useText(traceqlText).series;
  const format = useFormat();
  const visible = useVisible();
  const rows = useMemo(() => {
    const moments = new Map<number, Map<string, number>>();
    for (const {id, x, y} of lines) {
      for (const [i, at] of x.entries()) {
        const values = moments.get(at) ?? new Map<string, number>();
        moments.set(at, values.set(id, y[i]!));
      }
    }
    return [...moments].map(([at, values]): Moment => ({at, values})).sort((a, b) => b.at - a.at);
  }, [lines]);
  const columns = useMemo(
    (): readonly Column<Moment>[] => [
      {
        id: 'time',
        header: text.time,
        width: {share: 2, min: 150},
        value: ({at}) => at,
        draw: ({at}, main) => <span {...main}>{format.moment(at * 1000)}</span>,
      },
      ...lines.slice(0, mostDrawn).map(
        ({id, name}, i): Column<Moment> => ({
          id: `s${String.fromCharCode(97 + i)}`,
          header: name === undefined ? text.all : visible(name),
          align: 'end',
          width: {share: 1, min: 90},
          value: ({values}) => values.get(id),
          draw: ({values}) => {
            const value = values.get(id);
            return value === undefined ? <span className={classes.quiet}>–</span> : write(value);
          },
        }),
      ),
    ],
    [lines, text, format, visible, write],
  );
  return (
    <DataTable
      id="traceql-values"
      label={text.values}
      columns={columns}
      rows={rows}
      rowId={({at}) => String(at)}
      height={height}
      {...useSorting()}
      pageKeys
    />
  );
}

type Bucket = Histogram['buckets'][number];

export function BucketTable({buckets, write}: {readonly buckets: readonly Bucket[]; readonly write: Write}) {
  const text = useText(traceqlText);
  const format = useFormat();
  const columns = useMemo(
    (): readonly Column<Bucket>[] => [
      {
        id: 'upto',
        header: text.series.value,
        width: {share: 2, min: 150},
        value: ({upTo}) => upTo,
        draw: ({upTo}, main) => <span {...main}>≤ {write(upTo)}</span>,
      },
      {
        id: 'spans',
        header: text.results.groupSpans,
        align: 'end',
        width: {fixed: 110},
        value: ({count}) => count,
        draw: ({count}) => format.count(count),
      },
    ],
    [text, format, write],
  );
  return (
    <DataTable
      id="traceql-buckets"
      label={text.series.list}
      columns={columns}
      rows={buckets}
      rowId={({upTo}) => String(upTo)}
      height={height}
      {...useSorting()}
      pageKeys
    />
  );
}

export function ComparedTable({rows}: {readonly rows: readonly Compared[]}) {
  const text = useText(traceqlText).series;
  const format = useFormat();
  const visible = useVisible();
  const columns = useMemo((): readonly Column<Compared>[] => {
    const share = (id: string, header: string, value: (row: Compared) => number): Column<Compared> => ({
      id,
      header,
      value,
      align: 'end',
      width: {fixed: 110},
      draw: (row) => format.percent(value(row)),
    });
    return [
      {
        id: 'attribute',
        header: text.attribute,
        width: {share: 3, min: 160},
        value: ({attribute}) => attribute,
        draw: ({attribute}, main) => (
          <span {...main} className={`${main.className ?? ''} ${classes.mono}`}>
            {visible(attribute)}
          </span>
        ),
      },
      {
        id: 'value',
        header: text.value,
        width: {share: 3, min: 120},
        value: ({value}) => value,
        draw: ({value}) => <span className={classes.mono}>{visible(value)}</span>,
      },
      share('selection', text.selection, ({selection}) => selection),
      share('baseline', text.baseline, ({baseline}) => baseline),
      share('difference', text.difference, ({selection, baseline}) => Math.abs(selection - baseline)),
    ];
  }, [text, format, visible]);
  return (
    <DataTable
      id="traceql-compare"
      label={text.list}
      columns={columns}
      rows={rows}
      rowId={({id}) => id}
      height={height}
      {...useSorting()}
      pageKeys
    />
  );
}
