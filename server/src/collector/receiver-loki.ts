/**
 * Receives what clients of Loki push (https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs): JSON, and protobuf
 * in Snappy. As from Loki, the answer is an empty 204, or a 400 with a text when a part was refused; the rest of it is kept.
 */
import {giveBytes, PermanentError} from '../base/index.ts';
import {always, bool, ignored, object, required, withDefault} from '../config/index.ts';
import {tableBytes} from '../model/index.ts';
import {
  createHttpServer,
  type HttpRoute,
  httpServerFields,
  httpServerOptions,
  serverObject,
  startListening,
} from '../net/index.ts';
import {createReceiverMetrics, type ReceiverFactory} from '../pipeline/index.ts';
import {decodeLokiJson, decodeLokiProto, snappyDecompress} from '../wire/index.ts';
import {graceMs, requestContext} from './receiver-spans.ts';

const config = object({
  protocols: always(
    object({
      http: required(serverObject(httpServerFields(3500)), 'Receive at `POST /loki/api/v1/push`.'),
      grpc: ignored('pushes are received over HTTP'),
    }),
    'The protocols to listen for.',
  ),
  use_incoming_timestamp: withDefault(
    bool,
    true,
    'true',
    'Keep the times of the lines. Else a record has only the time at which it came.',
  ),
});

const protobuf = 'application/x-protobuf';

export const lokiReceiver: ReceiverFactory<ReturnType<typeof config.read>> = {
  help: "Logs of Loki's clients, such as Promtail, Alloy, Fluent Bit and Docker's driver, at `POST /loki/api/v1/push`.",
  signals: ['logs'],
  config,
  create(settings, {protocols: {http}, use_incoming_timestamp: keepsTime}, intake) {
    const metrics = createReceiverMetrics(settings, 'http');
    const push: HttpRoute = {
      method: 'POST',
      contentTypes: ['application/json', protobuf],
      packed: 'snappy',
      async handle(request) {
        const {body, contentType, hold} = request;
        const now = settings.clock.now();
        const {batch, rejected, rejectedReason} =
          contentType === protobuf
            ? decodeLokiProto(snappyDecompress(body, http.max_request_body_size), now)
            : decodeLokiJson(body, now);
        giveBytes(body);
        if (!keepsTime) for (let row = 0; row < batch.logs.count; row++) batch.logs.columns.time.set(row, 0n);
        hold(tableBytes(batch) + batch.heap.bytes.length);
        await intake.deliver({
          batch,
          context: requestContext(request, http.include_metadata),
          transport: 'http',
          rejected,
        });
        if (rejected > 0) throw new PermanentError('invalid', rejectedReason);
        metrics.request();
        return {status: 204, contentType: 'text/plain; charset=utf-8', body: ''};
      },
    };
    const server = createHttpServer({
      routes: new Map([['/loki/api/v1/push', push]]),
      refuse: ({message}) => ({contentType: 'text/plain; charset=utf-8', body: `${message}\n`}),
      onRefused: (status) => metrics.request(status),
      admission: settings.admission,
      log: settings.log,
      ...httpServerOptions(http, settings),
      onForeign: () => metrics.foreign(),
    });
    return {
      start: () => startListening(settings, 'http', server, http.endpoint),
      stop: () => server.stop(graceMs),
    };
  },
};
