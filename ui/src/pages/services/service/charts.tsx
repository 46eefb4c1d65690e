import {getRouteApi, useNavigate} from '@tanstack/react-router';
import {useMemo} from 'react';
import type {Exemplar, OperationsRedResponse} from '../../../api/index.ts';
import {LazyChart, type Selection} from '../../../chart/index.ts';
import {durationDecades, nanosToMs} from '../../../format/index.ts';
import {useOwnAddress, usePageContext} from '../../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../../i18n/index.ts';
import {absoluteRange, linkTo, type ServiceUrl} from '../../../urls/index.ts';
import {curvesOf} from './curves.ts';
import classes from './service-page.module.css';
import {serviceText} from './text/index.ts';
import {useServicePart} from './use-service.ts';

const route = getRouteApi('/services/$service');
const HEIGHT = 168;
const none: readonly Exemplar[] = [];

/** Rate, errors and durations of the service or of one operation over time; marks on the durations are traces. */
export function Charts({service, red}: {readonly service: string; readonly red: OperationsRedResponse | undefined}) {
  const {service: words} = useText(serviceText);
  const text = words.charts;
  const format = useFormat();
  const visible = useVisible();
  const navigate = useNavigate();
  const url = route.useSearch();
  const change = useOwnAddress<ServiceUrl>();
  const [context, setContext] = usePageContext();
  const {operation} = url;
  const kind = operation === undefined ? undefined : (url.kind ?? 'server');
  const exemplars = useServicePart('service/exemplars', service, {more: {operation, kind}, baseline: false});
  const marks = exemplars.data?.exemplars ?? none;
  const chosen = red?.operations.find((one) => one.name === operation && one.kind === kind);
  const series = operation === undefined ? red?.service?.series : chosen?.series;
  const curves = useMemo(() => (red === undefined ? undefined : curvesOf(red, series, marks)), [red, series, marks]);
  const what = operation === undefined ? text.all : visible(operation);
  const select = ({x}: Selection): void => setContext({...absoluteRange(x[0] * 1000, x[1] * 1000), live: undefined});
  const say = ({x}: Selection): string => `${format.time(x[0] * 1000)} – ${format.time(x[1] * 1000)} · ${text.keys}`;
  const shared = {height: HEIGHT, onSelect: select, saySelection: say};
  const noSeries = operation !== undefined && red !== undefined && series === undefined;
  return (
    <section className={classes.charts} aria-label={text.of}>
      <p className={classes.chartsOf}>
        <span className={classes.chartsWhat}>{what}</span>
        {operation !== undefined && (
          <button
            type="button"
            className={classes.plain}
            onClick={() => change({operation: undefined, kind: undefined})}
          >
            {text.whole}
          </button>
        )}
        <span className={classes.quiet}>{noSeries ? text.noSeries : text.hint}</span>
      </p>
      <div className={classes.chartRow}>
        <figure>
          <figcaption>{text.rate}</figcaption>
          {curves === undefined ? (
            <div style={{height: HEIGHT}} />
          ) : (
            <LazyChart
              {...shared}
              label={text.label(what, text.rate)}
              x={curves.x}
              y={{...curves.rate.y, log: false}}
              unit={format.rate}
              layers={curves.rate.layers}
            />
          )}
        </figure>
        <figure>
          <figcaption>{text.errors}</figcaption>
          {curves === undefined ? (
            <div style={{height: HEIGHT}} />
          ) : (
            <LazyChart
              {...shared}
              label={text.label(what, text.errors)}
              x={curves.x}
              y={{...curves.errors.y, log: false}}
              unit={format.percent}
              layers={curves.errors.layers}
            />
          )}
        </figure>
        <figure data-wide>
          <figcaption>
            {text.duration}
            <span className={classes.legend} aria-hidden="true">
              <i data-line="p50" /> P50 <i data-line="p95" /> P95 <i data-line="p99" /> P99
              <i data-mark="clean" /> {text.clean} <i data-mark="failed" /> {text.failed}
            </span>
          </figcaption>
          {curves === undefined ? (
            <div style={{height: HEIGHT}} />
          ) : (
            <LazyChart
              {...shared}
              label={text.label(what, text.duration)}
              x={curves.x}
              y={curves.duration.y && {...curves.duration.y, log: true}}
              unit={(value) => format.duration(value).replace(/[.,]0+(?= )/, '')}
              ticks={durationDecades}
              layers={curves.duration.layers}
              onPoint={(index) => {
                const one = marks[index];
                if (one !== undefined)
                  void navigate(linkTo({kind: 'span', traceId: one.traceId, spanId: one.spanId}, {context}) as never);
              }}
              tip={(index) => <Tip exemplar={marks[index]} />}
            />
          )}
        </figure>
      </div>
    </section>
  );
}

function Tip({exemplar}: {readonly exemplar: Exemplar | undefined}) {
  const {service: text} = useText(serviceText);
  const format = useFormat();
  const visible = useVisible();
  if (exemplar === undefined) return undefined;
  const {operation, durationNano, startUnixNano, failed} = exemplar;
  return (
    <>
      <strong>{visible(operation)}</strong>
      <div>
        {format.duration(Number(durationNano))}
        {failed && ` · ${text.charts.failed}`}
      </div>
      <div className={classes.quiet}>{format.moment(nanosToMs(startUnixNano))}</div>
    </>
  );
}
