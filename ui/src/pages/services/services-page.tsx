import {IconServerOff} from '@tabler/icons-react';
import {getRouteApi, Link, useNavigate} from '@tanstack/react-router';
import {useMemo} from 'react';
import type {ServicesRedResponse} from '../../api/index.ts';
import {nanosToMs} from '../../format/index.ts';
import {usePageContext, View} from '../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../i18n/index.ts';
import {DataTable} from '../../table/index.ts';
import type {ServiceColumn, ServicesUrl} from '../../urls/index.ts';
import {QuietPanel} from '../../widgets/index.ts';
import {CompareNote} from './compare-note.tsx';
import {compareOperations, compareServices} from './compare-services.ts';
import {coveredSeconds, isShort} from './covered-time.ts';
import {useServiceColumns} from './service-columns.tsx';
import {idOf, type ServiceRow} from './service-rows.ts';
import {servicesText} from './text/index.ts';
import {type Operations, useServices} from './use-services.ts';

const route = getRouteApi('/services');

/** Rate, errors and duration of every service, beside those of another time where asked for, with the way into its traces. */
export function ServicesPage() {
  const {services: text, common} = useText(servicesText);
  const format = useFormat();
  const [context] = usePageContext();
  const open = useOpen();
  const {now, other, operations} = useServices(context, open);
  const note = (
    <>
      {text.explain}{' '}
      {now.data !== undefined &&
        isShort(now.data) &&
        text.since(format.duration(coveredSeconds(now.data) * 1e9), format.time(nanosToMs(now.data.coveredStart)))}{' '}
      <CompareNote compare={context.compare} other={other} />
    </>
  );
  // Nothing may be said of a change while the other time is not known, or holds nothing at all.
  const past = context.compare !== undefined && (other.data?.services.length ?? 0) > 0 ? other.data : undefined;
  return (
    <View
      title={text.title}
      note={note}
      answer={now}
      skeleton={<ServicesTable now={undefined} past={undefined} operations={operations} />}
      empty={({services}) =>
        services.length === 0 && (past?.services.length ?? 0) === 0 ? (
          <QuietPanel icon={<IconServerOff size={26} />} title={text.nothing} hint={text.nothingHint}>
            <Link to="/">{common.toTraces}</Link>
          </QuietPanel>
        ) : undefined
      }
    >
      {(data) => <ServicesTable now={data} past={past} operations={operations} />}
    </View>
  );
}

/** Services whose operations are on show: those that the address names, or the one that the page is of. */
function useOpen(): readonly string[] {
  const [{service}] = usePageContext();
  const {open} = route.useSearch();
  return useMemo(() => open ?? (service === undefined ? [] : [service]), [open, service]);
}

function ServicesTable({
  now,
  past,
  operations,
}: {
  readonly now: ServicesRedResponse | undefined;
  readonly past: ServicesRedResponse | undefined;
  readonly operations: ReadonlyMap<string, Operations>;
}) {
  const text = useText(servicesText).services;
  const visible = useVisible();
  const url = route.useSearch();
  const open = useOpen();
  const [{service: scope}] = usePageContext();
  const navigate = useNavigate({from: '/services'});
  const change = (patch: Partial<ServicesUrl>, replace = false): void =>
    void navigate({search: (before) => ({...before, ...patch}), replace});
  const rows = useMemo(
    () =>
      now === undefined ? undefined : compareServices(now, past).map((one): ServiceRow => ({row: 'service', ...one})),
    [now, past],
  );
  const columns = useServiceColumns({
    rows: rows ?? none,
    seconds: now === undefined ? 1 : coveredSeconds(now),
    comparing: past !== undefined,
  });
  const expansion = {
    open: new Set(open),
    below: (row: ServiceRow, isOpen: boolean) => {
      if (row.row !== 'service') return undefined;
      return isOpen ? operationRows(row.name, operations.get(row.name)) : none;
    },
    onToggle: (id: string, isOpen: boolean) => {
      const next = [...open.filter((one) => one !== id), ...(isOpen ? [id] : [])];
      // Where the page is of one service, that one is open unless the address says otherwise.
      change({open: next.length > 0 ? next : scope === undefined ? undefined : ['none']}, true);
    },
  };
  return (
    <DataTable
      id="services"
      label={text.table}
      columns={columns}
      rows={rows}
      rowId={idOf}
      rowName={(row) => (row.row === 'note' ? '' : visible(row.name))}
      height={past === undefined ? {one: 32, two: 54} : {one: 44, two: 70}}
      twoLinesBelow={560}
      sort={{column: url.sort ?? 'name', up: url.sort === undefined || url.up === true}}
      onSort={(next) => change({sort: next.column as ServiceColumn, up: next.up ? true : undefined})}
      chosen={url.columns}
      onChosen={(chosen) => change({columns: chosen}, true)}
      find={{value: url.find, onChange: (find) => change({find}, true), label: text.find, text: idOf}}
      expansion={expansion}
      footer={<Total answer={now} />}
    />
  );
}

const none: readonly ServiceRow[] = [];

function operationRows(service: string, answers: Operations | undefined): readonly ServiceRow[] {
  const {data, isError} = answers?.now ?? {};
  if (data === undefined) return [{row: 'note', service, note: isError === true ? 'failed' : 'coming'}];
  const all = compareOperations(data, answers?.other?.data);
  if (all.length === 0) return [{row: 'note', service, note: 'none'}];
  return [
    ...all.map((one): ServiceRow => ({row: 'operation', service, ...one})),
    ...(data.more ? [{row: 'note', service, note: 'more'} as const] : []),
  ];
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
