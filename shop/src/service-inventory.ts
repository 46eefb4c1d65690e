/** Inventory: the catalogue with its stock; a Redis cache before PostgreSQL. */
import {setTimeout as sleep} from 'node:timers/promises';
import {retry, traced} from '@weft/instrument';
import {Redis} from 'ioredis';
import type {PoolClient} from 'pg';
import {catalogue, spoiltSkus} from './catalogue.ts';
import {createPool, isSuperuser, transaction} from './database.ts';
import {ShopError} from './errors.ts';
import {serveHttp} from './http-service.ts';
import {addIndex, availabilityQuery, createSchema, fullStock, loseIndex, restoreIndex} from './inventory-schema.ts';
import {createMetrics} from './metrics.ts';
import type {Service, ServiceContext} from './service.ts';

interface Line {
  readonly sku: string;
  readonly quantity: number;
}

const listCacheSeconds = 10;
/** Long, as availability over all warehouses is dear to ask for. */
const availabilityCacheSeconds = 120;
/** Within this time what was cached runs out when the index is lost. */
const staggerSeconds = 60;
/** The work for each line while its row is locked: the pick list. */
const pickListMilliseconds = 120;
/** The wait of PostgreSQL before it looks for a deadlock; only a superuser may set it, so a server of yours may keep its own. */
const deadlockTimeout = '5s';
const housekeepingMilliseconds = 30_000;

export async function startService({control, log, port}: ServiceContext): Promise<Service> {
  const url = await control.peer('postgres');
  const settings = (await isSuperuser(url)) ? {deadlock_timeout: deadlockTimeout} : {};
  const pool = createPool({url, maximumConnections: 8, settings, log});
  const redis = new Redis(await control.peer('redis'), {
    maxRetriesPerRequest: 2,
    // A failed command's stack then leads to the line that sent it, not into the client's parser.
    showFriendlyErrorStack: true,
  });
  redis.on('error', (error) => log.warn({err: error}, 'Redis connection'));
  await createSchema(pool);
  let table: 'small' | 'scanned' | 'indexed' = 'small';
  /** Changes of the faults are carried out one after the other. */
  let adapting: Promise<void> = Promise.resolve();
  const adaptNext = (): Promise<void> => {
    adapting = adapting.then(adapt).catch((error) => log.warn({err: error}, 'a fault could not be set up'));
    return adapting;
  };
  control.onFaults(adaptNext);
  await adaptNext();
  async function adapt(): Promise<void> {
    await writeFeatures();
    const before = table;
    const grows = control.share('missing-index') > 0;
    table = !grows ? 'small' : control.isMended('missing-index') ? 'indexed' : 'scanned';
    if (table === before) return;
    if (table === 'small') await traced('restore index', () => restoreIndex(pool));
    else if (before === 'small' || table === 'scanned')
      await traced('import marketplace catalogue', () => loseIndex(pool, log));
    if (table === 'indexed') await traced('create index', () => addIndex(pool));
    const keys = catalogue.map(({sku}) => `availability:${sku}`);
    if (table === 'small') return void (await redis.del(...keys));
    // One after the other: all at once would be a storm of scans, which is another story.
    for (const key of keys) await redis.expire(key, Math.ceil(Math.random() * staggerSeconds));
  }

  /** The nightly job of the story: writes each product's features; where it is faulty, with the wrong Redis type. */
  async function writeFeatures(): Promise<void> {
    const spoilt = new Set(spoiltSkus(control.share('fourth-layer-error')));
    for (const {sku} of catalogue) {
      const key = `features:${sku}`;
      await redis.del(key);
      if (spoilt.has(sku)) await redis.lpush(key, 'popularity=0.5', 'shelf=a');
      else await redis.set(key, JSON.stringify({popularity: 0.5, shelf: 'a'}));
    }
  }

  async function listProducts(): Promise<unknown> {
    const cached = await redis.get('products');
    if (cached !== null) return JSON.parse(cached);
    const {rows} = await pool.query(
      'SELECT p.sku, p.name, p.price_cents, s.quantity AS stock FROM products p JOIN stock s ON s.sku = p.sku ORDER BY p.sku',
    );
    await redis.set('products', JSON.stringify(rows), 'EX', listCacheSeconds);
    return rows;
  }

  async function stockOf(sku: string): Promise<number> {
    return traced('check stock', {attributes: {'product.sku': sku}}, async (span) => {
      const cached = await redis.get(`availability:${sku}`);
      span.setAttribute('cache.hit', cached !== null);
      if (cached !== null) return Number(cached);
      const {rows} = await pool.query(availabilityQuery, [sku]);
      const available = (rows as {quantity: string | null}[]).reduce(
        (sum, {quantity}) => sum + Number(quantity ?? 0),
        0,
      );
      await redis.set(`availability:${sku}`, available, 'EX', availabilityCacheSeconds);
      return available;
    });
  }

  /** Which shelf to pick from: the feature store's answer, which lives in Redis. */
  async function shelfOf(sku: string): Promise<string> {
    return traced('feature store lookup', {attributes: {'product.sku': sku, 'feature.name': 'shelf'}}, async () => {
      const features = await redis.get(`features:${sku}`);
      return (JSON.parse(features ?? '{"shelf":"a"}') as {shelf: string}).shelf;
    });
  }

  async function reserve(orderId: string, lines: readonly Line[]): Promise<void> {
    for (const {sku, quantity} of lines) {
      if ((await stockOf(sku)) < quantity) throw new ShopError('out_of_stock', `${sku} is sold out`);
      await shelfOf(sku);
    }
    await traced('deduct stock', {attributes: {'order.id': orderId, 'order.lines': lines.length}}, () => {
      const once = (): Promise<void> => transaction(pool, (client) => deduct(client, orderId, lines));
      return control.isMended('deadlock') ? retry('deduct lines', {attempts: 4, retryIf: isDeadlock}, once) : once();
    });
    log.info({order_id: orderId, lines: lines.length}, 'stock reserved');
  }

  /**
   * Takes each line off the stock. Rows are locked in the order of their SKUs, so that two carts with the same products
   * cannot wait for each other; the fault is to take them in the cart's own order.
   */
  async function deduct(client: PoolClient, orderId: string, lines: readonly Line[]): Promise<void> {
    const isFaulty = control.share('deadlock') > 0;
    const inOrder = isFaulty ? lines : lines.toSorted((a, b) => a.sku.localeCompare(b.sku));
    for (const [index, {sku, quantity}] of inOrder.entries()) {
      if (isFaulty && index > 0)
        await traced('write pick list', {attributes: {'product.sku': sku}}, () => sleep(pickListMilliseconds));
      const {rowCount} = await client.query(
        'UPDATE stock SET quantity = quantity - $1 WHERE sku = $2 AND quantity >= $1',
        [quantity, sku],
      );
      if (rowCount === 0) throw new ShopError('out_of_stock', `${sku} is sold out`);
      await client.query('INSERT INTO reservations (order_id, sku, quantity) VALUES ($1, $2, $3)', [
        orderId,
        sku,
        quantity,
      ]);
    }
  }

  async function release(orderId: string): Promise<void> {
    await transaction(pool, async (client) => {
      const {rows} = await client.query('DELETE FROM reservations WHERE order_id = $1 RETURNING sku, quantity', [
        orderId,
      ]);
      for (const {sku, quantity} of rows as Line[]) {
        await client.query('UPDATE stock SET quantity = quantity + $1 WHERE sku = $2', [quantity, sku]);
      }
    });
    log.info({order_id: orderId}, 'reservation released');
  }

  /** New goods arrive and old reservations go, so that the demo can run for ever. */
  const housekeeping = setInterval(() => {
    void traced('restock', async () => {
      await pool.query('UPDATE stock SET quantity = $1 WHERE quantity < $1', [fullStock]);
      await pool.query("DELETE FROM reservations WHERE made_at < now() - interval '10 minutes'");
    }).catch((error) => log.warn({err: error}, 'restocking failed'));
  }, housekeepingMilliseconds);

  const metrics = createMetrics('inventory');
  const http = await serveHttp({
    port,
    log,
    metrics,
    routes: [
      {method: 'GET', path: '/products', handle: async () => ({json: await listProducts()})},
      {
        method: 'GET',
        path: '/products/:sku',
        handle: async ({parameters: {sku = ''}}) => {
          const product = catalogue.find((one) => one.sku === sku);
          if (product === undefined) throw new ShopError('not_found', `there is no product ${sku}`);
          return {json: {...product, stock: await stockOf(sku)}};
        },
      },
      {
        method: 'POST',
        path: '/reservations',
        handle: async (request) => {
          const {order_id: orderId, lines} = parseReservation(await request.json());
          await reserve(orderId, lines);
          return {status: 201, json: {order_id: orderId}};
        },
      },
      {
        method: 'POST',
        path: '/reservations/:order/release',
        handle: async ({parameters: {order = ''}}) => {
          await release(order);
          return {json: {order_id: order}};
        },
      },
    ],
  });
  log.info({url: http.url}, 'inventory listens');
  return {
    peers: {inventory: http.url},
    stop: async () => {
      clearInterval(housekeeping);
      await http.stop();
      redis.disconnect();
      await pool.end();
    },
  };
}

/** Of two transactions that wait for each other the database ends one, and nothing of it has been done. */
const isDeadlock = (error: unknown): boolean => (error as {code?: unknown}).code === '40P01';

function parseReservation(body: unknown): {order_id: string; lines: Line[]} {
  const {order_id: orderId, lines} = body as {order_id?: unknown; lines?: unknown};
  const isLine = (line: Line): boolean =>
    typeof line?.sku === 'string' && Number.isInteger(line.quantity) && line.quantity > 0;
  if (typeof orderId !== 'string' || !Array.isArray(lines) || !lines.every(isLine)) {
    throw new ShopError('bad_request', 'expected {order_id, lines: [{sku, quantity}]}');
  }
  return {order_id: orderId, lines};
}
