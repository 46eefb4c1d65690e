import {Link} from '@tanstack/react-router';
import type {InstanceAttributeName, OperationsRedResponse, ServiceParts} from '../../../api/index.ts';
import {nanosToMs} from '../../../format/index.ts';
import {thingOf, usePageContext} from '../../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../../i18n/index.ts';
import {linkTo} from '../../../urls/index.ts';
import {ServiceName} from '../../../widgets/index.ts';
import classes from './service-page.module.css';
import {serviceText} from './text/index.ts';
import {useServicePart} from './use-service.ts';

/** How many versions or environments are named. */
const NAMED = 3;

/** Which service it is, what it is made of, and the ways from it. */
export function ServiceHead({
  service,
  red,
  version,
}: {
  readonly service: string;
  readonly red: OperationsRedResponse | undefined;
  readonly version: string | undefined;
}) {
  const {service: text} = useText(serviceText);
  const visible = useVisible();
  const [context] = usePageContext();
  const {data} = useServicePart('service/instances', service, {baseline: false});
  const traces = linkTo({kind: 'service', service}, {context});
  const {compare, ...rest} = context;
  return (
    <header className={classes.head}>
      <div className={classes.name}>
        <Link to="/services" className={classes.back}>
          {text.back}
        </Link>
        <span aria-hidden="true" className={classes.slash}>
          /
        </span>
        <h1 tabIndex={-1} {...thingOf({kind: 'service', service})}>
          <ServiceName name={service} strong />
        </h1>
        <Facts data={data} />
      </div>
      <div className={classes.ways}>
        <Link {...traces}>{text.traces}</Link>
        <Link {...traces} search={{...traces.search, where: ['status=error']}}>
          {text.failedTraces}
        </Link>
        <Link to="/map" search={{focus: `service:${service}`}}>
          {text.onMap}
        </Link>
        <Link to="/mend" search={{...rest, service}}>
          {text.mend}
        </Link>
      </div>
      <p className={classes.compared}>
        {version !== undefined ? text.comparedVersion(visible(version)) : <ComparedTime red={red} />}
      </p>
    </header>
  );
}

function ComparedTime({red}: {readonly red: OperationsRedResponse | undefined}) {
  const {service: text} = useText(serviceText);
  const format = useFormat();
  if (red?.baseline === undefined) return '\u00a0';
  if ((red.service?.baseline?.requests ?? 0) === 0) return text.noBaseline;
  const {start, end} = red.baseline;
  return text.compared(format.time(nanosToMs(start)), format.time(nanosToMs(end)));
}

/** `nodejs · version 1.4.2 · production` */
function Facts({data}: {readonly data: ServiceParts['service/instances'] | undefined}) {
  const {service: text} = useText(serviceText);
  const format = useFormat();
  const visible = useVisible();
  if (data === undefined) return <span className={classes.facts}>{'\u00a0'}</span>;
  const values = (attribute: InstanceAttributeName): string | undefined => {
    const all = data.attributes.find((one) => one.attribute === attribute)?.values ?? [];
    if (all.length === 0) return undefined;
    const named = all.slice(0, NAMED).map(({value}) => visible(value));
    return [named.join(', '), ...(all.length > NAMED ? [text.more(format.count(all.length - NAMED))] : [])].join(' ');
  };
  const versions = values('version');
  const facts = [
    data.languages.join(', '),
    versions === undefined ? '' : text.versions(versions),
    values('environment') ?? '',
  ];
  return <span className={classes.facts}>{facts.filter((one) => one !== '').join(' · ') || '\u00a0'}</span>;
}
