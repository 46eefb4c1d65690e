/**
 * For the crash test: a process with an engine and a spool that appends blocks without pause and prints the number of each once
 * it is acknowledged. It is there to be killed.
 */
import {silentLog} from '../base/index.ts';
import {createEmbeddedEngine} from '../engine/index.ts';
import {nativeNumbers} from '../native/testing.ts';
import {createSpool} from '../spool/index.ts';

const [directory, first] = process.argv.slice(2) as [string, string];
const engine = createEmbeddedEngine({directory: `${directory}/engine`, log: silentLog});
const spool = createSpool({directory: `${directory}/spool`, engine, log: silentLog, segmentMs: 30});
await engine.start();
await spool.start();
process.stdout.write(`engine ${engine.pid}\n`);
const rowsPerBlock = 50;
let next = Number(first);
const write = async (): Promise<void> => {
  for (;;) {
    const number = next++;
    await spool.append('crash', nativeNumbers(number * rowsPerBlock, rowsPerBlock), rowsPerBlock);
    process.stdout.write(`${number}\n`);
  }
};

await Promise.all([write(), write(), write()]);
