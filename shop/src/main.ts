/** The shop's face, and its command: `node shop/src/main.ts [--help]`. */
import {parseArgs} from 'node:util';
import {isLoadShape, loadShapes} from './load-shapes.ts';
import {type Shop, type ShopOptions, startShop} from './start-shop.ts';

export {type FaultId, type FaultMode, type FaultView, faultIds, faults} from './faults.ts';
export {type LoadShape, loadShapes} from './load-shapes.ts';
export {type Shop, type ShopOptions, startShop} from './start-shop.ts';

const usage = `usage: node shop/src/main.ts [options]
  --otlp URL          where telemetry goes (default http://127.0.0.1:4318)
  --weft URL          where the storefront's links to traces lead (default http://127.0.0.1:16686)
  --port NUMBER       the storefront's port (default 8080)
  --services-port N   the first of the services' ports (default: free ones)
  --load SHAPE        ${Object.keys(loadShapes).join(', ')} (default steady)
  --postgres URL      PostgreSQL, Redis and Kafka to use instead of the shop's own;
  --redis URL         also SHOP_POSTGRES_URL, SHOP_REDIS_URL, SHOP_KAFKA_BROKERS
  --kafka BROKERS
  --verbose           print what the processes write
`;

async function main(): Promise<void> {
  const {values} = parseArgs({
    options: {
      otlp: {type: 'string'},
      weft: {type: 'string'},
      port: {type: 'string'},
      'services-port': {type: 'string'},
      load: {type: 'string'},
      postgres: {type: 'string'},
      redis: {type: 'string'},
      kafka: {type: 'string'},
      verbose: {type: 'boolean'},
      help: {type: 'boolean'},
    },
  });
  if (values.help === true) return void process.stdout.write(usage);
  const {load} = values;
  if (load !== undefined && !isLoadShape(load))
    throw new Error(`--load is one of ${Object.keys(loadShapes).join(', ')}`);
  const options = {
    otlpEndpoint: values.otlp,
    weftUrl: values.weft,
    storefrontPort: values.port === undefined ? undefined : Number(values.port),
    ports: values['services-port'] === undefined ? undefined : Number(values['services-port']),
    load,
    postgres: values.postgres,
    redis: values.redis,
    kafka: values.kafka,
    log: values.verbose === true ? (name: string, line: string) => console.log(`${name}: ${line}`) : undefined,
  };
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as ShopOptions;
  // The start begins processes at once: by then a signal has to be heard.
  let started: Shop | undefined;
  stopOnSignal(() => started);
  const shop = await startShop(given);
  started = shop;
  for (const note of shop.notes) console.log(note);
  console.log(`shop: ${shop.storefrontUrl}`);
}

/**
 * Stops the shop at the first signal. While it still starts there is nothing to be finished: its processes end with this one. The
 * second signal is let pass, for npm and the terminal may both send the first; the third ends the process at once.
 */
function stopOnSignal(running: () => Shop | undefined): void {
  let count = 0;
  const onSignal = (): void => {
    count++;
    const shop = running();
    if (count === 1) void (shop === undefined ? Promise.resolve() : shop.stop()).then(() => process.exit(0));
    else if (count > 2) process.exit(130);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  });
}
