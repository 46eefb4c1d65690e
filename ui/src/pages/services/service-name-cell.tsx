import {Link} from '@tanstack/react-router';
import {thingOf} from '../../frame/index.ts';
import {useText, useVisible} from '../../i18n/index.ts';
import type {MainProps} from '../../table/index.ts';
import {ServiceName} from '../../widgets/index.ts';
import type {ServiceRow} from './service-rows.ts';
import classes from './services-page.module.css';
import {servicesText} from './text/index.ts';

/** A service or an operation, with the way to its traces. */
export function ServiceNameCell({row, main}: {readonly row: ServiceRow; readonly main: MainProps}) {
  const text = useText(servicesText);
  const visible = useVisible();
  if (row.row === 'note') {
    return (
      <span {...main} data-quiet>
        <i>{text.services.operationsNote[row.note]}</i>
      </span>
    );
  }
  if (row.row === 'service') {
    return (
      <span className={classes.name} {...thingOf({kind: 'service', service: row.name})}>
        <Link to="/" search={{service: row.name}} {...main}>
          <ServiceName name={row.name} strong titled={false} />
        </Link>
      </span>
    );
  }
  return (
    <span className={classes.name} {...thingOf({kind: 'endpoint', service: row.service, operation: row.name})}>
      <Link to="/" search={{service: row.service, operation: row.name}} {...main}>
        <bdi className={classes.cut}>{visible(row.name)}</bdi>
        {row.kind !== 'server' && <span className={classes.kind}>{text.kind[row.kind]}</span>}
      </Link>
    </span>
  );
}
