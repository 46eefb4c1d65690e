/** Pipelines, fan-out and the order of life, with parts that only tell what happens to them. */
import {describe, expect, it} from 'vitest';
import {bug, PermanentError, RetryableError, silentLog} from '../base/index.ts';
import {formatFault, integer, object, withDefault} from '../config/index.ts';
import {type Consumer, copyBatch, type Lent, type SpanBatch, setAttribute} from '../model/index.ts';
import type {
  Component,
  ConnectorFactory,
  ExporterFactory,
  ProcessorFactory,
  ReceiverFactory,
  Registry,
} from './component.ts';
import type {CollectorConfig} from './config-check.ts';
import {loadConfig} from './config-load.ts';
import {createGraph, type Graph} from './graph.ts';
import type {Intake} from './intake.ts';
import {edits, handOn, inspects, reads} from './kit.ts';
import {contextOf, namesOf, recordingLog, spansNamed, testSettings} from './testing.ts';

/** Hands a signal on to the pipelines behind it. */
const forward: ConnectorFactory<object> = {
  help: '',
  conversions: {traces: ['traces'], metrics: ['metrics'], logs: ['logs']},
  config: object({}),
  create: (_, __, next) => ({consumer: handOn(next)}),
};

interface Scene {
  readonly graph: Graph;
  readonly registry: Registry;
  readonly events: string[];
  /** Copies of what reached each exporter. */
  readonly taken: Record<string, SpanBatch[]>;
  /** The batches that were lent to each exporter. */
  readonly seen: Record<string, Lent<SpanBatch>[]>;
  readonly send: (receiver: string, batch: SpanBatch) => Promise<void>;
}

/** Builds a graph of receivers `in`, processors `read` and `mark` (which edits), exporters `out`. `fail` makes exporters refuse. */
async function scene(yaml: string, fail: Readonly<Record<string, unknown>> = {}, broken = ''): Promise<Scene> {
  const events: string[] = [];
  const taken: Record<string, SpanBatch[]> = {};
  const seen: Record<string, Lent<SpanBatch>[]> = {};
  const inputs = new Map<string, Intake>();
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
    create(settings, _, intake) {
      inputs.set(settings.id, intake);
      return life(settings.id);
    },
  };
  const processor = (create: (id: string, next: Consumer) => Consumer): ProcessorFactory<object> => ({
    help: '',
    signals: ['traces'],
    config: object({}),
    create: ({id}, _, next) => ({...life(id), consumer: create(id, next)}),
  });
  const read = processor((_, next) => inspects(next, () => {}));
  /** Has a directory, and hands on at its end what it took. */
  const keep: ProcessorFactory<{version: number}> = {
    help: '',
    signals: ['traces'],
    config: object({version: withDefault(integer(0), 0, '0', '')}),
    create(settings, _, next) {
      settings.directory();
      const kept: SpanBatch[] = [];
      return {
        consumer: {access: 'takes', consume: async (batch) => void kept.push(batch as SpanBatch)},
        async stop() {
          for (const batch of kept) await next.consume(batch, contextOf());
          events.push(`stop ${settings.id}`);
        },
      };
    },
  };
  const file: ExporterFactory<{version: number}> = {
    help: '',
    signals: ['traces'],
    config: object({version: withDefault(integer(0), 0, '0', '')}),
    create(settings, config) {
      settings.directory();
      return exporter.create(settings, config);
    },
  };
  const mark = processor((id, next) =>
    edits<'traces'>(next, (batch) => {
      setAttribute(batch, batch.spans.columns.attributes, 0, 'by', {type: 'string', value: id});
      return batch;
    }),
  );
  const exporter: ExporterFactory<object> = {
    help: '',
    signals: ['traces'],
    config: object({}),
    create: ({id}) => ({
      ...life(id),
      consumer: reads<'traces'>(async (batch) => {
        if (id in fail) throw fail[id];
        (seen[id] ??= []).push(batch);
        (taken[id] ??= []).push(copyBatch(batch) as SpanBatch);
      }),
    }),
  };
  const registry: Registry = {
    receivers: {in: async () => receiver},
    processors: {read: async () => read, mark: async () => mark, keep: async () => keep},
    connectors: {forward: async () => forward},
    exporters: {out: async () => exporter, file: async () => file},
    extensions: {aside: async () => ({help: '', config: object({}), create: ({id}) => life(id)})},
  };
  const graph = createGraph(await load(yaml, registry), (_, id) => testSettings({id}), silentLog);
  const send = async (id: string, batch: SpanBatch): Promise<void> => {
    const intake = inputs.get(id) ?? bug(`no receiver ${id}`);
    await intake.deliver({batch, context: contextOf(), transport: 'test'});
  };
  return {graph, registry, events, taken, seen, send};
}

async function load(yaml: string, registry: Registry): Promise<CollectorConfig> {
  const loaded = await loadConfig({configs: [`yaml:${yaml}`], env: {}, registry});
  if (loaded.kind === 'faulty') throw new Error(loaded.faults.map(formatFault).join('\n'));
  return loaded.config;
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

describe('pipeline: a batch', () => {
  it('goes through the processors to the exporter', async () => {
    const {send, taken} = await scene(
      pipelines('traces: {receivers: [in], processors: [read, mark], exporters: [out]}'),
    );
    await send('in', spansNamed('a'));
    expect(taken.out?.map(namesOf)).toEqual([['a']]);
    expect(attributesOf(taken.out?.[0])).toBe(1);
  });

  it('is shared by branches that only read', async () => {
    const {send, seen} = await scene(pipelines('traces: {receivers: [in], exporters: [out, out/2]}'));
    const batch = spansNamed('a');
    await send('in', batch);
    expect([seen.out?.[0] === batch, seen['out/2']?.[0] === batch]).toEqual([true, true]);
  });

  it('is copied for a branch that edits while others read', async () => {
    const {send, taken} = await scene(
      pipelines(
        'traces: {receivers: [in], exporters: [out]}, traces/2: {receivers: [in], processors: [mark], exporters: [out/2]}',
      ),
    );
    await send('in', spansNamed('a', 'b'));
    expect([attributesOf(taken.out?.[0]), attributesOf(taken['out/2']?.[0])]).toEqual([0, 1]);
    expect(taken['out/2']?.map(namesOf)).toEqual([['a', 'b']]);
  });

  it('is copied once less than there are branches that edit', async () => {
    const {send, taken, seen} = await scene(
      pipelines(
        'traces: {receivers: [in], processors: [mark], exporters: [out]}, traces/2: {receivers: [in], processors: [mark/2], exporters: [out/2]}',
      ),
    );
    const batch = spansNamed('a');
    await send('in', batch);
    expect([seen.out?.[0] === batch, seen['out/2']?.[0] === batch]).toEqual([false, true]);
    expect([attributesOf(taken.out?.[0]), attributesOf(taken['out/2']?.[0])]).toEqual([1, 1]);
  });

  it('crosses connectors', async () => {
    const {send, taken} = await scene(
      pipelines(
        'traces/a: {receivers: [in], exporters: [forward]}, traces/b: {receivers: [forward, in/2], processors: [mark], exporters: [forward/2]}, traces/c: {receivers: [forward/2], exporters: [out]}',
      ),
    );
    await send('in', spansNamed('a'));
    await send('in/2', spansNamed('b'));
    expect(taken.out?.map(namesOf)).toEqual([['a'], ['b']]);
  });
});

describe('pipeline: a refusal', () => {
  const two = pipelines('traces: {receivers: [in], exporters: [out, out/2, out/3]}');
  const later = new RetryableError('full', 'later', 1000);
  const muchLater = new RetryableError('full', 'much later', 9000);
  const never = new PermanentError('bad', 'never');
  const defect = new TypeError('defect');
  const cases: readonly [name: string, fail: Readonly<Record<string, unknown>>, error: unknown][] = [
    ['of one, retryable', {out: later}, later],
    ['of one, permanent', {out: never}, never],
    ['retryable and permanent', {out: never, 'out/2': later}, later],
    ['of two, retryable', {out: later, 'out/2': muchLater}, muchLater],
    ['unforeseen', {out: later, 'out/2': defect, 'out/3': never}, defect],
  ];
  it.each(cases)('%s is what the sender is told', async (_, fail, error) => {
    const {send, taken} = await scene(two, fail);
    await expect(send('in', spansNamed('a'))).rejects.toBe(error);
    expect(Object.keys(taken).length).toBe(3 - Object.keys(fail).length);
  });
});

describe('pipeline: life', () => {
  const chain = pipelines(
    'traces/a: {receivers: [in], processors: [read], exporters: [forward]}, traces/b: {receivers: [forward], processors: [mark, mark/2], exporters: [out]}',
  );
  it('starts from the end of the data and stops from its beginning', async () => {
    const {graph, events} = await scene(chain);
    await graph.start();
    const order = ['in', 'read', 'mark', 'mark/2', 'out', 'aside'];
    expect(events.splice(0)).toEqual(order.toReversed().map((id) => `start ${id}`));
    await Promise.all([graph.stop(1000), graph.stop(1000)]);
    await graph.stop(1000);
    expect(events).toEqual(order.map((id) => `stop ${id}`));
  });

  it('stops what has started when a part cannot', async () => {
    const {graph, events} = await scene(chain, {}, 'in');
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
    const nothing: ExporterFactory<object> = {
      help: '',
      signals: ['traces'],
      config: object({}),
      create: () => ({consumer: reads(async () => {})}),
    };
    const registry: Registry = {
      receivers: {stuck: async () => stuck},
      processors: {},
      connectors: {},
      exporters: {nothing: async () => nothing},
      extensions: {},
    };
    const yaml =
      'receivers: {stuck: }\nexporters: {nothing: }\nservice: {pipelines: {traces: {receivers: [stuck], exporters: [nothing]}}}';
    const graph = createGraph(await load(yaml, registry), (_, id) => testSettings({id}), log);
    await graph.start();
    await graph.stop(20);
    expect(log.lines.map((line) => line.message)).toEqual([
      'the pipeline did not drain in time; what was not acknowledged is left',
    ]);
  });
});

describe('pipeline: a reload', () => {
  const one = pipelines('traces: {receivers: [in], processors: [read, mark], exporters: [out]}');
  const reload = async ({graph, registry}: Scene, yaml: string) => graph.reload(await load(yaml, registry));

  it('leaves alone what stays, and moves what is joined to it', async () => {
    const all = await scene(one);
    const {graph, send, events, taken} = all;
    await graph.start();
    events.length = 0;
    const change = await reload(
      all,
      pipelines('traces: {receivers: [in], processors: [read, mark/2, mark], exporters: [out, out/2]}'),
    );
    expect(change).toEqual({
      added: ['exporter/out/2', 'processor/mark/2@traces'],
      replaced: [],
      removed: [],
    });
    expect(events).toEqual(['start out/2', 'start mark/2']);
    await send('in', spansNamed('a'));
    expect([taken.out?.map(namesOf), taken['out/2']?.map(namesOf)]).toEqual([[['a']], [['a']]]);
    await graph.stop(1000);
  });

  it('gives a batch of its own to a processor that edits, where one that only reads was before', async () => {
    const all = await scene(
      pipelines(
        'traces: {receivers: [in], processors: [read], exporters: [out]}, traces/2: {receivers: [in], exporters: [out/2]}',
      ),
    );
    const {graph, send, taken} = all;
    await reload(
      all,
      pipelines(
        'traces: {receivers: [in], processors: [read, mark], exporters: [out]}, traces/2: {receivers: [in], exporters: [out/2]}',
      ),
    );
    await send('in', spansNamed('a'));
    expect([attributesOf(taken.out?.[0]), attributesOf(taken['out/2']?.[0])]).toEqual([1, 0]);
    await graph.stop(1000);
  });

  it('stops what is left out, in the order of the data, once what takes its place has started', async () => {
    const all = await scene(
      pipelines(
        'traces/a: {receivers: [in], processors: [mark], exporters: [forward]}, traces/b: {receivers: [forward, in/2], exporters: [out]}',
      ),
    );
    const {graph, send, events, taken} = all;
    await graph.start();
    events.length = 0;
    const change = await reload(all, pipelines('traces/b: {receivers: [in/2], exporters: [out/2]}'));
    expect(change.removed.toSorted()).toEqual([
      'connector/forward',
      'exporter/out',
      'processor/mark@traces/a',
      'receiver/in',
    ]);
    expect(events).toEqual(['start out/2', 'stop in', 'stop mark', 'stop out']);
    await send('in/2', spansNamed('b'));
    await expect(send('in', spansNamed('a'))).rejects.toThrow('is stopping');
    expect([taken.out, taken['out/2']?.map(namesOf)]).toEqual([undefined, [['b']]]);
    await graph.stop(1000);
  });

  it('replaces parts that keep files in the order of the data, and those behind take what one hands on at its end', async () => {
    const both = (version: number): string => `
receivers: {in: }
processors: {keep: {version: ${version}}}
exporters: {file: {version: ${version}}}
service: {pipelines: {traces: {receivers: [in], processors: [keep], exporters: [file]}}}`;
    const all = await scene(both(1));
    const {graph, send, events, taken} = all;
    await graph.start();
    await send('in', spansNamed('a'));
    events.length = 0;
    const change = await reload(all, both(2));
    expect(change.replaced).toEqual(['exporter/file', 'processor/keep@traces']);
    expect(events).toEqual(['stop keep', 'stop file', 'start file']);
    expect(taken.file?.map(namesOf)).toEqual([['a']]);
    await graph.stop(1000);
  });

  it('changes nothing where a part cannot start', async () => {
    const all = await scene(one, {}, 'out/2');
    const {graph, send, events, taken} = all;
    await graph.start();
    events.length = 0;
    await expect(
      reload(all, pipelines('traces: {receivers: [in], processors: [mark/2], exporters: [out, out/2]}')),
    ).rejects.toThrow('out/2 cannot start');
    expect(events.filter((each) => each.startsWith('stop')).toSorted()).toEqual(['stop mark/2', 'stop out/2']);
    await send('in', spansNamed('a'));
    expect(taken.out?.map(namesOf)).toEqual([['a']]);
    await graph.stop(1000);
  });
});
