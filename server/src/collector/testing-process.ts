/**
 * A collector in a process of its own, without a store: `node testing-process.ts DIRECTORY YAML`. Says its endpoints on the first
 * line of its output; ends in peace when its input ends.
 */
import {createMeter, type Log, silentLog, systemClock} from '../base/index.ts';
import {formatFault} from '../config/index.ts';
import {loadConfig, reads, startCollector} from '../pipeline/index.ts';
import {registry} from './registry.ts';

const [directory = '', yaml = ''] = process.argv.slice(2);
const told = (_: object, message: string): void => void process.stderr.write(`${message}\n`);
const log: Log = {...silentLog, error: told, child: () => log};
const loaded = await loadConfig({configs: [`yaml:${yaml}`], env: {}, registry});
if (loaded.kind === 'faulty') throw new Error(loaded.faults.map(formatFault).join('\n'));
const meter = createMeter();
const collector = await startCollector({
  config: loaded.config,
  sink: reads(async () => {}),
  directory,
  log,
  clock: systemClock,
  meter,
  freePorts: false,
});
process.stdout.write(`${JSON.stringify(collector.endpoints)}\n`);
process.stdin.resume();
process.stdin.once('end', async () => {
  await collector.stop(20_000);
  // The values of its counters, for those who want to know what became of its data.
  process.stdout.write(`${JSON.stringify(meter.read().filter(({kind}) => kind === 'counter'))}\n`);
  process.exit();
});
