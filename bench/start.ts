/**
 * From the command to readiness and back, and what Weft costs while nothing happens: `npm run bench:start [-- --rounds 5 --spans
 * 2000000 --idle 30]`. Everything is started as a user does it, by `./weft`; what that installs and builds is there already.
 */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {type MeasuredWeft, machine, measuredWeft, mib, sendSpans, sleep} from './running-weft.ts';

const {values} = parseArgs({
  options: {
    rounds: {type: 'string', default: '5'},
    spans: {type: 'string', default: '2000000'},
    idle: {type: 'string', default: '30'},
  },
});
const rounds = Number(values.rounds);

console.log(machine());
await starts('serve');
await starts('demo');

async function starts(command: 'serve' | 'demo'): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'weft-bench-'));
  try {
    const fresh = await measuredWeft({directory, command});
    print(`${command}, fresh start`, fresh.readyMs);
    if (command === 'serve') await idle(fresh);
    print(`${command}, stop`, await fresh.stop());
    await laterStarts(`${command}, later start`, directory, command);
    if (command === 'demo') return;

    const filled = await measuredWeft({directory, command});
    const address = filled.endpoints.otlp_grpc as string;
    await sendSpans(['--address', address, '--rate', '0', '--seconds', '0', '--window', '4', '--spans', values.spans]);
    await filled.stop();
    await laterStarts(
      `${command}, later start with ${Number(values.spans).toLocaleString('en')} spans`,
      directory,
      command,
    );
  } finally {
    rmSync(directory, {recursive: true, force: true});
  }
}

async function laterStarts(name: string, directory: string, command: 'serve' | 'demo'): Promise<void> {
  const ready: number[] = [];
  const stopped: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const weft = await measuredWeft({directory, command});
    ready.push(weft.readyMs);
    stopped.push(await weft.stop());
  }
  print(`${name}, median of ${rounds}`, median(ready));
  print('  and stop', median(stopped));
}

/** After ten seconds in which caches and compilers settle. */
async function idle(weft: MeasuredWeft): Promise<void> {
  const seconds = Number(values.idle);
  await sleep(10_000);
  const before = weft.cpu();
  await sleep(seconds * 1000);
  const after = weft.cpu();
  const memory = weft.memory();
  const share = (micros: number): string => `${(micros / seconds / 10_000).toFixed(2)} %`;
  console.log(
    `idle: CPU of a core: Weft ${share(after.weft - before.weft)}, engine ${share(after.engine - before.engine)}; ` +
      `memory: Weft ${mib(memory.weft)}, engine ${mib(memory.engine)}`,
  );
}

function print(name: string, ms: number): void {
  console.log(`${name}: ${(ms / 1000).toFixed(2)} s`);
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
