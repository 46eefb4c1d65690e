import {useFormat, useText} from '../../i18n/index.ts';
import {amountOf, type ComparedService, changeOf, type FigureName} from './compare-services.ts';
import classes from './services-page.module.css';
import {servicesText} from './text/index.ts';
import {useFigureText} from './use-figure-text.ts';

/** How a figure differs from the one that it is compared with: an arrow, by how much, and a word; the other figure in the tooltip. */
export function ChangeNote({service, figure}: {readonly service: ComparedService; readonly figure: FigureName}) {
  const text = useText(servicesText).services;
  const format = useFormat();
  const write = useFigureText();
  const change = changeOf(service, figure);
  if (change === undefined) return undefined;
  const was = service.before === undefined ? undefined : text.was(write(figure, service.before));
  if (change.kind === 'new' || change.kind === 'gone') {
    // Once a row is enough.
    if (figure !== 'rate') return <span className={classes.change}>–</span>;
    return (
      <span className={classes.change} data-tone={change.kind} title={was}>
        {text.change[change.kind]}
      </span>
    );
  }
  const title = [was, change.few ? text.few : undefined].filter(Boolean).join(' · ');
  if (change.kind === 'same') {
    return (
      <span className={classes.change} title={title}>
        {text.change.same}
      </span>
    );
  }
  const amount = amountOf(change, figure);
  const of = figure === 'rate' || figure === 'errors' ? figure : 'time';
  const words = amount.in === 'times' ? text.change.times[of === 'rate' ? of : 'time'] : text.change[of][change.kind];
  const by =
    amount.in === 'points'
      ? text.change.points(format.decimal(amount.by, amount.by < 10 ? 1 : 0))
      : `${format.count(amount.by)} ${amount.in === 'times' ? '×' : '%'}`;
  const tone = figure === 'rate' || change.few ? 'plain' : change.kind === 'up' ? 'worse' : 'better';
  return (
    <span className={classes.change} data-tone={tone} title={title}>
      {change.kind === 'up' ? '↑' : '↓'} {change.least && '≥ '}
      {by} <span className={classes.words}>{words}</span>
    </span>
  );
}
