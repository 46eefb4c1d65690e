import {IconServerOff} from '@tabler/icons-react';
import {getRouteApi, Link, useNavigate} from '@tanstack/react-router';
import {useMemo} from 'react';
import {failureOf, type ServicesRedResponse} from '../../api/index.ts';
import {nanosToMs} from '../../format/index.ts';
import {usePageContext} from '../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../i18n/index.ts';
import {DataTable} from '../../table/index.ts';
import type {ServiceColumn, ServicesUrl} from '../../urls/index.ts';
import {FailurePanel, LoadingLine, QuietPanel, RangePicker, useTitle} from '../../widgets/index.ts';
import {CompareNote} from './compare-note.tsx';
import {type ComparedService, compareServices} from './compare-services.ts';
import {coveredSeconds, isShort} from './covered-time.ts';
import {useServiceColumns} from './service-columns.tsx';
import {ServiceMenu} from './service-menu.tsx';
import classes from './services-page.module.css';
import {servicesText} from './text/index.ts';
import {useServices} from './use-services.ts';

const route = getRouteApi('/services');
const idOf = (service: ComparedService): string => service.name;

/** Rate, errors and duration of every service, beside those of another time where asked for, with the way into its traces. */
export function ServicesPage() {
  const {services: text, common} = useText(servicesText);
  const format = useFormat();
  const visible = useVisible();
  const [context, changeContext] = usePageContext();
  const url = route.useSearch();
  const navigate = useNavigate({from: '/services'});
  const {now, other} = useServices(context);
  useTitle(`${text.title} · Weft`);
  const change = (patch: Partial<ServicesUrl>, replace = false): void =>
    void navigate({search: (before) => ({...before, ...patch}), replace});

  // Nothing may be said of a change while the other time is not known, or holds nothing at all.
  const past = context.compare !== undefined && (other.data?.services.length ?? 0) > 0 ? other.data : undefined;
  const rows = useMemo(() => {
    if (now.data === undefined) return undefined;
    const all = compareServices(now.data, past);
    return context.service === undefined ? all : all.filter(({name}) => name === context.service);
  }, [now.data, past, context.service]);
  const columns = useServiceColumns({
    rows: rows ?? [],
    seconds: now.data === undefined ? 1 : coveredSeconds(now.data),
    comparing: past !== undefined,
  });
  const menu = useMemo(() => (service: ComparedService) => <ServiceMenu service={service} />, []);
  const sort = {column: url.sort ?? 'name', up: url.sort === undefined || url.up === true};

  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <h1 className={classes.title}>{text.title}</h1>
        <span className={classes.explain}>
          {text.explain}{' '}
          {now.data !== undefined &&
            isShort(now.data) &&
            text.since(
              format.duration(coveredSeconds(now.data) * 1e9),
              format.time(nanosToMs(now.data.coveredStart)),
            )}{' '}
          <CompareNote compare={context.compare} other={other} />
        </span>
        <RangePicker value={context} onChange={changeContext} />
      </header>
      <LoadingLine active={now.isFetching && (now.data === undefined || now.isPlaceholderData)} />
      {now.isError && now.data === undefined ? (
        <FailurePanel failure={failureOf(now.error)} onRetry={() => void now.refetch()} />
      ) : (
        <DataTable
          id="services"
          label={text.table}
          columns={columns}
          rows={rows}
          rowId={idOf}
          rowName={(service) => visible(service.name)}
          height={past === undefined ? {one: 32, two: 54} : {one: 44, two: 70}}
          twoLinesBelow={560}
          sort={sort}
          onSort={(next) => change({sort: next.column as ServiceColumn, up: next.up ? true : undefined})}
          chosen={url.columns}
          onChosen={(chosen) => change({columns: chosen}, true)}
          find={{
            value: url.find,
            onChange: (find) => change({find}, true),
            label: text.find,
            text: idOf,
          }}
          menu={menu}
          stale={now.isPlaceholderData || now.isError}
          empty={
            <QuietPanel icon={<IconServerOff size={26} />} title={text.nothing} hint={text.nothingHint}>
              <Link to="/">{common.toTraces}</Link>
            </QuietPanel>
          }
          footer={<Total answer={now.data} />}
        />
      )}
    </div>
  );
}

function Total({answer}: {readonly answer: ServicesRedResponse | undefined}) {
  const text = useText(servicesText).services;
  const format = useFormat();
  if (answer === undefined) return '\u00a0';
  const sum = (figure: 'requests' | 'errors'): number =>
    answer.services.reduce((total, service) => total + service[figure], 0);
  const [requests, errors] = [sum('requests'), sum('errors')];
  return text.total(
    format.count(answer.services.length),
    format.rate(requests / coveredSeconds(answer)),
    format.percent(requests === 0 ? 0 : errors / requests),
  );
}
