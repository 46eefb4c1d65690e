import {useMemo} from 'react';
import type {SqlResponse} from '../../api/index.ts';
import {LazyChart} from '../../chart/index.ts';
import {useFormat, useText, useVisible} from '../../i18n/index.ts';
import {type Drawn, drawnOf} from './chart-data.ts';
import classes from './sql-page.module.css';
import {sqlText} from './text/index.ts';

const colours = ['--accent', '--error', '--warn', '--ink-2'];

/** The numbers of an answer over its times, where it has both. */
export function SqlChart({data}: {readonly data: SqlResponse}) {
  const drawn = useMemo(() => drawnOf(data), [data]);
  return drawn === undefined ? undefined : <Lines drawn={drawn} />;
}

function Lines({drawn: {x, series}}: {readonly drawn: Drawn}) {
  const text = useText(sqlText);
  const format = useFormat();
  const visible = useVisible();
  const values = series.flatMap(({y}) => y.filter((one) => one !== undefined));
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const names = series.map(({name}) => visible(name));
  return (
    <figure className={classes.chart}>
      <LazyChart
        label={text.chart(names.join(', '))}
        height={180}
        x={{min: x[0]!, max: x.at(-1)!}}
        y={{min: low, max: high === low ? low + 1 : high, log: false}}
        unit={(value) => format.compact(value)}
        layers={series.map(({y}, i) => ({kind: 'line', x, y, colour: colours[i]!, filled: i === 0}))}
      />
      <figcaption className={classes.legend}>
        {names.map((name, i) => (
          <span key={name}>
            <i style={{background: `var(${colours[i]})`}} aria-hidden="true" />
            {name}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}
