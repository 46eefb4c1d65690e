/**
 * Remote and adaptive sampling with OpenTelemetry Go's own jaegerremote sampler and Jaeger's own generated gRPC client. Needs Go
 * and its module proxy; says why it skips where they are not there.
 */
import {spawn, spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {expect, it} from 'vitest';
import {defaultTenant} from '../../server/src/base/index.ts';
import {startTestCollector} from '../../server/src/collector/testing.ts';
import {samplingControl} from '../../server/src/sampling/index.ts';

const service = 'go check-out';
const folder = join(import.meta.dirname, 'go-sampling');

/** Builds the program; undefined where that worked, else why it did not. */
function buildFails(program: string): string | undefined {
  const {status, error, stderr} = spawnSync('go', ['build', '-o', program, '.'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 100_000,
  });
  if (error === undefined && status === 0) return undefined;
  return error?.message ?? stderr.trim().split('\n').at(-1) ?? `exit ${status}`;
}

/** The running program; each order resolves with its answer. */
function orders(program: string, args: readonly string[]) {
  const child = spawn(program, args, {stdio: ['pipe', 'pipe', 'inherit']});
  const answers = createInterface({input: child.stdout})[Symbol.asyncIterator]();
  return {
    async order(text: string): Promise<string> {
      child.stdin.write(`${text}\n`);
      const {value, done} = await answers.next();
      if (done) throw new Error(`the program ended with ${child.exitCode}`);
      return value;
    },
    async end(): Promise<void> {
      const exit = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      await exit;
    },
  };
}

it('interoperation: remote sampling: Go follows what Weft says, by service and operation, and Weft reads what Go says', async (context) => {
  const work = mkdtempSync(join(tmpdir(), 'weft-interop-'));
  try {
    const program = join(work, 'service');
    const reason = buildFails(program);
    if (reason !== undefined) return context.skip(`Go cannot build the service here: ${reason}`);
    const clock = {time: Date.now(), now: () => clock.time};
    await using collector = await startTestCollector({
      clock,
      sets: ['extensions.remote_sampling.mode=fixed', 'extensions.remote_sampling.adaptive.min_samples_per_second=0'],
    });
    const {sampling, endpoints} = collector;
    const control = samplingControl(sampling);
    /** Ends a window of five seconds. */
    const pass = (): void => {
      clock.time += 5000;
      sampling.tick();
    };
    const go = orders(program, [`${endpoints.sampling_http}`, `${endpoints.sampling_grpc}`, `${endpoints.otlp_grpc}`]);
    const begin = async (count: number, operation: string): Promise<number> => {
      expect(await go.order('update')).toBe('updated');
      return Number(await go.order(`begin ${count} ${operation}`));
    };

    // One probability for all.
    expect(await begin(1000, 'busy')).toBe(1000);
    await control.changeSampling(defaultTenant, {probability: 0.25});
    expect((await begin(20_000, 'busy')) / 20_000).toBeCloseTo(0.25, 1);
    expect(JSON.parse(await go.order('grpc'))).toMatchObject({
      strategyType: 'PROBABILISTIC',
      probabilisticSampling: {samplingRate: 0.25},
      operationSampling: null,
    });

    // By operation, from the traffic: what Go sent says with `jaeger.sampler.param` that it stands for more.
    pass();
    await control.changeSampling(defaultTenant, {mode: 'adaptive', budget: 10});
    await begin(10, 'rare');
    pass();
    const {services} = await control.sampling(defaultTenant);
    const [told] = services.filter((each) => each.service === service);
    const [busy, rare] = ['busy', 'rare'].map((name) => told?.operations.find(({operation}) => operation === name));
    expect(busy!.seenRate / busy!.keptRate).toBeGreaterThan(2.5);
    expect(busy?.reason.kind).toBe('held');
    expect(rare).toMatchObject({probability: 1, reason: {kind: 'whole'}});
    expect(await begin(100, 'rare')).toBe(100);
    expect((await begin(20_000, 'busy')) / 20_000).toBeCloseTo(busy!.probability, 1);
    const answer = JSON.parse(await go.order('grpc'));
    expect(answer.operationSampling).toMatchObject({
      defaultSamplingProbability: 1,
      perOperationStrategies: expect.arrayContaining([
        {operation: 'busy', probabilisticSampling: {samplingRate: busy!.probability}},
        {operation: 'rare', probabilisticSampling: {samplingRate: 1}},
      ]),
    });

    // An incident.
    await control.setOverride(defaultTenant, {
      service: '*',
      what: 'sampling',
      value: 1,
      until: clock.time + 60_000,
      setBy: '',
      note: '',
    });
    expect(await begin(500, 'busy')).toBe(500);
    await control.clearOverride(defaultTenant, '*', 'sampling');
    expect(await begin(500, 'busy')).toBeLessThan(500);
    await go.end();
  } finally {
    rmSync(work, {recursive: true, force: true});
  }
});
