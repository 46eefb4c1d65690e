/** Inventory: the catalogue with its stock; a Redis cache before PostgreSQL. */
import {Redis} from 'ioredis';
import type {Pool} from 'pg';
import {catalogue, spoiltSkus} from './catalogue.ts';
import {createPool, transaction} from './database.ts';
import {ShopError} from './errors.ts';
import {serveHttp} from './http-service.ts';
import {createMetrics} from './metrics.ts';
import type {Service, ServiceContext} from './service.ts';
import {traced} from './telemetry.ts';

interface Line {
  readonly sku: string;
  readonly quantity: number;
}

const schema = `
  CREATE TABLE IF NOT EXISTS products (sku text PRIMARY KEY, name text NOT NULL, price_cents integer NOT NULL);
  CREATE TABLE IF NOT EXISTS inventory (sku text PRIMARY KEY, stock integer NOT NULL);
  CREATE TABLE IF NOT EXISTS reservations (
    order_id text NOT NULL, sku text NOT NULL, quantity integer NOT NULL, made_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, sku));`;
const stockCacheSeconds = 10;
const fullStock = 500;
const housekeepingMilliseconds = 30_000;

export async function startService({control, log, port}: ServiceContext): Promise<Service> {
  const pool = createPool({url: await control.peer('postgres'), maximumConnections: 8, log});
  const redis = new Redis(await control.peer('redis'), {maxRetriesPerRequest: 2});
  redis.on('error', (error) => log.warn({err: error}, 'Redis connection'));
  await prepare(pool);
  await writeFeatures();
  control.onFaults(() => void writeFeatures().catch((error) => log.warn({err: error}, 'features not written')));

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
      'SELECT p.sku, p.name, p.price_cents, i.stock FROM products p JOIN inventory i ON i.sku = p.sku ORDER BY p.sku',
    );
    await redis.set('products', JSON.stringify(rows), 'EX', stockCacheSeconds);
    return rows;
  }

  async function stockOf(sku: string): Promise<number> {
    return traced('check stock', {'product.sku': sku}, async (span) => {
      const cached = await redis.get(`stock:${sku}`);
      span.setAttribute('cache.hit', cached !== null);
      if (cached !== null) return Number(cached);
      const {rows} = await pool.query('SELECT sku, stock FROM inventory WHERE sku IN ($1)', [sku]);
      const stock: number | undefined = rows[0]?.stock;
      if (stock === undefined) throw new ShopError('not_found', `there is no product ${sku}`);
      await redis.set(`stock:${sku}`, stock, 'EX', stockCacheSeconds);
      return stock;
    });
  }

  /** Which shelf to pick from: the feature store's answer, which lives in Redis. */
  async function shelfOf(sku: string): Promise<string> {
    return traced('feature store lookup', {'product.sku': sku, 'feature.name': 'shelf'}, async () => {
      const features = await redis.get(`features:${sku}`);
      return (JSON.parse(features ?? '{"shelf":"a"}') as {shelf: string}).shelf;
    });
  }

  async function reserve(orderId: string, lines: readonly Line[]): Promise<void> {
    for (const {sku, quantity} of lines) {
      if ((await stockOf(sku)) < quantity) throw new ShopError('out_of_stock', `${sku} is sold out`);
      await shelfOf(sku);
    }
    await traced('deduct stock', {'order.id': orderId, 'order.lines': lines.length}, async () => {
      await transaction(pool, async (client) => {
        for (const {sku, quantity} of lines) {
          const {rowCount} = await client.query(
            'UPDATE inventory SET stock = stock - $1 WHERE sku = $2 AND stock >= $1',
            [quantity, sku],
          );
          if (rowCount === 0) throw new ShopError('out_of_stock', `${sku} is sold out`);
          await client.query('INSERT INTO reservations (order_id, sku, quantity) VALUES ($1, $2, $3)', [
            orderId,
            sku,
            quantity,
          ]);
        }
      });
      await redis.del(...lines.map(({sku}) => `stock:${sku}`));
    });
    log.info({order_id: orderId, lines: lines.length}, 'stock reserved');
  }

  async function release(orderId: string): Promise<void> {
    await transaction(pool, async (client) => {
      const {rows} = await client.query('DELETE FROM reservations WHERE order_id = $1 RETURNING sku, quantity', [
        orderId,
      ]);
      for (const {sku, quantity} of rows as Line[]) {
        await client.query('UPDATE inventory SET stock = stock + $1 WHERE sku = $2', [quantity, sku]);
      }
    });
    log.info({order_id: orderId}, 'reservation released');
  }

  /** New goods arrive and old reservations go, so that the demo can run for ever. */
  const housekeeping = setInterval(() => {
    void traced('restock', {}, async () => {
      await pool.query('UPDATE inventory SET stock = $1 WHERE stock < $1', [fullStock]);
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

async function prepare(pool: Pool): Promise<void> {
  await pool.query(schema);
  await pool.query(
    `INSERT INTO products (sku, name, price_cents)
     SELECT * FROM unnest($1::text[], $2::text[], $3::integer[]) ON CONFLICT DO NOTHING`,
    [catalogue.map((one) => one.sku), catalogue.map((one) => one.name), catalogue.map((one) => one.priceCents)],
  );
  await pool.query('INSERT INTO inventory (sku, stock) SELECT sku, $1 FROM products ON CONFLICT DO NOTHING', [
    fullStock,
  ]);
}

function parseReservation(body: unknown): {order_id: string; lines: Line[]} {
  const {order_id: orderId, lines} = body as {order_id?: unknown; lines?: unknown};
  const isLine = (line: Line): boolean =>
    typeof line?.sku === 'string' && Number.isInteger(line.quantity) && line.quantity > 0;
  if (typeof orderId !== 'string' || !Array.isArray(lines) || !lines.every(isLine)) {
    throw new ShopError('bad_request', 'expected {order_id, lines: [{sku, quantity}]}');
  }
  return {order_id: orderId, lines};
}
