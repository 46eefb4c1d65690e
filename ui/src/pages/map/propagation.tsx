import {useQuery} from '@tanstack/react-query';
import {Link} from '@tanstack/react-router';
import type {ReactNode} from 'react';
import {type PropagationResponse, queries} from '../../api/index.ts';
import {usePageContext, View} from '../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../i18n/index.ts';
import {rangeInNanos, servicePage} from '../../urls/index.ts';
import {QuietPanel} from '../../widgets/index.ts';
import classes from './map-page.module.css';
import {mapText} from './text/index.ts';

/** How whole the traces are: orphans, where the context breaks, what only metrics and logs know, clocks that disagree. */
export function Propagation({bar}: {readonly bar: ReactNode}) {
  const {map, propagation: text} = useText(mapText);
  const [{last, start, end}] = usePageContext();
  const range = {last, start, end};
  const answer = useQuery({
    ...queries.propagation(range, () => rangeInNanos(range, Date.now())),
    refetchInterval: start === undefined ? 30_000 : false,
  });
  return (
    <div className={classes.page}>
      <View
        title={map.title}
        note={text.explain}
        bar={bar}
        answer={answer}
        empty={({services, coverage}) =>
          services.length + coverage.services.length === 0 ? (
            <QuietPanel title={text.empty} hint={map.emptyHint} />
          ) : undefined
        }
      >
        {(data) => <Health data={data} />}
      </View>
    </div>
  );
}

function Health({data}: {readonly data: PropagationResponse}) {
  const text = useText(mapText).propagation;
  const format = useFormat();
  const visible = useVisible();
  const {services, breaks, operations, coverage} = data;
  const uncovered = [...coverage.services, ...coverage.routes];
  const clocks = data.clocks.filter(({aheadMs}) => Math.abs(aheadMs ?? 0) >= 1);
  const columns = ['orphans', 'share', 'lost', 'unnamed', 'late'] as const;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section className={classes.health} aria-label={text.services} tabIndex={0}>
      <div className={classes.scroll}>
        <table className={classes.table} aria-label={text.services}>
          <thead>
            <tr>
              <th scope="col">{text.service}</th>
              <th scope="col">{text.spans}</th>
              {columns.map((column) => (
                <th key={column} scope="col" title={text.hints[column]}>
                  {text[column]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {services.map((one) => (
              <tr key={one.service}>
                <td>
                  <Link {...servicePage(one.service)}>{visible(one.service)}</Link>
                </td>
                <td>{format.count(one.spans)}</td>
                {columns.map((column) => (
                  <td key={column} className={column !== 'late' && one[column] > 0 ? classes.bad : undefined}>
                    {column === 'share' ? format.percent(one.share) : format.count(one[column])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Lines title={text.breaks} nothing={text.noBreaks}>
        {breaks.map(({from, to, address, calls}) => (
          <li key={`${from} ${address}`}>{text.break(visible(from), visible(to), format.count(calls))}</li>
        ))}
      </Lines>
      <Lines title={text.uncovered} nothing={coverage.more ? text.uncoveredMore : text.allCovered}>
        {[
          ...uncovered.map(({service, logs, series, ...one}) => {
            const name = 'route' in one ? `${service} · ${one.route}` : service;
            return (
              <li key={name}>
                {visible(name)} {text.uncoveredBy(format.count(logs), format.count(series))}
              </li>
            );
          }),
          ...(uncovered.length > 0 && coverage.more ? [<li key="">{text.uncoveredMore}</li>] : []),
        ]}
      </Lines>
      <Lines title={text.operations} nothing={text.noOrphans}>
        {operations.slice(0, 20).map(({service, operation, spans}) => (
          <li key={`${service} ${operation}`}>
            <Link to="/" search={{service, where: [`operation=${JSON.stringify(operation)}`]}}>
              {visible(`${service} · ${operation}`)}
            </Link>{' '}
            {format.count(spans)}
          </li>
        ))}
      </Lines>
      <Lines title={text.clocks} nothing={text.noClocks}>
        {clocks.slice(0, 20).map(({from, to, aheadMs = 0}) => (
          <li key={`${from} ${to}`}>
            {(aheadMs > 0 ? text.clock : text.behind)(
              visible(from),
              visible(to),
              format.duration(Math.abs(aheadMs) * 1e6),
            )}
          </li>
        ))}
      </Lines>
    </section>
  );
}

function Lines({
  title,
  nothing,
  children,
}: {
  readonly title: string;
  readonly nothing: string;
  readonly children: readonly ReactNode[];
}) {
  return (
    <>
      <h2>{title}</h2>
      {children.length === 0 ? (
        <p className={classes.note}>{nothing}</p>
      ) : (
        <ul className={classes.lines}>{children}</ul>
      )}
    </>
  );
}
