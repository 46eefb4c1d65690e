import {IconServerOff} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {getRouteApi, Link, useNavigate} from '@tanstack/react-router';
import {failureOf, queries, type ServicesRedResponse} from '../../api/index.ts';
import {nanosToMs} from '../../format/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {type RangeUrl, rangeInNanos, type ServiceColumn, type ServicesUrl, serviceColumns} from '../../urls/index.ts';
import {
  ariaSort,
  FailurePanel,
  LoadingLine,
  QuietPanel,
  RangePicker,
  SortHeader,
  useTitle,
} from '../../widgets/index.ts';
import {coveredSeconds, isShort} from './covered-time.ts';
import {ServiceRow} from './service-row.tsx';
import classes from './services-page.module.css';
import {sortServices} from './sort-services.ts';
import {servicesText} from './text/index.ts';

const route = getRouteApi('/services');

/** Rate, errors and duration of every service, with the way into its traces. */
export function ServicesPage() {
  const text = useText(servicesText);
  const format = useFormat();
  const url = route.useSearch();
  const navigate = useNavigate();
  const {sort: _sort, up: _up, ...range} = url;
  const red = useQuery({
    ...queries.servicesRed(range, () => rangeInNanos(range, Date.now())),
    refetchInterval: range.start === undefined ? 15_000 : false,
  });
  useTitle(`${text.services.title} · Weft`);
  const change = (patch: Partial<ServicesUrl>): void => void navigate({to: '/services', search: {...url, ...patch}});

  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <h1 className={classes.title}>{text.services.title}</h1>
        <span className={classes.explain}>
          {text.services.explain}{' '}
          {red.data !== undefined &&
            isShort(red.data) &&
            text.services.since(
              format.duration(coveredSeconds(red.data) * 1e9),
              format.time(nanosToMs(red.data.coveredStart)),
            )}
        </span>
        <RangePicker value={range} onChange={change} />
      </header>
      <LoadingLine active={red.isFetching && red.data === undefined} />
      {red.isError ? (
        <FailurePanel failure={failureOf(red.error)} onRetry={() => void red.refetch()} />
      ) : red.data?.services.length === 0 ? (
        <QuietPanel icon={<IconServerOff size={26} />} title={text.services.nothing} hint={text.services.nothingHint}>
          <Link to="/">{text.common.toTraces}</Link>
        </QuietPanel>
      ) : (
        red.data !== undefined && <ServicesTable data={red.data} range={range} url={url} onSort={change} />
      )}
    </div>
  );
}

function ServicesTable({
  data,
  range,
  url,
  onSort,
}: {
  readonly data: ServicesRedResponse;
  readonly range: RangeUrl;
  readonly url: ServicesUrl;
  readonly onSort: (change: Partial<ServicesUrl>) => void;
}) {
  const text = useText(servicesText).services;
  const column = url.sort ?? 'name';
  const up = url.sort === undefined ? true : url.up === true;
  const sort = (next: ServiceColumn): void => {
    const ascending = next === column ? !up : next === 'name';
    onSort({sort: next, up: ascending ? true : undefined});
  };
  const seconds = coveredSeconds(data);
  const largest = {
    requests: Math.max(...data.services.map((service) => service.requests)),
    p50: Math.max(...data.services.map((service) => service.p50)),
    p95: Math.max(...data.services.map((service) => service.p95)),
    p99: Math.max(...data.services.map((service) => service.p99)),
  };
  return (
    <div className={classes.scroller}>
      <table className={classes.table}>
        <caption className="visually-hidden">{text.table}</caption>
        <thead>
          <tr>
            {serviceColumns.map((name) => {
              const direction = name === column ? (up ? 'up' : 'down') : undefined;
              return (
                <th key={name} scope="col" aria-sort={ariaSort(direction)}>
                  <SortHeader title={text[name]} direction={direction} onSort={() => sort(name)} />
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {sortServices(data.services, column, up).map((service) => (
            <ServiceRow key={service.name} service={service} seconds={seconds} range={range} largest={largest} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
