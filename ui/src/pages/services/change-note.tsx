import {useFormat, useText} from '../../i18n/index.ts';
import {type ComparedService, changeOf, type FigureName} from './compare-services.ts';
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
  const words = text.change[figure === 'rate' || figure === 'errors' ? figure : 'time'][change.kind];
  const percent = Math.abs(change.by) * 100;
  const by =
    figure === 'errors'
      ? text.change.points(format.decimal(percent, Math.abs(change.by) < 0.1 ? 1 : 0))
      : `${format.count(change.least ? Math.floor(percent) : Math.round(percent))} %`;
  const tone = figure === 'rate' || change.few ? 'plain' : change.kind === 'up' ? 'worse' : 'better';
  return (
    <span className={classes.change} data-tone={tone} title={title}>
      {change.kind === 'up' ? '↑' : '↓'} {change.least && '≥ '}
      {by} <span className={classes.words}>{words}</span>
    </span>
  );
}
