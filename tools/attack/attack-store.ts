/** What may befall the store: poison, scattered times, a damaged disk, a clock that steps, an engine that stands still. */
import {readdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {zstdCompressSync} from 'node:zlib';
import {engineOf} from '../../e2e/engine-of.ts';
import {sqlAt} from '../../e2e/load.ts';
import {attack, type Target} from './attack.ts';

/** Sends an OTLP/HTTP JSON body; resolves to the status and the answer. */
async function post(target: Target, signal: 'traces' | 'logs', body: object): Promise<{status: number; text: string}> {
  const response = await fetch(`http://${target.weft.endpoints.otlp_http}/v1/${signal}`, {
    method: 'POST',
    headers: {'content-type': 'application/json', 'content-encoding': 'zstd'},
    body: new Uint8Array(zstdCompressSync(JSON.stringify(body))),
  });
  return {status: response.status, text: await response.text()};
}

const attributes = (of: Readonly<Record<string, string>>) =>
  Object.entries(of).map(([key, stringValue]) => ({key, value: {stringValue}}));

let lastId = 0;
const spansAt = (resource: Readonly<Record<string, string>>, starts: readonly number[]): object => ({
  resourceSpans: [
    {
      resource: {attributes: attributes(resource)},
      scopeSpans: [
        {
          spans: starts.map((start) => ({
            traceId: `a77ac${String(++lastId).padStart(27, '0')}`,
            spanId: String(lastId).padStart(16, '0'),
            name: 'attack',
            startTimeUnixNano: `${start}000000`,
            endTimeUnixNano: `${start + 1}000000`,
          })),
        },
      ],
    },
  ],
});

const sql = (target: Target) => sqlAt(join(target.directory, 'clickhouse', 'engine.sock'));
const flush = async (target: Target): Promise<number> =>
  (await fetch(`${target.weft.http}/api/weft/v1/flush`, {method: 'POST'})).status;
const megabyte = 'x'.repeat(2 ** 20);

export const poison = attack({
  name: 'poison',
  about: 'a resource attribute of 1 MiB, and a service name of 1 MiB, in 16,000 spans: 0.4 MB each on the wire',
  maxGrowthMib: 500,
  async run(target) {
    const starts = Array.from({length: target.amount(16_000, 8000)}, () => Date.now());
    const faults: string[] = [];
    const large = await post(target, 'traces', spansAt({'service.name': 'poison', blob: megabyte}, starts));
    if (large.status !== 200) faults.push(`a large resource is answered ${large.status}`);
    const named = await post(target, 'traces', spansAt({'service.name': megabyte}, starts));
    if (named.status !== 400) faults.push(`a service name of 1 MiB is answered ${named.status}`);
    if ((await flush(target)) !== 200) faults.push('flush does not end');
    const count = (await sql(target)("SELECT count() FROM spans_11 WHERE service = 'poison' FORMAT TSV")).trim();
    if (count !== String(starts.length)) faults.push(`${count} of ${starts.length} spans are stored`);
    return faults;
  },
});

export const partitionBomb = attack({
  name: 'partition-bomb',
  about: '2,000 spans on 2,000 days ahead',
  maxGrowthMib: 150,
  async run(target) {
    const days = target.amount(2000, 300);
    await post(
      target,
      'traces',
      spansAt(
        {'service.name': 'bomb'},
        Array.from({length: days}, (_, i) => Date.now() + i * 86_400_000),
      ),
    );
    const status = await flush(target);
    const parts = Number(
      await sql(target)("SELECT uniq(partition) FROM system.parts WHERE active AND table = 'spans_11' FORMAT TSV"),
    );
    return [
      ...(status === 200 ? [] : [`flush answers ${status}`]),
      ...(parts <= 6 ? [] : [`the spans lie in ${parts} partitions`]),
    ];
  },
});

export const damagedSpool = attack({
  name: 'damaged-spool',
  about: 'one flipped bit in the first block of a segment that waits for ClickHouse',
  maxGrowthMib: 150,
  async run(target) {
    const faults: string[] = [];
    const engine = engineOf(target.weft.pid);
    if (engine === undefined) return ['no engine is found'];
    process.kill(engine, 'SIGSTOP');
    const sent = 20;
    for (let i = 0; i < sent; i++) {
      const record = {timeUnixNano: `${Date.now()}000000`, body: {stringValue: `log ${i}`}};
      await post(target, 'logs', {
        resourceLogs: [
          {resource: {attributes: attributes({'service.name': 'damaged'})}, scopeLogs: [{logRecords: [record]}]},
        ],
      });
    }
    await target.restart(async () => {
      const spool = join(target.directory, 'spool');
      const name = readdirSync(spool).find((each) => /^logs\..*\.native$/.test(each));
      if (name === undefined) return void faults.push('nothing waits in the spool');
      const bytes = readFileSync(join(spool, name));
      bytes[60] = (bytes[60] as number) ^ 4;
      writeFileSync(join(spool, name), bytes);
    });
    if ((await flush(target)) !== 200) faults.push('flush does not end');
    const count = Number(await sql(target)("SELECT count() FROM logs WHERE service = 'damaged' FORMAT TSV"));
    if (count !== sent - 1) faults.push(`${count} of ${sent} log records are found, of which one block was damaged`);
    const aside = readdirSync(join(target.directory, 'spool', 'rejected'));
    if (!aside.some((each) => each.endsWith('.damaged.native'))) faults.push('the damaged block is not put aside');
    const status = await (await fetch(`${target.weft.http}/api/weft/v1/status`)).text();
    if (!status.includes('the disk damaged')) faults.push('the status does not tell of it');
    return faults;
  },
});

export const clockStep = attack({
  name: 'clock-step',
  about: 'the spool cannot be written for a moment, and the clock steps an hour back then',
  start: {nodeArgs: ['--import', join(import.meta.dirname, 'stepping-clock.ts')]},
  maxGrowthMib: 150,
  async run(target) {
    const spool = join(target.directory, 'spool');
    renameSync(spool, `${spool}-away`);
    await sleep(1500);
    process.kill(target.weft.pid, 'SIGUSR2');
    renameSync(`${spool}-away`, spool);
    const {status} = await post(target, 'traces', spansAt({'service.name': 'clock'}, [Date.now()]));
    // That the honest sender is taken again within seconds is judged for every attack.
    return status === 200 || status === 503 ? [] : [`a span is answered ${status}`];
  },
});

export const stoppedEngine = attack({
  name: 'stopped-engine',
  about: 'the engine stands still (SIGSTOP) for 15 s, with questions and a flush',
  maxGrowthMib: 200,
  async run(target) {
    const engine = engineOf(target.weft.pid);
    if (engine === undefined) return ['no engine is found'];
    const faults: string[] = [];
    const ask = async (): Promise<{status: number; seconds: number}> => {
      const begin = performance.now();
      const {status} = await fetch(`${target.weft.http}/api/services`);
      return {status, seconds: (performance.now() - begin) / 1000};
    };
    process.kill(engine, 'SIGSTOP');
    try {
      for (const {status, seconds} of [await ask(), await ask()]) {
        if (status !== 503) faults.push(`a question is answered ${status} after ${seconds.toFixed(0)} s`);
        if (seconds > 20) faults.push(`a question waits ${seconds.toFixed(0)} s for its 503`);
      }
      const flushed = await flush(target);
      if (flushed !== 504) faults.push(`flush answers ${flushed}`);
    } finally {
      process.kill(engine, 'SIGCONT');
    }
    return faults;
  },
});
