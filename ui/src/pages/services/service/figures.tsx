import {useText} from '../../../i18n/index.ts';
import {ChangeNote} from '../change-note.tsx';
import {type ComparedService, figureNames} from '../compare-services.ts';
import {servicesText} from '../text/index.ts';
import {useFigureText} from '../use-figure-text.ts';
import classes from './service-page.module.css';
import {serviceText} from './text/index.ts';

/** Rate, errors and duration, each with its change. */
export function Figures({compared}: {readonly compared: ComparedService | undefined}) {
  const {services: words} = useText(servicesText);
  const {service: text} = useText(serviceText);
  const write = useFigureText();
  const now = compared?.now;
  return (
    <dl className={classes.figures} aria-label={text.figures}>
      {figureNames.map((figure) => (
        <div key={figure} className={classes.figure} title={words.hints[figure]}>
          <dt>{words[figure]}</dt>
          <dd>
            <span
              className={classes.value}
              data-bad={figure === 'errors' && (now?.errors ?? 0) > 0}
              data-waits={compared === undefined}
            >
              {now === undefined ? '–' : now.requests === 0 && figure !== 'rate' ? '–' : write(figure, now)}
            </span>
            <span className={classes.change}>
              {compared?.before !== undefined && now !== undefined && now.requests > 0 ? (
                <ChangeNote service={compared} figure={figure} />
              ) : (
                '\u00a0'
              )}
            </span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
