import {useMemo, useState} from 'react';
import {useFormat, useText, useVisible} from '../i18n/index.ts';
import {type Column, DataTable, type SortState} from '../table/index.ts';
import {useServiceSwatch} from '../theme/index.ts';
import {type ServiceCall, type ServiceNode, serviceCalls} from './service-calls.ts';
import {traceText} from './text/index.ts';
import classes from './trace-map.module.css';
import type {TraceModel} from './trace-model.ts';

const BOX = {width: 170, height: 44} as const;
const STEP = {x: 270, y: 62} as const;
const MARGIN = 16;

/** The map of one trace: its services by how far from its beginning they were called, and the calls between them. */
export function TraceMap({
  model,
  onService,
}: {
  readonly model: TraceModel;
  /** A service was chosen, by its name. */
  readonly onService: (service: string) => void;
}) {
  const text = useText(traceText).trace.map;
  const visible = useVisible();
  const map = useMemo(() => serviceCalls(model), [model]);
  const names = model.trace.services;
  const places = useMemo(() => placesOf(map.nodes), [map]);
  const width = Math.max(...[...places.values()].map(({x}) => x), 0) + BOX.width + MARGIN;
  const height = Math.max(...[...places.values()].map(({y}) => y), 0) + BOX.height + MARGIN;
  return (
    <div className={classes.map}>
      <div className={classes.drawing}>
        {/* biome-ignore lint/a11y/useSemanticElements: a drawing with buttons in it */}
        <svg width={width} height={height} role="group" aria-label={text.label}>
          {map.calls.map((call) => (
            <Call key={`${call.from} ${call.to}`} call={call} places={places} most={map.calls[0]!.total} />
          ))}
          {map.nodes.map((node) => (
            <Service
              key={node.service}
              node={node}
              name={visible(names[node.service]!)}
              raw={names[node.service]!}
              at={places.get(node.service)!}
              onChoose={() => onService(names[node.service]!)}
            />
          ))}
        </svg>
      </div>
      <Calls calls={map.calls} names={names} />
    </div>
  );
}

type Places = ReadonlyMap<number, {readonly x: number; readonly y: number}>;

/** A column for each layer, from the top down. */
function placesOf(nodes: readonly ServiceNode[]): Places {
  const layers = Map.groupBy(nodes, ({layer}) => layer);
  return new Map(
    [...layers].flatMap(([layer, all]) =>
      all.map(({service}, row) => [service, {x: MARGIN + layer * STEP.x, y: MARGIN + row * STEP.y}] as const),
    ),
  );
}

function Call({call, places, most}: {readonly call: ServiceCall; readonly places: Places; readonly most: number}) {
  const format = useFormat();
  const [from, to] = [places.get(call.from)!, places.get(call.to)!];
  const start = {x: from.x + BOX.width, y: from.y + BOX.height / 2};
  const end = {x: to.x, y: to.y + BOX.height / 2};
  // Back to an earlier column it goes around the boxes.
  const bend = Math.max(60, Math.abs(end.x - start.x) / 2);
  return (
    <g className={classes.call} data-failed={call.errors > 0}>
      <path
        d={`M ${start.x} ${start.y} C ${start.x + bend} ${start.y}, ${end.x - bend} ${end.y}, ${end.x} ${end.y}`}
        strokeWidth={1 + 3 * Math.sqrt(call.total / Math.max(1, most))}
      />
      <text x={(start.x + end.x) / 2} y={(start.y + end.y) / 2 - 6} textAnchor="middle">
        {`${format.count(call.calls)} ×`}
      </text>
    </g>
  );
}

function Service({
  node,
  name,
  raw,
  at,
  onChoose,
}: {
  readonly node: ServiceNode;
  readonly name: string;
  readonly raw: string;
  readonly at: {readonly x: number; readonly y: number};
  readonly onChoose: () => void;
}) {
  const {map: text} = useText(traceText).trace;
  const {common} = useText();
  const format = useFormat();
  const swatch = useServiceSwatch();
  return (
    <foreignObject {...at} {...BOX}>
      <button
        type="button"
        className={classes.service}
        data-failed={node.errors > 0}
        title={text.show(name)}
        onClick={onChoose}
      >
        <i style={{background: swatch(raw)}} aria-hidden="true" />
        <b>{name}</b>
        <span>
          {common.spans(node.spans, format.count(node.spans))}
          {node.errors > 0 && ` · ${text.failed(format.count(node.errors))}`}
        </span>
      </button>
    </foreignObject>
  );
}

/** The same in figures. */
function Calls({calls, names}: {readonly calls: readonly ServiceCall[]; readonly names: readonly string[]}) {
  const {map: text} = useText(traceText).trace;
  const format = useFormat();
  const visible = useVisible();
  const [sort, setSort] = useState<SortState | undefined>();
  const columns = useMemo((): readonly Column<ServiceCall>[] => {
    const name = (service: number): string => visible(names[service]!);
    const figure = (
      id: string,
      header: string,
      value: (call: ServiceCall) => number,
      write: (value: number) => string,
    ) => ({
      id,
      header,
      value,
      align: 'end' as const,
      width: {fixed: 110},
      draw: (call: ServiceCall) => write(value(call)),
    });
    return [
      {
        id: 'call',
        header: text.call,
        width: {share: 4, min: 200},
        value: ({from, to}) => `${name(from)} → ${name(to)}`,
        draw: ({from, to}, main) => <span {...main}>{`${name(from)} → ${name(to)}`}</span>,
      },
      figure('calls', text.calls, ({calls: count}) => count, format.count),
      figure('errors', text.errors, ({errors}) => errors, format.count),
      figure('total', text.total, ({total}) => total, format.duration),
    ];
  }, [names, text, format, visible]);
  return (
    <DataTable
      id="trace-map"
      label={text.list}
      columns={columns}
      rows={calls}
      rowId={({from, to}) => `${from} ${to}`}
      height={{one: 28}}
      sort={sort}
      onSort={setSort}
      empty={text.one}
    />
  );
}
