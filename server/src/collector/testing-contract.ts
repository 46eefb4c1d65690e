/**
 * The promises that every component keeps, whoever wrote it: `contract` runs the same cases against each. A new component is held to them by
 * its line in `contract.test.ts`.
 */
import {describe, expect, it} from 'vitest';
import {defaultTenant, PermanentError, RetryableError, type TenantId, utf8Bytes} from '../base/index.ts';
import {type AnyBatch, type Lent, readAttributes, type Signal} from '../model/index.ts';
import {type OtlpCodec, otlp} from '../wire/index.ts';

/** A component at work in a pipeline of its own. */
export interface Subject {
  /** Sends an OTLP export request (protobuf) the way that the component takes data. Resolves when the sender may forget it. */
  send(signal: Signal, body: Uint8Array, tenant: TenantId): Promise<void>;
  /** Everything that came out behind it, in order: `tenant/service` for each item. */
  readonly out: readonly string[];
  /** From now on what lies behind refuses with this error, or takes everything again. */
  refuse(error: Error | undefined): void;
  /** From now on what lies behind waits with its answers until the returned function is called. */
  hold(): () => void;
  stop(): Promise<void>;
}

export interface Traits {
  readonly signals: readonly Signal[];
  /** Nothing behind it can refuse: it ends here. */
  readonly end?: boolean;
  /** It does not tell what comes out of it for which tenant. */
  readonly anonymous?: boolean;
}

export function contract(
  name: string,
  {signals, end = false, anonymous = false}: Traits,
  start: () => Promise<Subject>,
): void {
  const label = (tenant: string, service: string): string => `${anonymous ? defaultTenant : tenant}/${service}`;
  const using = async (work: (subject: Subject) => Promise<void>): Promise<void> => {
    const subject = await start();
    try {
      await work(subject);
    } finally {
      await subject.stop();
    }
  };
  describe.each(signals)(`${name}: %s`, (signal) => {
    const send = (subject: Subject, tenant: string, ...services: readonly string[]): Promise<void> =>
      subject.send(signal, requestOf(signal, services), tenant as TenantId);

    it(`${name}: three requests in the memory of one batch come out as three`, () =>
      using(async (subject) => {
        for (const service of ['a', 'b', 'c']) await send(subject, defaultTenant, service);
        await expect.poll(() => subject.out).toEqual(['a', 'b', 'c'].map((each) => label(defaultTenant, each)));
      }));

    it(`${name}: two resources one after the other stay two`, () =>
      using(async (subject) => {
        await send(subject, defaultTenant, 'a', 'b');
        await expect.poll(() => subject.out.toSorted()).toEqual([label(defaultTenant, 'a'), label(defaultTenant, 'b')]);
      }));

    it(`${name}: a request without items is a success and reaches nobody`, () =>
      using(async (subject) => {
        await send(subject, defaultTenant);
        await send(subject, defaultTenant, 'a');
        await expect.poll(() => subject.out).toEqual([label(defaultTenant, 'a')]);
      }));

    it(`${name}: two tenants stay apart`, () =>
      using(async (subject) => {
        const sent = [
          ['x', 'a'],
          ['y', 'b'],
          ['x', 'c'],
        ] as const;
        await Promise.all(sent.map(([tenant, service]) => send(subject, tenant, service)));
        await expect
          .poll(() => subject.out.toSorted())
          .toEqual(sent.map(([tenant, service]) => label(tenant, service)).toSorted());
      }));

    it.skipIf(end)(`${name}: a refusal reaches the sender as what it is, and nothing of the batch is kept`, () =>
      using(async (subject) => {
        subject.refuse(new RetryableError('full', 'later', 50));
        await expect(send(subject, defaultTenant, 'a')).rejects.toMatchObject({name: 'RetryableError'});
        subject.refuse(new PermanentError('bad', 'never'));
        await expect(send(subject, defaultTenant, 'b')).rejects.toMatchObject({name: 'PermanentError'});
        subject.refuse(undefined);
        await send(subject, defaultTenant, 'c');
        await expect.poll(() => subject.out).toEqual([label(defaultTenant, 'c')]);
      }),
    );

    it(`${name}: a stop while it consumes loses nothing that was answered with success`, () =>
      using(async (subject) => {
        const services = Array.from({length: 20}, (_, index) => `s${index}`);
        const letGo = subject.hold();
        const answers = services.map((service) => send(subject, defaultTenant, service));
        const stopped = subject.stop();
        letGo();
        const outcomes = await Promise.allSettled(answers);
        await stopped;
        const acknowledged = services.filter((_, index) => outcomes[index]?.status === 'fulfilled');
        expect(subject.out).toEqual(expect.arrayContaining(acknowledged.map((each) => label(defaultTenant, each))));
        expect(new Set(subject.out).size).toBe(subject.out.length);
        await expect(send(subject, defaultTenant, 'late')).rejects.toThrow();
      }));

    it(`${name}: it may be stopped twice, at once and later`, () =>
      using(async (subject) => {
        await send(subject, defaultTenant, 'a');
        await Promise.all([subject.stop(), subject.stop()]);
        await subject.stop();
      }));
  });
}

const id = (bytes: number, n: number): string => n.toString(16).padStart(2 * bytes, '0');

/** An export request with one item for each service, alike in all but their resource. */
export function requestOf(signal: Signal, services: readonly string[]): Uint8Array {
  const resource = (service: string) => ({attributes: [{key: 'service.name', value: {stringValue: service}}]});
  const items: Readonly<Record<Signal, (service: string) => object>> = {
    traces: (service) => ({
      scopeSpans: [
        {
          spans: [
            {
              traceId: id(16, 7),
              spanId: id(8, hash(service)),
              name: 'GET /',
              startTimeUnixNano: '1',
              endTimeUnixNano: '2',
            },
          ],
        },
      ],
    }),
    logs: () => ({scopeLogs: [{logRecords: [{timeUnixNano: '1', body: {stringValue: 'hello'}}]}]}),
    metrics: () => ({
      scopeMetrics: [{metrics: [{name: 'requests', gauge: {dataPoints: [{timeUnixNano: '1', asInt: '1'}]}}]}],
    }),
  };
  const key = {traces: 'resourceSpans', logs: 'resourceLogs', metrics: 'resourceMetrics'}[signal];
  const request = {[key]: services.map((service) => ({resource: resource(service), ...items[signal](service)}))};
  const codec = otlp[signal] as unknown as OtlpCodec<AnyBatch>;
  return codec.encodeProto(codec.decodeJson(utf8Bytes(JSON.stringify(request))).batch);
}

const hash = (text: string): number => [...text].reduce((sum, each) => sum * 31 + each.charCodeAt(0), 1);

/** The service of each item of a batch, in the order of the items. */
export function servicesOf(batch: Lent<AnyBatch>): string[] {
  const ofResource = (row: number): string => {
    const {attributes} = batch.resources.columns;
    const found = readAttributes(batch, attributes.from(row), attributes.count(row)).find(
      ({key}) => key === 'service.name',
    );
    return found?.value.type === 'string' ? found.value.value : '';
  };
  const resources =
    batch.signal === 'metrics'
      ? Array.from({length: batch.points.count}, (_, row) =>
          batch.metrics.columns.resource.get(batch.points.columns.metric.get(row)),
        )
      : Array.from({length: batch.items.count}, (_, row) =>
          (batch.signal === 'traces' ? batch.spans : batch.logs).columns.resource.get(row),
        );
  return resources.map(ofResource);
}
