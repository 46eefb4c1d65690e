import {Link} from '@tanstack/react-router';
import {writeDuration} from '../../format/index.ts';
import {useFormat, useText, useVisible} from '../../i18n/index.ts';
import {Figure} from '../../widgets/index.ts';
import {ChangeNote} from './change-note.tsx';
import type {Compared, FigureName} from './compare-services.ts';
import classes from './services-page.module.css';
import {servicesText} from './text/index.ts';
import {MILLI, useFigureText} from './use-figure-text.ts';

/** A figure that leads to the traces behind it, and below it how it has changed, where something is compared. */
export function ServiceFigure({
  of,
  figure,
  traces,
  seconds,
  share,
  comparing,
}: {
  readonly of: Compared;
  readonly figure: FigureName;
  /** Where its traces are. */
  readonly traces: {readonly service: string; readonly operation?: string};
  /** The time that a rate is of. */
  readonly seconds: number;
  /** Of the largest figure of its column. */
  readonly share: number;
  readonly comparing: boolean;
}) {
  return (
    <span className={classes.figure}>
      <Present of={of} figure={figure} traces={traces} seconds={seconds} share={comparing ? 0 : share} />
      {comparing && <ChangeNote service={of} figure={figure} />}
    </span>
  );
}

function Present({
  of: {name, now},
  figure,
  traces,
  seconds,
  share,
}: Omit<Parameters<typeof ServiceFigure>[0], 'comparing'>) {
  const text = useText(servicesText).services;
  const format = useFormat();
  const visible = useVisible();
  const write = useFigureText();
  if (now === undefined) return <span className={classes.quiet}>–</span>;
  const words = write(figure, now[figure]);
  if (figure === 'rate') {
    const all = text.served(now.requests, format.count(now.requests), format.duration(seconds * 1e9));
    return (
      <span title={all}>
        <Figure share={share}>{words}</Figure>
      </span>
    );
  }
  if (figure === 'errors') {
    if (now.errors === 0) return <span className={classes.quiet}>{words}</span>;
    return (
      <Link
        to="/"
        search={{...traces, status: 'error'}}
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
      search={{...traces, min: slowerThan(now[figure])}}
      className={classes.plain}
      title={text.showSlow(visible(name), text[figure])}
    >
      <Figure share={share}>{words}</Figure>
    </Link>
  );
}

/** For the search: durations are told to three figures. */
const slowerThan = (milliseconds: number): string => writeDuration(Number((milliseconds * MILLI).toPrecision(3)));
