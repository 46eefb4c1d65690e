/**
 * The databases and the broker that were not given by URL, in a process of their own: PostgreSQL from its packaged
 * binaries (PGlite where they do not run), Redis from the machine (a stand-in where there is none), a Kafka stand-in.
 */
import {connectControl, type Peers} from './control.ts';
import {type Engine, startPostgres} from './engine-postgres.ts';
import {startRedis} from './engine-redis.ts';
import {startKafkaStandIn} from './stand-in-kafka.ts';

const control = connectControl();
const wanted = (process.env.SHOP_ENGINES ?? '').split(',');

const starters: Readonly<Record<string, () => Promise<Engine>>> = {
  postgres: async () => {
    const server = process.env.SHOP_PGLITE === '1' ? undefined : await startPostgres();
    return server ?? (await (await import('./engine-pglite.ts')).startPglite());
  },
  redis: startRedis,
  kafka: async () => {
    const {brokers, close} = await startKafkaStandIn();
    return {url: brokers, description: 'a stand-in for Kafka (its protocol, one broker, in memory)', close};
  },
};

try {
  const names = wanted.filter((name) => Object.hasOwn(starters, name));
  const engines = await Promise.all(names.map((name) => (starters[name] as () => Promise<Engine>)()));
  control.onStop(async () => {
    await Promise.all(engines.map((engine) => engine.close()));
  });
  control.tell({
    kind: 'listening',
    peers: Object.fromEntries(engines.map((engine, index) => [names[index], engine.url])) as Peers,
    note: engines.map((engine) => engine.description).join(', '),
  });
} catch (error) {
  control.tell({kind: 'failed', message: `engines: ${error instanceof Error ? error.message : String(error)}`});
}
