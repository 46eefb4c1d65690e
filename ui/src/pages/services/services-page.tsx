import {IconServerOff} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {getRouteApi, Link} from '@tanstack/react-router';
import {useMemo} from 'react';
import {queries, type ServicesRedResponse} from '../../api/index.ts';
import {nanosToMs} from '../../format/index.ts';
import {ServicesTabs, useOwnAddress, usePageContext, View} from '../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../i18n/index.ts';
import {DataTable} from '../../table/index.ts';
import type {ServiceColumn, ServicesUrl} from '../../urls/index.ts';
import {QuietPanel} from '../../widgets/index.ts';
import {CompareNote} from './compare-note.tsx';
import {type ComparedService, compareServices} from './compare-services.ts';
import {coveredSeconds, isShort} from './covered-time.ts';
import {useServiceColumns} from './service-columns.tsx';
import {servicesText} from './text/index.ts';
import {useServices} from './use-services.ts';

const route = getRouteApi('/services');
const idOf = (service: ComparedService): string => service.name;

/** Rate, errors and duration of every service, beside those of another time where asked for, with the way into its traces. */
export function ServicesPage() {
  const {services: text} = useText(servicesText);
  const [context] = usePageContext();
  const {now, other} = useServices(context);
  const note = (
    <>
      {text.explain} <CompareNote compare={context.compare} other={other} />
    </>
  );
  // Nothing may be said of a change while the other time is not known, or holds nothing at all.
  const past = context.compare !== undefined && (other.data?.services.length ?? 0) > 0 ? other.data : undefined;
  return (
    <View
      title={text.title}
      note={note}
      bar={<ServicesTabs />}
      answer={now}
      skeleton={<ServicesTable now={undefined} past={undefined} scope={undefined} />}
      empty={({services}) => (services.length === 0 && (past?.services.length ?? 0) === 0 ? <Nothing /> : undefined)}
    >
      {(data) => <ServicesTable now={data} past={past} scope={context.service} />}
    </View>
  );
}

/** No service in this time, or none at all: then there is no trace to go to either. */
function Nothing() {
  const {services: text, common} = useText(servicesText);
  const {data} = useQuery(queries.services());
  if (data === undefined) return undefined;
  const waiting = data.services.length === 0;
  return (
    <QuietPanel
      icon={<IconServerOff size={26} />}
      title={waiting ? text.waiting : text.nothing}
      hint={waiting ? text.waitingHint : text.nothingHint}
    >
      <Link to="/">{waiting ? text.howToSend : common.toTraces}</Link>
    </QuietPanel>
  );
}

function ServicesTable({
  now,
  past,
  scope,
}: {
  readonly now: ServicesRedResponse | undefined;
  readonly past: ServicesRedResponse | undefined;
  /** The one service to show. */
  readonly scope: string | undefined;
}) {
  const text = useText(servicesText).services;
  const visible = useVisible();
  const url = route.useSearch();
  const change = useOwnAddress<ServicesUrl>();
  const rows = useMemo(() => {
    if (now === undefined) return undefined;
    const all = compareServices(now, past);
    return scope === undefined ? all : all.filter(({name}) => name === scope);
  }, [now, past, scope]);
  const columns = useServiceColumns({
    rows: rows ?? none,
    seconds: now === undefined ? 1 : coveredSeconds(now),
    comparing: past !== undefined,
  });
  return (
    <DataTable
      id="services"
      label={text.table}
      columns={columns}
      rows={rows}
      rowId={idOf}
      rowName={(service) => visible(service.name)}
      height={past === undefined ? {one: 32, two: 54} : {one: 44, two: 70}}
      twoLinesBelow={560}
      sort={{column: url.sort ?? 'name', up: url.sort === undefined || url.up === true}}
      onSort={(next) => change({sort: next.column as ServiceColumn, up: next.up ? true : undefined})}
      chosen={url.columns}
      onChosen={(chosen) => change({columns: chosen}, 'replace')}
      find={{value: url.find, onChange: (find) => change({find}, 'replace'), label: text.find, text: idOf}}
      footer={<Total answer={now} />}
    />
  );
}

const none: readonly ComparedService[] = [];

/** Beside the sums, how much of the time there is data of: below the table, where it moves nothing when it comes. */
function Total({answer}: {readonly answer: ServicesRedResponse | undefined}) {
  const text = useText(servicesText).services;
  const format = useFormat();
  if (answer === undefined) return '\u00a0';
  const sum = (figure: 'requests' | 'errors'): number =>
    answer.services.reduce((total, service) => total + service[figure], 0);
  const [requests, errors] = [sum('requests'), sum('errors')];
  const stored = answer.services.reduce((total, service) => total + (service.stored ?? service.requests), 0);
  const seconds = coveredSeconds(answer);
  return [
    text.total(
      format.count(answer.services.length),
      format.rate(requests / seconds),
      format.percent(requests === 0 ? 0 : errors / requests),
    ),
    ...(stored < requests ? [text.sampledTotal(format.count(stored))] : []),
    ...(isShort(answer)
      ? [text.since(format.duration(seconds * 1e9), format.time(nanosToMs(answer.coveredStart)))]
      : []),
  ].join(' · ');
}
