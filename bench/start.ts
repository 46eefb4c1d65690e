/**
 * From the command to readiness and back, and what Weft costs while nothing happens: `npm run bench:start [-- --rounds 5 --spans
 * 2000000 --idle 60 --commands serve,demo --load 80000]`. `--load`: a sender waits for Weft to listen and pushes at this rate from that
 * moment on, through its readiness (0 leaves it out). Memory is read after the idle time, with an empty store and after the spans. Everything is started as a user does it, by `./weft`; what that installs and builds is there already.
 */
import {mkdtempSync, rmSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {median} from './measure.ts';
import {calm, type MeasuredWeft, machine, measuredWeft, mib, type Resting, sendSpans, sleep} from './running-weft.ts';

const {values} = parseArgs({
  options: {
    rounds: {type: 'string', default: '5'},
    spans: {type: 'string', default: '2000000'},
    idle: {type: 'string', default: '60'},
    commands: {type: 'string', default: 'serve,demo'},
    load: {type: 'string', default: '80000'},
  },
});
const rounds = Number(values.rounds);

console.log(machine());
for (const command of values.commands.split(',').filter(Boolean)) await starts(command as 'serve' | 'demo');
if (Number(values.load) > 0) await startsUnderLoad(Number(values.load));

async function starts(command: 'serve' | 'demo'): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'weft-bench-'));
  try {
    const fresh = await measuredWeft({directory, command});
    print(`${command}, fresh start`, fresh.readyMs);
    if (command === 'serve') await idle('empty store', fresh);
    print(`${command}, stop`, await fresh.stop());
    await laterStarts(`${command}, later start`, directory, command);
    if (command === 'demo') return;

    const filled = await measuredWeft({directory, command});
    const address = filled.endpoints.otlp_grpc as string;
    await sendSpans(['--address', address, '--rate', '0', '--seconds', '0', '--window', '4', '--spans', values.spans]);
    await filled.flush();
    await calm(filled);
    await idle(`after ${Number(values.spans).toLocaleString('en')} spans`, filled);
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

/** The first start, and later ones, while a sender pushes as soon as anybody listens. */
async function startsUnderLoad(rate: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'weft-bench-'));
  try {
    for (let round = 0; round < 3; round++) {
      const address = `127.0.0.1:${await freePort()}`;
      const sending = sendSpans(['--address', address, '--rate', String(rate), '--seconds', '10', '--wait']);
      const weft = await measuredWeft({directory, sets: [`receivers.otlp.protocols.grpc.endpoint=${address}`]});
      const {spans, refused, failed, reasons, rate: reached, p99, max} = await sending;
      print(`serve, ${round === 0 ? 'first' : 'later'} start under load`, weft.readyMs);
      console.log(
        `  ${spans.toLocaleString('en')} spans at ${Math.round(reached).toLocaleString('en')} a second from its first listening on: ` +
          `refused ${refused}, failed ${failed}, acknowledged P99 ${p99.toFixed(0)} ms, max ${max.toFixed(0)} ms` +
          Object.entries(reasons)
            .map(([reason, count]) => `\n  ${count} requests: ${reason}`)
            .join(''),
      );
      await weft.stop();
    }
  } finally {
    rmSync(directory, {recursive: true, force: true});
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const {port} = server.address() as {port: number};
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** CPU of the idle time but its first ten seconds, in which caches and compilers settle; memory at its end. */
async function idle(name: string, weft: MeasuredWeft): Promise<void> {
  const seconds = Number(values.idle);
  await sleep(Math.min(10, seconds / 2) * 1000);
  const before = weft.cpu();
  const measured = seconds - Math.min(10, seconds / 2);
  await sleep(measured * 1000);
  const after = weft.cpu();
  const memory = weft.resting();
  const share = (micros: number): string => `${(micros / measured / 10_000).toFixed(2)} %`;
  const process = ({rss, pss, threads}: Resting): string => `${mib(rss)} (PSS ${mib(pss)}), ${threads} threads`;
  console.log(
    [
      `idle ${seconds} s, ${name}: CPU of a core: Weft ${share(after.weft - before.weft)}, engine ${share(after.engine - before.engine)}`,
      `memory: Weft ${process(memory.weft)}; engine ${process(memory.engine)}; both ${mib(memory.weft.rss + memory.engine.rss)} (PSS ${mib(memory.weft.pss + memory.engine.pss)})`,
    ].join('\n  '),
  );
}

function print(name: string, ms: number): void {
  console.log(`${name}: ${(ms / 1000).toFixed(2)} s`);
}
