/** Runs one attack against a Weft of its own, and judges how Weft bore it. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {type RunningWeft, startWeft} from '../../e2e/harness.ts';
import {compare, sqlAt} from '../../e2e/load.ts';
import type {Attack, Target} from './attack.ts';
import {type HonestSender, startHonestSender} from './honest-sender.ts';
import type {HonestReport} from './honest-worker.ts';
import {processMemory, resetPeak} from './process-memory.ts';

export interface Outcome {
  readonly honest: {
    readonly acknowledged: number;
    readonly refused: number;
    /** Milliseconds. */
    readonly p50: number;
    readonly p99: number;
    readonly max: number;
  };
  /** Of Weft's own process, without the engine; undefined where it cannot be read. */
  readonly memory: {readonly restMib: number; readonly peakMib: number} | undefined;
  /** Empty where Weft bore it. */
  readonly faults: readonly string[];
}

/** Requests acknowledged in peace, before and after. */
const atPeace = 40;
const patienceMs = 60_000;
const proper = /^(grpc (0|14)|http (200|503))$/;

export async function runAttack(attack: Attack, form: 'full' | 'short'): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), 'weft-attack-'));
  const faults: string[] = [];
  const reports: HonestReport[] = [];
  const start = (): Promise<RunningWeft> =>
    startWeft({
      ...attack.start,
      dataDirectory: directory,
      args: ['--log-level', 'error', ...(attack.start?.args ?? [])],
    });
  let weft = await start();
  let honest: HonestSender | undefined = startHonestSender(weft.endpoints);
  try {
    await acknowledges(honest, weft, atPeace);
    const rest = processMemory(weft.pid);
    resetPeak(weft.pid);
    const target: Target = {
      get weft() {
        return weft;
      },
      directory,
      amount: (full, short) => (form === 'full' ? full : short),
      async restart(meanwhile) {
        if (honest !== undefined) reports.push(await honest.stop());
        honest = undefined;
        await weft.stop();
        await meanwhile();
        weft = await start();
        honest = startHonestSender(weft.endpoints);
      },
      calm: (seconds) => sleep(seconds * 1000),
    };
    faults.push(...(await attack.run(target)));
    if (!(await acknowledges(honest, weft, atPeace)))
      faults.push(`no honest request is taken within ${patienceMs / 1000} s afterwards`);
    reports.push(await honest.stop());
    honest = undefined;
    const end = processMemory(weft.pid);
    if (!weft.alive) faults.push('Weft has ended');
    else faults.push(...(await missing(weft, directory, reports)));
    const memory = rest && end && {restMib: rest.nowMib, peakMib: end.peakMib};
    if (memory && memory.peakMib - memory.restMib > attack.maxGrowthMib) {
      const grown = Math.round(memory.peakMib - memory.restMib);
      faults.push(`Weft grew by ${grown} MiB; ${attack.maxGrowthMib} would be right`);
    }
    return {honest: summary(reports, attack.mayAnswer, faults), memory, faults};
  } finally {
    await honest?.stop();
    await weft.stop();
    rmSync(directory, {recursive: true, force: true});
  }
}

/** Whether this many more requests are acknowledged before long. */
async function acknowledges(honest: HonestSender, weft: RunningWeft, count: number): Promise<boolean> {
  const wanted = (await honest.acknowledged()) + count;
  for (const begin = performance.now(); performance.now() - begin < patienceMs && weft.alive; await sleep(20)) {
    if ((await honest.acknowledged()) >= wanted) return true;
  }
  return false;
}

/** Every acknowledged trace must be found whole, and once. */
async function missing(weft: RunningWeft, directory: string, reports: readonly HonestReport[]): Promise<string[]> {
  const flushed = await fetch(`${weft.http}/api/weft/v1/flush`, {
    method: 'POST',
    signal: AbortSignal.timeout(patienceMs),
  }).then(
    ({status}) => (status === 200 || status === 204 ? undefined : `flush answers ${status}`),
    (error: Error) => `flush: ${error.message}`,
  );
  if (flushed !== undefined) return [flushed];
  const found = await compare(sqlAt(join(directory, 'clickhouse', 'engine.sock')), reports);
  return [
    ...(found.missing.length > 0 ? [`${found.missing.length} acknowledged traces are not found`] : []),
    ...(found.broken.length > 0 ? [`${found.broken.length} traces are there in part, or twice`] : []),
  ];
}

function summary(reports: readonly HonestReport[], mayAnswer: RegExp | undefined, faults: string[]): Outcome['honest'] {
  const latencies = reports.flatMap((each) => each.latencies).sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  let refused = 0;
  for (const [answer, count] of reports.flatMap((each) => [...each.answers])) {
    if (/ (14|503)$/.test(answer)) refused += count;
    if (!proper.test(answer) && !mayAnswer?.test(answer))
      faults.push(`the honest sender was answered ${count} × ${answer}`);
  }
  return {acknowledged: latencies.length, refused, p50: at(0.5), p99: at(0.99), max: at(1)};
}
