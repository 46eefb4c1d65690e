import {Link} from '@tanstack/react-router';
import {type ReactNode, useMemo} from 'react';
import {writeDuration} from '../../format/index.ts';
import {thingOf, usePageContext} from '../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../i18n/index.ts';
import type {Column} from '../../table/index.ts';
import {servicePage} from '../../urls/index.ts';
import {Figure, ServiceName} from '../../widgets/index.ts';
import {ChangeNote} from './change-note.tsx';
import {boundOf, type ComparedService, type FigureName, type Figures, figureNames} from './compare-services.ts';
import classes from './services-page.module.css';
import {servicesText} from './text/index.ts';
import {leastNanos, MILLI, useFigureText} from './use-figure-text.ts';

/** Those that leave first where room is scarce have the highest rank. */
const ranks: Readonly<Record<FigureName, number>> = {rate: 0, errors: 1, p99: 2, p95: 4, p50: 5};

/** Name and figures of a service; each figure leads to the traces behind it. `seconds` is what the rates are of. */
export function useServiceColumns({
  rows,
  seconds,
  comparing,
}: {
  readonly rows: readonly ComparedService[];
  readonly seconds: number;
  readonly comparing: boolean;
}): readonly Column<ComparedService>[] {
  const {services: text} = useText(servicesText);
  const format = useFormat();
  const write = useFigureText();
  const visible = useVisible();
  const [context] = usePageContext();
  return useMemo(() => {
    const largest = Object.fromEntries(
      figureNames.map((name) => [name, Math.max(...rows.map(({now}) => now?.[name] ?? 0), Number.MIN_VALUE)]),
    ) as Record<FigureName, number>;

    const sampledNote = ({requests, stored}: Figures): string | undefined =>
      stored < requests ? text.sampled(stored, format.count(stored)) : undefined;

    const drawFigure = (service: ComparedService, figure: FigureName): ReactNode => {
      const {name, now} = service;
      if (now === undefined) return <span className={classes.quiet}>–</span>;
      const value = now[figure];
      const words = write(figure, now);
      const bound = boundOf(now, figure);
      const share = comparing ? 0 : figure === 'errors' ? value : value / largest[figure];
      if (figure === 'rate') {
        const all = text.served(now.requests, format.count(now.requests), format.duration(seconds * 1e9));
        return (
          <span title={[all, sampledNote(now)].filter(Boolean).join(' · ')}>
            <Figure share={share}>{words}</Figure>
          </span>
        );
      }
      if (figure === 'errors') {
        if (value === 0) return <span className={classes.quiet}>{words}</span>;
        return (
          <Link
            to="/"
            search={{service: name, where: ['status=error']}}
            className={classes.errors}
            title={text.showErrors(visible(name))}
          >
            <Figure share={share} tone="bad">
              {words}
            </Figure>
          </Link>
        );
      }
      return (
        <Link
          to="/"
          search={{service: name, where: [`span.duration>=${slowerThan(value, bound)}`]}}
          className={classes.plain}
          title={[
            bound === undefined ? undefined : text.bounds[bound](words),
            text.showSlow(visible(name), text[figure]),
          ]
            .filter(Boolean)
            .join(' · ')}
        >
          <Figure share={share}>{words}</Figure>
        </Link>
      );
    };

    const figures = figureNames.map(
      (figure): Column<ComparedService> => ({
        id: figure,
        header: text[figure],
        hint: text.hints[figure],
        align: 'end',
        value: ({now}) => now?.[figure],
        width: {share: 1, min: 60},
        rank: ranks[figure],
        draw: (service) => (
          <span className={classes.figure}>
            {drawFigure(service, figure)}
            {comparing && <ChangeNote service={service} figure={figure} />}
          </span>
        ),
      }),
    );
    return [
      {
        id: 'name',
        header: text.name,
        value: ({name}) => name,
        up: true,
        width: {share: 2, min: 170},
        draw: ({name}, main) => (
          <span className={classes.name} {...thingOf({kind: 'service', service: name})}>
            <Link {...servicePage(name, {context})} {...main}>
              <ServiceName name={name} strong titled={false} />
            </Link>
          </span>
        ),
      },
      ...figures,
      {
        id: 'requests',
        header: text.requests,
        hint: text.hints.requests,
        align: 'end',
        hidden: true,
        value: ({now}) => now?.requests,
        width: {share: 1, min: 70},
        rank: 8,
        draw: ({now}) => (now === undefined ? '–' : <span title={sampledNote(now)}>{format.count(now.requests)}</span>),
      },
    ];
  }, [rows, seconds, comparing, text, format, write, visible, context]);
}

/** For the search, as it is told: durations to three figures. */
const slowerThan = (millis: number, bound: 'most' | 'least' | undefined): string =>
  writeDuration(bound === 'least' ? leastNanos(millis) : Number((millis * MILLI).toPrecision(3)));
