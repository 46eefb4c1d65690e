/**
 * One service as a process: `node run-service.ts order`. Telemetry starts first, so that every library the service
 * loads after it is instrumented.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {start} from '@weft/instrument';
import {connectControl} from './control.ts';
import {createShopSampler} from './sampler.ts';
import type {StartService} from './service.ts';

const names = ['gateway', 'order', 'inventory', 'payment', 'notification'] as const;
const name = names.find((one) => one === process.argv[2]);
/** Longer than this a stop waits for nothing: the telemetry must still go out before the supervisor's limit. */
const stopMilliseconds = 2_500;
if (name === undefined) throw new Error(`usage: run-service.ts ${names.join('|')}`);

const control = connectControl();
const telemetry = start({sampler: createShopSampler(control, name, process.env.SHOP_SAMPLING_URL)});
const {pino} = await import('pino');
const log = pino({name, level: process.env.LOG_LEVEL ?? 'info'});
const {startService} = (await import(`./service-${name}.ts`)) as {startService: StartService};
try {
  const service = await startService({control, log, port: Number(process.env.SHOP_PORT ?? 0)});
  control.onStop(async () => {
    await Promise.race([service.stop(), sleep(stopMilliseconds)]);
    await telemetry.shutdown();
  });
  control.tell({kind: 'listening', peers: service.peers, ...(service.note === undefined ? {} : {note: service.note})});
} catch (error) {
  log.fatal({err: error}, `${name} cannot start`);
  control.tell({kind: 'failed', message: `${name}: ${error instanceof Error ? error.message : String(error)}`});
}
