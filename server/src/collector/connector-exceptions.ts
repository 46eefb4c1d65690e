/** Counts the exceptions that spans record as events, and makes log records of them (the Collector's exceptions connector). */
import {always, bool, integer, list, object, withDefault} from '../config/index.ts';
import {type ConnectorFactory, type Exporter, reads} from '../pipeline/index.ts';
import {copyRecords, exceptionLogs, exceptionRows} from './connector-exceptions-logs.ts';
import {ExceptionCounts} from './connector-exceptions-metrics.ts';
import {checkNames, dimension} from './connector-spanmetrics-settings.ts';

const config = object(
  {
    dimensions: withDefault(
      list(dimension),
      [
        {name: 'exception.type', default: undefined},
        {name: 'exception.message', default: undefined},
      ],
      '[{name: exception.type}, {name: exception.message}]',
      'Labels beside service.name, span.name, span.kind and status.code: of the span, or else of the event, or else of the resource.',
    ),
    exemplars: always(
      object({enabled: withDefault(bool, false, 'false', 'Name the spans beside the points.')}),
      'Examples of spans.',
    ),
    max_series: withDefault(
      integer(1),
      100_000,
      '100000',
      "The most series; Weft's own bound on memory. Further ones are counted together, labelled `otel.metric.overflow`.",
    ),
  },
  ({dimensions}, node, report) => checkNames(dimensions, node.entries.get('dimensions')?.at ?? node.at, report),
);
export type ExceptionsConfig = ReturnType<typeof config.read>;

export const exceptionsConnector: ConnectorFactory<ExceptionsConfig> = {
  help: 'Counts the exceptions that spans record, scaled by sampling probability, and makes log records of them; of log records it takes those that are exceptions.',
  conversions: {traces: ['metrics', 'logs'], logs: ['metrics', 'logs']},
  config,
  create({clock, meter, id}, options, next): Exporter {
    const uncounted = meter.counter(
      'weft_connector_uncounted_spans',
      'Spans that a connector did not count in a series of their own, by reason.',
    );
    const counts = new ExceptionCounts(options, (reason) => uncounted.with({connector: id, reason}).add(1));
    meter
      .gauge('weft_connector_series', 'Series that a connector keeps.')
      .with({connector: id})
      .observe(() => counts.series);
    return {
      consumer: reads<'traces' | 'logs'>(async (batch, context) => {
        const now = clock.now();
        const rows = batch.signal === 'logs' ? exceptionRows(batch) : [];
        const found =
          batch.signal === 'logs' ? copyRecords(batch, rows) : exceptionLogs(batch, options.dimensions, now);
        if (found.items.count > 0) await next.logs?.consume(found, context);
        if (next.metrics === undefined) return;
        const {metrics, undo} =
          batch.signal === 'logs'
            ? counts.addRecords(batch, rows, context.tenant, now)
            : counts.add(batch, context.tenant, now);
        if (metrics === undefined) return;
        try {
          await next.metrics.consume(metrics, context);
        } catch (error) {
          // The sender comes again with the same spans.
          undo();
          throw error;
        }
      }),
    };
  },
};
