/** Pipelines, fan-out and the order of life, with parts that only tell what happens to them. */
import {describe, expect, it} from 'vitest';
import {PermanentError, RetryableError, silentLog} from '../base/index.ts';
import {formatFault, object} from '../config/index.ts';
import {type Consumer, type SpanBatch, setAttribute} from '../model/index.ts';
import type {
  Component,
  ConnectorFactory,
  Consumers,
  ExporterFactory,
  ProcessorFactory,
  ReceiverFactory,
  Registry,
} from './component.ts';
import {loadConfig} from './config-load.ts';
import {createGraph, type Graph} from './graph.ts';
import {contextOf, namesOf, recordingLog, spansNamed, testSettings} from './testing.ts';

/** Hands a signal on to the pipelines behind it. */
const forward: ConnectorFactory<object> = {
  help: '',
  conversions: {traces: ['traces'], metrics: ['metrics'], logs: ['logs']},
  mutates: true,
  config: object({}),
  create: (_, __, next) => ({consumers: next}),
};

interface Scene {
  readonly graph: Graph;
  readonly events: string[];
  /** What reached each exporter. */
  readonly taken: Record<string, SpanBatch[]>;
  readonly send: (receiver: string, batch: SpanBatch) => Promise<void>;
}

/** Builds a graph of receivers `in`, processors `read` and `mark` (which edits), exporters `out`. `fail` makes exporters refuse. */
function scene(yaml: string, fail: Readonly<Record<string, unknown>> = {}, broken = ''): Scene {
  const events: string[] = [];
  const taken: Record<string, SpanBatch[]> = {};
  const inputs = new Map<string, Consumers>();
  const life = (id: string): Component => ({
    async start() {
      events.push(`start ${id}`);
      if (id === broken) throw new Error(`${id} cannot start`);
    },
    async stop() {
      events.push(`stop ${id}`);
    },
  });
  const receiver: ReceiverFactory<object> = {
    help: '',
    signals: ['traces'],
    config: object({}),
    create(settings, _, next) {
      inputs.set(settings.id, next);
      return life(settings.id);
    },
  };
  const processor = (mutates: boolean): ProcessorFactory<object> => ({
    help: '',
    signals: ['traces'],
    mutates,
    config: object({}),
    create: ({id}, _, next) => ({
      ...life(id),
      async consume(batch, context) {
        const spans = batch as unknown as SpanBatch;
        if (mutates) setAttribute(spans, spans.spans.columns.attributes, 0, 'by', {type: 'string', value: id});
        await next(batch, context);
      },
    }),
  });
  const exporter: ExporterFactory<object> = {
    help: '',
    signals: ['traces'],
    mutates: false,
    config: object({}),
    create({id}) {
      const traces: Consumer<SpanBatch> = async (batch) => {
        if (id in fail) throw fail[id];
        (taken[id] ??= []).push(batch);
      };
      return {...life(id), consumers: {traces}};
    },
  };
  const registry: Registry = {
    receivers: {in: receiver},
    processors: {read: processor(false), mark: processor(true)},
    connectors: {forward},
    exporters: {out: exporter},
    extensions: {aside: {help: '', config: object({}), create: ({id}) => life(id)}},
  };
  const loaded = loadConfig({configs: [`yaml:${yaml}`], env: {}, registry});
  if (loaded.kind === 'faulty') throw new Error(loaded.faults.map(formatFault).join('\n'));
  const graph = createGraph(loaded.config, registry, (_, id) => testSettings({id}), silentLog);
  const send = (id: string, batch: SpanBatch): Promise<void> =>
    inputs.get(id)?.traces?.(batch, contextOf()) ?? Promise.reject(new Error(`nothing behind ${id}`));
  return {graph, events, taken, send};
}

const parts = `
receivers: {in: , in/2: }
processors: {read: , mark: , mark/2: }
connectors: {forward: , forward/2: }
exporters: {out: , out/2: , out/3: }
extensions: {aside: }
`;
const pipelines = (text: string): string => `${parts}service: {extensions: [aside], pipelines: {${text}}}`;
const attributesOf = (batch: SpanBatch | undefined): number => batch?.spans.columns.attributes.count(0) ?? -1;

describe('a batch', () => {
  it('goes through the processors to the exporter', async () => {
    const {send, taken} = scene(pipelines('traces: {receivers: [in], processors: [read, mark], exporters: [out]}'));
    await send('in', spansNamed('a'));
    expect(taken.out?.map(namesOf)).toEqual([['a']]);
    expect(attributesOf(taken.out?.[0])).toBe(1);
  });

  it('is shared by branches that only read', async () => {
    const {send, taken} = scene(pipelines('traces: {receivers: [in], exporters: [out, out/2]}'));
    const batch = spansNamed('a');
    await send('in', batch);
    expect([taken.out?.[0] === batch, taken['out/2']?.[0] === batch]).toEqual([true, true]);
  });

  it('is copied for a branch that edits while others read', async () => {
    const {send, taken} = scene(
      pipelines(
        'traces: {receivers: [in], exporters: [out]}, traces/2: {receivers: [in], processors: [mark], exporters: [out/2]}',
      ),
    );
    await send('in', spansNamed('a', 'b'));
    expect([attributesOf(taken.out?.[0]), attributesOf(taken['out/2']?.[0])]).toEqual([0, 1]);
    expect(taken['out/2']?.map(namesOf)).toEqual([['a', 'b']]);
  });

  it('is copied once less than there are branches that edit', async () => {
    const {send, taken} = scene(
      pipelines(
        'traces: {receivers: [in], processors: [mark], exporters: [out]}, traces/2: {receivers: [in], processors: [mark/2], exporters: [out/2]}',
      ),
    );
    const batch = spansNamed('a');
    await send('in', batch);
    expect([taken.out?.[0] === batch, taken['out/2']?.[0] === batch]).toEqual([false, true]);
    expect([attributesOf(taken.out?.[0]), attributesOf(taken['out/2']?.[0])]).toEqual([1, 1]);
  });

  it('crosses connectors', async () => {
    const {send, taken} = scene(
      pipelines(
        'traces/a: {receivers: [in], exporters: [forward]}, traces/b: {receivers: [forward, in/2], processors: [mark], exporters: [forward/2]}, traces/c: {receivers: [forward/2], exporters: [out]}',
      ),
    );
    await send('in', spansNamed('a'));
    await send('in/2', spansNamed('b'));
    expect(taken.out?.map(namesOf)).toEqual([['a'], ['b']]);
  });
});

describe('a refusal', () => {
  const two = pipelines('traces: {receivers: [in], exporters: [out, out/2, out/3]}');
  const later = new RetryableError('full', 'later', 1000);
  const muchLater = new RetryableError('full', 'much later', 9000);
  const never = new PermanentError('bad', 'never');
  const defect = new TypeError('defect');
  const cases: readonly [name: string, fail: Readonly<Record<string, unknown>>, error: unknown][] = [
    ['of one, retryable', {out: later}, later],
    ['of one, for good', {out: never}, never],
    ['retryable and for good', {out: never, 'out/2': later}, later],
    ['of two, retryable', {out: later, 'out/2': muchLater}, muchLater],
    ['unforeseen', {out: later, 'out/2': defect, 'out/3': never}, defect],
  ];
  it.each(cases)('%s is what the sender is told', async (_, fail, error) => {
    const {send, taken} = scene(two, fail);
    await expect(send('in', spansNamed('a'))).rejects.toBe(error);
    expect(Object.keys(taken).length).toBe(3 - Object.keys(fail).length);
  });
});

describe('life', () => {
  const chain = pipelines(
    'traces/a: {receivers: [in], processors: [read], exporters: [forward]}, traces/b: {receivers: [forward], processors: [mark, mark/2], exporters: [out]}',
  );
  it('starts from the end of the data and stops from its beginning', async () => {
    const {graph, events} = scene(chain);
    await graph.start();
    const order = ['in', 'read', 'mark', 'mark/2', 'out', 'aside'];
    expect(events.splice(0)).toEqual(order.toReversed().map((id) => `start ${id}`));
    await Promise.all([graph.stop(1000), graph.stop(1000)]);
    await graph.stop(1000);
    expect(events).toEqual(order.map((id) => `stop ${id}`));
  });

  it('stops what has started when a part cannot', async () => {
    const {graph, events} = scene(chain, {}, 'in');
    await expect(graph.start()).rejects.toThrow('in cannot start');
    expect(events.filter((each) => each.startsWith('stop'))).toContain('stop out');
  });

  it('does not wait for ever for a part that does not stop', async () => {
    const log = recordingLog();
    const stuck: ReceiverFactory<object> = {
      help: '',
      signals: ['traces'],
      config: object({}),
      create: () => ({stop: () => new Promise(() => {})}),
    };
    const registry: Registry = {
      receivers: {stuck},
      processors: {},
      connectors: {forward},
      exporters: {},
      extensions: {},
    };
    const yaml =
      'receivers: {stuck: }\nconnectors: {forward: }\nservice: {pipelines: {traces: {receivers: [stuck], exporters: [forward]}, traces/2: {receivers: [forward], exporters: [nothing]}}}';
    const exporters = {
      nothing: {
        help: '',
        signals: ['traces'],
        mutates: false,
        config: object({}),
        create: () => ({consumers: {traces: async () => {}}}),
      },
    } satisfies Registry['exporters'];
    const whole = {...registry, exporters};
    const loaded = loadConfig({configs: [`yaml:${yaml}\nexporters: {nothing: }`], env: {}, registry: whole});
    if (loaded.kind === 'faulty') throw new Error(loaded.faults.map(formatFault).join('\n'));
    const graph = createGraph(loaded.config, whole, (_, id) => testSettings({id}), log);
    await graph.start();
    await graph.stop(20);
    expect(log.lines.map((line) => line.message)).toEqual([
      'the pipeline did not drain in time; what was not acknowledged is left',
    ]);
  });
});
