import {IconServerOff} from '@tabler/icons-react';
import {type RefObject, useDeferredValue, useMemo} from 'react';
import type {SamplingResponse} from '../../api/index.ts';
import {useText, useVisible} from '../../i18n/index.ts';
import {type Column, DataTable, fitsWords} from '../../table/index.ts';
import type {SamplingColumn, SamplingUrl} from '../../urls/index.ts';
import {QuietPanel} from '../../widgets/index.ts';
import {Level, NameCell, Probability, Rate, Why} from './sampling-cells.tsx';
import {below, findSampling, idOf, type SamplingRow, serviceOfId, sortValue} from './sampling-rows.ts';
import {samplingText} from './text/index.ts';

/** Services, each with its operations below it when it is open. */
export function SamplingTable({
  sampling,
  url,
  within,
  onChange,
}: {
  readonly sampling: SamplingResponse;
  readonly url: SamplingUrl;
  /** Scrolls the table with what stands around it. */
  readonly within: RefObject<HTMLElement | null>;
  readonly onChange: (change: Partial<SamplingUrl>) => void;
}) {
  const text = useText(samplingText).sampling;
  const visible = useVisible();
  const {services} = sampling;
  const wanted = useDeferredValue(url.find ?? '');
  const found = useMemo(() => findSampling(services, fitsWords(wanted)), [services, wanted]);
  const rows = useMemo(() => found.map((service): SamplingRow => ({kind: 'service', service})), [found]);
  const columns = useSamplingColumns(sampling, onChange);
  const expansion = useMemo(() => {
    // A search among operations opens the services that have them.
    const partial = found.filter((service) => !services.includes(service)).map(({service}) => service);
    return {
      open: new Set([...(url.open ?? []), ...partial]),
      below,
      onToggle: (id: string, open: boolean) => {
        const next = [...(url.open ?? []).filter((one) => one !== id), ...(open ? [id] : [])];
        onChange({open: next.length > 0 ? next : undefined});
      },
    };
  }, [found, services, url.open, onChange]);
  return (
    <DataTable
      id="sampling"
      label={text.table}
      title={<h2>{text.services}</h2>}
      columns={columns}
      rows={rows}
      rowId={idOf}
      rowName={(row) => visible(serviceOfId(idOf(row)))}
      height={{one: 32, two: 58}}
      twoLinesBelow={760}
      sort={{column: url.sort ?? 'seen', up: url.sort !== undefined && url.up === true}}
      onSort={({column, up}) => onChange({sort: column as SamplingColumn, up: up ? true : undefined})}
      chosen={url.columns}
      onChosen={(chosen) => onChange({columns: chosen})}
      find={{value: url.find, onChange: (find) => onChange({find}), label: text.find}}
      expansion={expansion}
      within={within}
      empty={<QuietPanel icon={<IconServerOff size={26} />} title={text.nothing} hint={text.nothingHint} />}
    />
  );
}

function useSamplingColumns(
  {overrides, observing}: SamplingResponse,
  onChange: (change: Partial<SamplingUrl>) => void,
): readonly Column<SamplingRow>[] {
  const text = useText(samplingText).sampling;
  return useMemo(() => {
    const column = (
      id: SamplingColumn,
      rest: Pick<Column<SamplingRow>, 'width' | 'draw'> & Partial<Column<SamplingRow>>,
    ): Column<SamplingRow> => ({id, header: text.columns[id], value: (row) => sortValue(row, id, overrides), ...rest});
    const rate = (id: 'seen' | 'kept', rank: number): Column<SamplingRow> =>
      column(id, {
        align: 'end',
        width: {share: 1, min: 66},
        rank,
        hint: text.hints[id],
        draw: (row) => {
          if (row.kind === 'omitted') return undefined;
          const one = row.kind === 'service' ? row.service : row.operation;
          return observing ? <Rate of={one} figure={id} /> : '–';
        },
      });
    return [
      column('service', {
        up: true,
        width: {share: 4, min: 220},
        draw: (row, main) => <NameCell row={row} main={main} />,
      }),
      rate('seen', 2),
      rate('kept', 3),
      column('probability', {
        align: 'end',
        width: {share: 1.6, min: 74},
        draw: (row) => <Probability row={row} />,
      }),
      column('why', {
        up: true,
        width: {share: 3, min: 130},
        rank: 4,
        draw: (row) =>
          row.kind === 'omitted' ? undefined : (
            <Why reason={row.kind === 'service' ? row.service.reason : row.operation.reason} />
          ),
      }),
      column('level', {
        up: true,
        width: {share: 2, min: 112},
        rank: 1,
        draw: (row) =>
          row.kind === 'service' ? (
            <Level
              service={row.service.service}
              overrides={overrides}
              onEdit={(service) => onChange({edit: service})}
            />
          ) : undefined,
      }),
    ];
  }, [overrides, observing, onChange, text]);
}
