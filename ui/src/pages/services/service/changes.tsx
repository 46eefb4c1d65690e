import {IconArrowDownRight, IconArrowUpRight, IconPointFilled} from '@tabler/icons-react';
import {getRouteApi, Link} from '@tanstack/react-router';
import type {ServiceChange} from '../../../api/index.ts';
import {useOwnAddress, usePageContext} from '../../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../../i18n/index.ts';
import {linkTo, type ServiceUrl, servicePage} from '../../../urls/index.ts';
import {changeText} from './change-text.ts';
import {Part} from './part.tsx';
import classes from './service-page.module.css';
import {serviceText} from './text/index.ts';
import {useServicePart} from './use-service.ts';

const route = getRouteApi('/services/$service');
/** As many as have room beside the figures. */
const SHOWN = 3;

const icons = {worse: IconArrowUpRight, better: IconArrowDownRight, neutral: IconPointFilled} as const;

/** What is different from the other time, the most telling first; its place is there before it is known. */
export function Changes({service}: {readonly service: string}) {
  const {service: words} = useText(serviceText);
  const text = words.changes;
  const format = useFormat();
  const url = route.useSearch();
  const change = useOwnAddress<ServiceUrl>();
  const answer = useServicePart('service/changes', service);
  const all = answer.data?.changes ?? [];
  const shown = url.changes === true ? all : all.slice(0, SHOWN);
  return (
    <div className={classes.changes} data-all={url.changes === true}>
      <h2>{text.title}</h2>
      {all.length > SHOWN && (
        <button
          type="button"
          className={classes.plain}
          aria-expanded={url.changes === true}
          onClick={() => change({changes: url.changes === true ? undefined : true}, 'replace')}
        >
          {url.changes === true ? text.fewer : text.all(format.count(all.length))}
        </button>
      )}
      <Part answer={answer} label={text.title}>
        {(data) =>
          data === undefined ? (
            <span className={classes.quiet}>…</span>
          ) : (
            <>
              {all.length === 0 && !data.notes.includes('no_baseline') && <p className={classes.quiet}>{text.none}</p>}
              <ol className={classes.changeList}>
                {shown.map((one) => (
                  <Change key={keyOf(one)} service={service} change={one} />
                ))}
              </ol>
              {data.notes.length > 0 && all.length < SHOWN && (
                <p className={classes.quiet}>{data.notes.map((note) => text.notes[note]).join(' ')}</p>
              )}
            </>
          )
        }
      </Part>
    </div>
  );
}

const keyOf = ({kind, operation, version, error, statement, dependency}: ServiceChange): string =>
  [kind, operation?.kind, operation?.name, version, error?.id, statement?.id, dependency?.edge].join(' ');

function Change({service, change}: {readonly service: string; readonly change: ServiceChange}) {
  const {service: words} = useText(serviceText);
  const format = useFormat();
  const visible = useVisible();
  const [context] = usePageContext();
  const Icon = icons[change.effect];
  const said = changeText(change, words, format, visible);
  const {dependency, example} = change;
  return (
    <li data-effect={change.effect}>
      <Icon size={14} aria-hidden="true" />
      {dependency === undefined ? (
        <Link {...servicePage(service, {context, shown: shownBy(change)})} title={said}>
          {said}
        </Link>
      ) : (
        <Link to="/map" search={{focus: `service:${service}`, edge: dependency.edge}} title={said}>
          {said}
        </Link>
      )}
      {example !== undefined && (
        <Link className={classes.example} {...linkTo({kind: 'span', ...example}, {context})}>
          {words.changes.example}
        </Link>
      )}
    </li>
  );
}

/** The part of the page that a change leads to. */
function shownBy({kind, operation}: ServiceChange): ServiceUrl {
  if (kind.startsWith('version')) return {part: 'instances', by: 'version'};
  if (kind.startsWith('statement')) return {part: 'statements'};
  if (kind.startsWith('error_')) return {part: 'errors'};
  const chosen: ServiceUrl =
    operation === undefined || kind === 'operation_gone'
      ? {}
      : {operation: operation.name, kind: operation.kind === 'server' ? undefined : operation.kind};
  return kind === 'errors' ? {...chosen, part: 'errors'} : chosen;
}
