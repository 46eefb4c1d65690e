import {IconServerOff} from '@tabler/icons-react';
import {getRouteApi, Link} from '@tanstack/react-router';
import {useRef} from 'react';
import type {OperationsRedResponse} from '../../../api/index.ts';
import {useCommands, useOwnAddress, usePageContext, View} from '../../../frame/index.ts';
import {useText, useVisible} from '../../../i18n/index.ts';
import {type ServicePartId, type ServiceUrl, serviceParts} from '../../../urls/index.ts';
import {QuietPanel} from '../../../widgets/index.ts';
import {Changes} from './changes.tsx';
import {Charts} from './charts.tsx';
import {Dependencies} from './dependencies.tsx';
import {Errors} from './errors.tsx';
import {comparedService} from './figures.ts';
import {Figures} from './figures.tsx';
import {Instances} from './instances.tsx';
import {Operations} from './operations.tsx';
import {serviceCommands} from './service-commands.ts';
import {ServiceHead} from './service-head.tsx';
import classes from './service-page.module.css';
import {Statements} from './statements.tsx';
import {serviceText} from './text/index.ts';
import {points, useServicePart} from './use-service.ts';

const route = getRouteApi('/services/$service');

/** Everything of one service in a time, to be read from top to bottom: how it does, what changed, when, and where to look. */
export function ServicePage() {
  const {service} = route.useParams();
  const visible = useVisible();
  const url = route.useSearch();
  const change = useOwnAddress<ServiceUrl>();
  const [{compare}] = usePageContext();
  const version = compare?.startsWith('version:') ? compare.slice('version:'.length) : undefined;
  const red = useServicePart('operations/red', service, {more: {points}});
  const other = useServicePart('operations/red', service, {more: {points: 1, version}, enabled: version !== undefined});
  const of = version === undefined ? undefined : other.data;
  const part = url.part ?? 'operations';
  const step = (by: 1 | -1) => (): void => {
    const next = serviceParts[serviceParts.indexOf(part) + by];
    if (next !== undefined) change(partUrl(next));
  };
  useCommands(serviceCommands, {
    next: part === serviceParts.at(-1) ? undefined : step(1),
    previous: part === serviceParts[0] ? undefined : step(-1),
    whole: url.operation === undefined ? undefined : () => change({operation: undefined, kind: undefined}),
    changes: () => change({changes: url.changes === true ? undefined : true}, 'replace'),
  });
  const waiting = version !== undefined && other.data === undefined && other.error === null;
  return (
    <View
      title={visible(service)}
      heading="own"
      bar={<ServiceHead service={service} red={red.data} version={version} />}
      answer={red}
      skeleton={<Body service={service} red={undefined} other={undefined} />}
      empty={({operations}) => (operations.length === 0 ? <Nothing /> : undefined)}
    >
      {(data) => <Body service={service} red={waiting ? undefined : data} other={of} />}
    </View>
  );
}

/** Another part is sorted and searched by itself. */
const partUrl = (part: ServicePartId): ServiceUrl => ({
  part: part === 'operations' ? undefined : part,
  sort: undefined,
  up: undefined,
  find: undefined,
});

function Body({
  service,
  red,
  other,
}: {
  readonly service: string;
  readonly red: OperationsRedResponse | undefined;
  readonly other: OperationsRedResponse | undefined;
}) {
  const {service: text} = useText(serviceText);
  const url = route.useSearch();
  const scroller = useRef<HTMLDivElement>(null);
  const part = url.part ?? 'operations';
  const whole = {service, red, other};
  const figures = red === undefined ? undefined : comparedService(red, other);
  // Beside a time of which nothing is known, everything would be new.
  const comparing = figures?.before !== undefined;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <div ref={scroller} className={classes.page} tabIndex={0}>
      <div className={classes.top}>
        <Figures compared={figures} />
        <Changes service={service} />
      </div>
      <Charts service={service} red={red} />
      <nav className={classes.tabs} aria-label={text.parts.label}>
        {serviceParts.map((one) => (
          <Link
            key={one}
            to="/services/$service"
            params={{service}}
            search={(before) => ({...before, ...partUrl(one)})}
            className={classes.tab}
            data-here={one === part}
            aria-current={one === part ? 'true' : undefined}
          >
            {text.parts[one]}
          </Link>
        ))}
      </nav>
      {part === 'operations' && <Operations {...whole} scroller={scroller} />}
      {part === 'dependencies' && <Dependencies service={service} comparing={comparing} />}
      {part === 'errors' && <Errors service={service} comparing={comparing} />}
      {part === 'statements' && <Statements service={service} comparing={comparing} />}
      {part === 'instances' && <Instances service={service} />}
    </div>
  );
}

function Nothing() {
  const {service: text} = useText(serviceText);
  return (
    <QuietPanel icon={<IconServerOff size={26} />} title={text.empty} hint={text.emptyHint}>
      <Link to="/services">{text.toList}</Link>
    </QuietPanel>
  );
}
