import {useMemo, useRef, useState} from 'react';
import {type Layout, type Line, layOutGraph, nodeHeight, type Spot} from '../graph/index.ts';
import {useFormat, useText, useVisible} from '../i18n/index.ts';
import {type Column, DataTable, type SortState} from '../table/index.ts';
import {useServiceSwatch} from '../theme/index.ts';
import {useWidth} from '../widgets/index.ts';
import {type ServiceCall, type ServiceNode, serviceCalls} from './service-calls.ts';
import {traceText} from './text/index.ts';
import classes from './trace-map.module.css';
import type {TraceModel} from './trace-model.ts';

/** The map of one trace: callers to the left of what they call, within the width that there is. */
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
  const drawing = useRef<HTMLDivElement>(null);
  const place = useWidth(drawing) || undefined;
  const {spots, lines, width, height, nodeWidth} = useMemo(() => layOut(map, place), [map, place]);
  return (
    <div className={classes.map}>
      <div ref={drawing} className={classes.drawing}>
        {/* biome-ignore lint/a11y/useSemanticElements: a drawing with buttons in it */}
        <svg width={width} height={height} role="group" aria-label={text.label}>
          {map.calls.map((call) => (
            <Call key={idOf(call)} call={call} line={lines.get(idOf(call))!} most={map.calls[0]!.total} />
          ))}
          {map.nodes.map((node) => (
            <Service
              key={node.service}
              node={node}
              name={visible(names[node.service]!)}
              raw={names[node.service]!}
              spot={spots.get(String(node.service))!}
              width={nodeWidth}
              onChoose={() => onService(names[node.service]!)}
            />
          ))}
        </svg>
      </div>
      <Calls calls={map.calls} names={names} />
    </div>
  );
}

const idOf = ({from, to}: ServiceCall): string => `${from} ${to}`;

const layOut = ({nodes, calls}: ReturnType<typeof serviceCalls>, place: number | undefined): Layout =>
  layOutGraph(
    nodes.map(({service}) => String(service)),
    calls.map((call) => ({id: idOf(call), from: String(call.from), to: String(call.to)})),
    place,
  );

function Call({call, line, most}: {readonly call: ServiceCall; readonly line: Line; readonly most: number}) {
  const format = useFormat();
  const [x, y] = line.label;
  return (
    <g className={classes.call} data-failed={call.errors > 0}>
      <path d={line.path} strokeWidth={1 + 3 * Math.sqrt(call.total / Math.max(1, most))} />
      <text x={x} y={y - 6} textAnchor="middle">
        {`${format.count(call.calls)} ×`}
      </text>
    </g>
  );
}

function Service({
  node,
  name,
  raw,
  spot,
  width,
  onChoose,
}: {
  readonly node: ServiceNode;
  readonly name: string;
  readonly raw: string;
  readonly spot: Spot;
  readonly width: number;
  readonly onChoose: () => void;
}) {
  const {map: text} = useText(traceText).trace;
  const {common} = useText();
  const format = useFormat();
  const swatch = useServiceSwatch();
  return (
    <foreignObject x={spot.x} y={spot.y} width={width} height={nodeHeight}>
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
      rowId={idOf}
      height={{one: 28}}
      sort={sort}
      onSort={setSort}
      empty={text.one}
    />
  );
}
