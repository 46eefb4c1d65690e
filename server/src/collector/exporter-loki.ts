/** Pushes logs to Loki (the Collector's loki exporter, which is gone upstream: Loki 3 takes OTLP itself, at `/otlp`). */
import {defaultTenant, PermanentError, parseTenant, type TenantId, utf8} from '../base/index.ts';
import {always, bool, headerMap, ignored, object, required, unsupported, withDefault} from '../config/index.ts';
import {type AnyBatch, type Lent, type LogBatch, subset} from '../model/index.ts';
import {
  clientFields,
  createForwarder,
  type ExporterFactory,
  fixedHeaders,
  reads,
  throwWorst,
} from '../pipeline/index.ts';
import {snappyCompress} from '../wire/index.ts';
import {answerError, createHttpClient, httpUrl, transportFields} from './http-client.ts';
import {ownPart} from './loadbalancing-members.ts';
import {encodePush, hasLabel, hintedTenant} from './loki-streams.ts';

const url = httpUrl('a URL, such as http://loki:3100/loki/api/v1/push');
const label = (name: string) => withDefault(bool, true, 'true', `The label \`${name}\`.`);
const gone = 'the exporter takes hints in the data instead: `loki.attribute.labels` and `loki.resource.labels`';

const endpoint = required(url, 'The whole URL, such as http://loki:3100/loki/api/v1/push.');
const settings = object({
  endpoint,
  headers: withDefault(headerMap, new Map<string, string>(), '{}', 'Sent with every request.'),
  ...clientFields(30_000),
  default_labels_enabled: always(
    object({exporter: label('exporter'), job: label('job'), instance: label('instance'), level: label('level')}),
    'Labels that are set without a hint.',
  ),
  labels: unsupported(gone),
  tenant: unsupported('write `headers: {X-Scope-OrgID: …}`, or a hint `loki.tenant`'),
  tenant_id: unsupported('write `headers: {X-Scope-OrgID: …}`, or a hint `loki.tenant`'),
  format: unsupported('write a hint `loki.format`: json, logfmt or raw'),
  compression: ignored('pushes are compressed with Snappy'),
  ...transportFields,
});

/** With a note that names the successor. */
const config: typeof settings = {
  ...settings,
  read(node, report) {
    report.warn(
      node.at,
      '`loki` is gone upstream and works here; its successor is `otlphttp` with `endpoint: http://loki:3100/otlp`',
    );
    return settings.read(node, report);
  },
};

export const lokiExporter: ExporterFactory<ReturnType<typeof config.read>> = {
  help: 'Pushes logs to Loki, with labels by hints. Gone upstream; its successor is `otlphttp` to `/otlp` of Loki 3.',
  signals: ['logs'],
  config,
  create(settings, options) {
    const {id, meter, clock, log} = settings;
    const http = createHttpClient(options.tls, options.timeout, options);
    const fixed = fixedHeaders(options.headers);
    /** Of what no hint gives another. */
    const fixedTenant = parseTenant(fixed['x-scope-orgid'] ?? '');
    const unlabelled = meter
      .counter(
        'otelcol_lokiexporter_send_failed_due_to_missing_labels',
        'Number of log records that failed to send because labels were missing.',
      )
      .with({exporter: id});
    const forwarder = createForwarder(settings, {
      ...options,
      encode: (batch) =>
        snappyCompress(
          encodePush(batch as Lent<LogBatch>, options.default_labels_enabled, BigInt(clock.now()) * 1_000_000n),
        ),
      async send({tenant, body, authorize}) {
        const own = tenant === defaultTenant ? {} : {'x-scope-orgid': tenant};
        const headers = authorize({
          'user-agent': 'weft',
          ...(fixedTenant === undefined ? {...own, ...fixed} : {...fixed, ...own}),
          'content-type': 'application/x-protobuf',
        });
        const answer = await http.post(options.endpoint, headers, body);
        const {status} = answer;
        if (status >= 200 && status < 300) return {rejected: 0, message: ''};
        const message = `Loki answered HTTP ${status}: ${utf8(answer.body).trim().slice(0, 1000)}`;
        throw answerError(answer, message, status === 429 || status >= 500, clock.now());
      },
      close: () => http.close(),
    });
    const give = (
      batch: Lent<LogBatch>,
      rows: readonly number[],
      tenant: TenantId,
      context: {readonly metadata?: never} | object,
    ) => {
      const {consumer} = forwarder;
      const of = {...context, tenant};
      if (consumer.access === 'takes') return consumer.consume(ownPart(batch as Lent<AnyBatch>, rows), of);
      return consumer.consume(rows.length === batch.logs.count ? batch : subset(batch as Lent<AnyBatch>, rows), of);
    };
    return {
      ...forwarder,
      consumer: reads<'logs'>(async (batch, context) => {
        const tenants = new Map<TenantId, number[]>();
        let dropped = 0;
        for (let row = 0; row < batch.logs.count; row++) {
          if (!hasLabel(batch, row, options.default_labels_enabled)) {
            dropped++;
            continue;
          }
          const hinted = hintedTenant(batch, row);
          const tenant = hinted === undefined ? (fixedTenant ?? context.tenant) : parseTenant(hinted);
          if (tenant === undefined)
            throw new PermanentError(
              'bad_tenant',
              `the hint loki.tenant leads to ${hinted}, which is no tenant's name`,
            );
          const rows = tenants.get(tenant);
          if (rows === undefined) tenants.set(tenant, [row]);
          else rows.push(row);
        }
        if (dropped > 0) {
          unlabelled.add(dropped);
          context.onLeftOut?.(dropped, 'Loki takes no log record without a label');
          log.warn({items: dropped}, 'log records without any label are dropped: Loki takes none');
        }
        throwWorst(
          await Promise.allSettled([...tenants].map(async ([tenant, rows]) => give(batch, rows, tenant, context))),
        );
      }),
    };
  },
};
