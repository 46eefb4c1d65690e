import {useMemo} from 'react';
import {useFormat, useText} from '../../i18n/index.ts';
import type {Column} from '../../table/index.ts';
import {type FigureName, figureNames} from './compare-services.ts';
import {ServiceFigure} from './service-figure.tsx';
import {ServiceNameCell} from './service-name-cell.tsx';
import type {ServiceRow} from './service-rows.ts';
import {Sparkline} from './sparkline.tsx';
import {servicesText} from './text/index.ts';

/** Those that leave first where room is scarce have the highest rank. */
const ranks: Readonly<Record<FigureName, number>> = {rate: 0, errors: 1, p99: 2, p95: 4, p50: 5};

/** Name and figures of a service or an operation. `seconds` is what the rates are of. */
export function useServiceColumns({
  rows,
  seconds,
  comparing,
}: {
  readonly rows: readonly ServiceRow[];
  readonly seconds: number;
  readonly comparing: boolean;
}): readonly Column<ServiceRow>[] {
  const text = useText(servicesText).services;
  const format = useFormat();
  return useMemo(() => {
    const nowOf = (row: ServiceRow) => (row.row === 'note' ? undefined : row.now);
    const largest = (figure: FigureName): number =>
      rows.reduce((most, row) => Math.max(most, nowOf(row)?.[figure] ?? 0), Number.MIN_VALUE);
    const figures = figureNames.map((figure): Column<ServiceRow> => {
      const most = figure === 'errors' ? 1 : largest(figure);
      return {
        id: figure,
        header: text[figure],
        hint: text.hints[figure],
        align: 'end',
        value: (row) => nowOf(row)?.[figure],
        width: {share: 1, min: 60},
        rank: ranks[figure],
        draw: (row) => {
          if (row.row === 'note') return undefined;
          return (
            <ServiceFigure
              of={row}
              figure={figure}
              traces={row.row === 'service' ? {service: row.name} : {service: row.service, operation: row.name}}
              seconds={seconds}
              share={(row.now?.[figure] ?? 0) / most}
              comparing={comparing}
            />
          );
        },
      };
    });
    return [
      {
        id: 'name',
        header: text.name,
        value: (row) => (row.row === 'note' ? undefined : row.name),
        up: true,
        width: {share: 2, min: 170},
        draw: (row, main) => <ServiceNameCell row={row} main={main} />,
      },
      {
        id: 'traffic',
        header: text.traffic,
        hint: text.hints.traffic,
        width: {share: 1, min: 110},
        rank: 9,
        draw: (row) =>
          row.row === 'service' && row.series !== undefined ? <Sparkline series={row.series} /> : undefined,
      },
      ...figures,
      {
        id: 'requests',
        header: text.requests,
        hint: text.hints.requests,
        align: 'end',
        hidden: true,
        value: (row) => nowOf(row)?.requests,
        width: {share: 1, min: 70},
        rank: 8,
        draw: (row) => {
          const requests = nowOf(row)?.requests;
          return requests === undefined ? undefined : format.count(requests);
        },
      },
    ];
  }, [rows, seconds, comparing, text, format]);
}
