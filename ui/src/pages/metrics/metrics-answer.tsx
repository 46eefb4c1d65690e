import {useMemo, useState} from 'react';
import type {PrometheusAnswer, PrometheusGrid, PrometheusMatrix} from '../../api/index.ts';
import {LazyChart} from '../../chart/index.ts';
import {usePageContext} from '../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../i18n/index.ts';
import {type Column, DataTable, fitsWords, type SortState} from '../../table/index.ts';
import {absoluteRange} from '../../urls/index.ts';
import classes from './metrics-page.module.css';
import {extentOf, momentsOf, type Series, seriesOf} from './series.ts';
import {metricsText} from './text/index.ts';
import {type Unit, unitOf} from './unit.ts';

const idOf = ({id}: Series): string => id;
const nameOf = ({name}: Series): string => name;

/** The lines over time, and below each with its figures: a legend that sorts, finds, and shows one alone. */
export function MetricsAnswer({
  query,
  answer: {data, grid, warnings = [], infos = []},
}: {
  readonly query: string;
  readonly answer: PrometheusAnswer<PrometheusMatrix> & {readonly grid: PrometheusGrid};
}) {
  const text = useText(metricsText);
  const format = useFormat();
  const visible = useVisible();
  const [, changeContext] = usePageContext();
  const write = useUnit(query);
  const series = useMemo(() => seriesOf(data, grid), [data, grid]);
  const x = useMemo(() => momentsOf(grid), [grid]);
  const [find, setFind] = useState<string | undefined>();
  const [alone, setAlone] = useState<string | undefined>();
  const [sort, setSort] = useState<SortState | undefined>({column: 'last', up: false});
  const only = series.some(({id}) => id === alone) ? alone : undefined;
  const shown = useMemo(() => {
    const fits = fitsWords(find ?? '');
    return series.filter(({id, name}) => (only === undefined ? fits(name) : id === only));
  }, [series, find, only]);
  const layers = useMemo(
    () => shown.map(({y, colour}) => ({kind: 'line', x, y, colour, filled: shown.length === 1}) as const),
    [shown, x],
  );
  const y = useMemo(() => extentOf(shown), [shown]);
  const columns = useMemo(
    (): Column<Series>[] => [
      {
        id: 'name',
        header: text.series,
        width: {share: 3, min: 140},
        up: true,
        value: nameOf,
        draw: ({id, name, colour}, main) => (
          <button
            {...main}
            type="button"
            className={`${main.className ?? ''} ${classes.line}`}
            aria-pressed={only === id}
            title={`${visible(id)}\n${only === id ? text.showAll : text.showAlone}`}
            onClick={() => setAlone(only === id ? undefined : id)}
          >
            <i style={{background: `var(${colour})`}} aria-hidden="true" />
            {visible(name)}
          </button>
        ),
      },
      ...(['last', 'max', 'mean'] as const).map(
        (figure): Column<Series> => ({
          id: figure,
          header: text.figures[figure],
          width: {fixed: 96},
          align: 'end',
          rank: figure === 'last' ? 0 : 1,
          value: (row) => row[figure],
          draw: (row) => (row[figure] === undefined ? '–' : write(row[figure])),
        }),
      ),
    ],
    [text, visible, write, only],
  );
  const span = {min: grid.start, max: Math.max(grid.end, grid.start + 1)};
  return (
    <div className={classes.answer}>
      {[...warnings, ...infos].map((note) => (
        <p key={note} role="status" className={classes.note} lang="en">
          {note}
        </p>
      ))}
      <figure className={classes.chart}>
        <LazyChart
          label={text.chart(format.count(shown.length))}
          height={280}
          x={span}
          y={{...y, log: false}}
          unit={write}
          layers={layers}
          onSelect={({x: [from, to]}) => changeContext(absoluteRange(from * 1000, to * 1000))}
          saySelection={({x: [from, to]}) => text.selection(format.time(from * 1000), format.time(to * 1000))}
        />
      </figure>
      <DataTable
        id="metrics"
        label={text.legend}
        columns={columns}
        rows={series}
        rowId={idOf}
        rowName={nameOf}
        height={{one: 28}}
        sort={sort}
        onSort={setSort}
        find={{value: find, onChange: setFind, label: text.find, text: nameOf}}
      />
    </div>
  );
}

function useUnit(query: string): (value: number) => string {
  const format = useFormat();
  return useMemo(() => {
    const {of, perSecond} = unitOf(query);
    const per = perSecond ? '/s' : '';
    const writers: Record<Unit['of'], (value: number) => string> = {
      // Time per second is a share of it.
      seconds: (value) => (perSecond ? plain(value) : signed(value, (one) => format.duration(one * 1e9))),
      bytes: (value) => `${signed(value, format.bytes)}${per}`,
      ratio: (value) => `${plain(value * 100)} %${per}`,
      number: (value) => `${plain(value)}${per}`,
    };
    return writers[of];
    function plain(value: number): string {
      return Math.abs(value) < 1e-3 && value !== 0 ? value.toPrecision(3) : format.compact(value);
    }
    function signed(value: number, write: (one: number) => string): string {
      return value < 0 ? `−${write(-value)}` : write(value);
    }
  }, [query, format]);
}
