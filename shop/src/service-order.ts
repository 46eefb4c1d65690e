/** Orders: gRPC; a saga over inventory and payment, orders in PostgreSQL, `order.created` on Kafka. */
import {randomUUID} from 'node:crypto';
import {Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status} from '@grpc/grpc-js';
import {trace} from '@opentelemetry/api';
import {recordFailure, SagaError, saga, traced} from '@weft/instrument';
import {Kafka, logLevel, Partitioners} from 'kafkajs';
import {createPool, transaction} from './database.ts';
import {failureKind, failures, ShopError} from './errors.ts';
import {callJson} from './http-client.ts';
import {serveHttp} from './http-service.ts';
import {createMetrics} from './metrics.ts';
import {type CreateOrderRequest, loadOrderService, type Order, type OrderLine, type OrderMethods} from './order-api.ts';
import type {Service, ServiceContext} from './service.ts';
import {activeTraceId} from './telemetry.ts';
import {orderCreatedTopic} from './topics.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS orders (
    id text PRIMARY KEY, tenant text NOT NULL, customer text NOT NULL, status text NOT NULL, total_cents integer NOT NULL,
    trace_id text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX IF NOT EXISTS idx_orders_tenant ON orders (tenant, created_at DESC);
  CREATE TABLE IF NOT EXISTS order_items (
    order_id text NOT NULL REFERENCES orders ON DELETE CASCADE, sku text NOT NULL, quantity integer NOT NULL,
    price_cents integer NOT NULL);
  CREATE INDEX IF NOT EXISTS idx_order_items_order ON order_items (order_id);
  CREATE TABLE IF NOT EXISTS subscribers (email text PRIMARY KEY);`;
const inventoryTimeoutMilliseconds = 8_000;
const paymentTimeoutMilliseconds = 15_000;
const accountingTimeoutMilliseconds = 20_000;
const housekeepingMilliseconds = 60_000;

export async function startService({control, log, port}: ServiceContext): Promise<Service> {
  const pool = createPool({url: await control.peer('postgres'), maximumConnections: 6, log});
  await pool.query(schema);
  const kafka = new Kafka({
    clientId: 'order',
    brokers: (await control.peer('kafka')).split(','),
    logLevel: logLevel.NOTHING,
  });
  const producer = kafka.producer({createPartitioner: Partitioners.DefaultPartitioner});
  await producer.connect();
  const metrics = createMetrics('order');
  const ordersTotal = metrics.counter('shop_orders_total', 'Orders by outcome.', ['outcome']);

  async function reserve({id, lines}: Order): Promise<void> {
    await callJson('Inventory service', `${await control.peer('inventory')}/reservations`, {
      method: 'POST',
      json: {order_id: id, lines: lines.map(({sku, quantity}) => ({sku, quantity}))},
      timeoutMilliseconds: inventoryTimeoutMilliseconds,
      withoutContext: control.strikes('lost-context'),
    });
  }

  async function release({id}: Order): Promise<void> {
    await callJson('Inventory service', `${await control.peer('inventory')}/reservations/${id}/release`, {
      method: 'POST',
      timeoutMilliseconds: inventoryTimeoutMilliseconds,
    });
  }

  async function pay({id, total_cents}: Order, {card_token, card}: CreateOrderRequest): Promise<void> {
    const canary = control.strikes('bad-canary') ? control.optionalPeer('payment-canary') : undefined;
    await callJson('Payment service', `${canary ?? (await control.peer('payment'))}/charges`, {
      method: 'POST',
      json: {order_id: id, amount_cents: total_cents, card_token, ...(card ? {card} : {})},
      timeoutMilliseconds: paymentTimeoutMilliseconds,
    });
  }

  async function createOrder(request: CreateOrderRequest): Promise<Order> {
    const {tenant, customer, lines} = request;
    if (lines.length === 0) throw new ShopError('bad_request', 'an order without lines');
    const total = lines.reduce((sum, line) => sum + line.quantity * line.price_cents, 0);
    const order: Order = {
      id: `ORD-${randomUUID()}`,
      status: 'confirmed',
      total_cents: total,
      trace_id: activeTraceId(),
      created_at: new Date().toISOString(),
      lines,
    };
    trace.getActiveSpan()?.setAttributes({
      'order.id': order.id,
      'order.lines': lines.length,
      'order.total_cents': total,
      'product.sku': lines[0]?.sku ?? '',
    });
    try {
      await saga('order', order, [
        {name: 'reserve stock', run: reserve, compensate: release},
        {name: 'take payment', run: () => pay(order, request)},
        {name: 'store order', run: () => store(order, tenant, customer)},
      ]);
    } catch (error) {
      throw error instanceof SagaError ? error.cause : error;
    }
    if (request.email) await subscribeToNews(request.email);
    await producer.send({
      topic: orderCreatedTopic,
      messages: [{key: order.id, value: JSON.stringify({order_id: order.id, tenant, customer, total_cents: total})}],
    });
    log.info({order_id: order.id, tenant, total_cents: total}, 'order created');
    if (control.strikes('pool-exhausted'))
      void exportInvoice(order.id).catch((error) => log.warn({err: error}, 'invoice not exported'));
    return order;
  }

  async function store(order: Order, tenant: string, customer: string): Promise<void> {
    await transaction(pool, async (client) => {
      await client.query(
        'INSERT INTO orders (id, tenant, customer, status, total_cents, trace_id) VALUES ($1, $2, $3, $4, $5, $6)',
        [order.id, tenant, customer, order.status, order.total_cents, order.trace_id],
      );
      await client.query(
        `INSERT INTO order_items (order_id, sku, quantity, price_cents)
         SELECT $1, * FROM unnest($2::text[], $3::integer[], $4::integer[])`,
        [
          order.id,
          order.lines.map((one) => one.sku),
          order.lines.map((one) => one.quantity),
          order.lines.map((one) => one.price_cents),
        ],
      );
    });
  }

  /** The fault: a statement put together from text, and kept for debugging where the masking of SQL does not look. */
  async function subscribeToNews(email: string): Promise<void> {
    const statement = `INSERT INTO subscribers (email) VALUES ('${email.replaceAll("'", "''")}') ON CONFLICT DO NOTHING`;
    trace.getActiveSpan()?.setAttribute('debug.statement', statement);
    await pool.query(statement);
    log.info(`newsletter confirmation goes to ${email}`);
  }

  /** The fault: it keeps its database connection while the accounting system takes its time. */
  async function exportInvoice(orderId: string): Promise<void> {
    await traced('export invoice', {attributes: {'order.id': orderId}}, async () => {
      const client = await pool.connect();
      try {
        await client.query('SELECT id, total_cents FROM orders WHERE id = $1', [orderId]);
        await callJson('Accounting', `${await control.peer('provider')}/invoices`, {
          method: 'POST',
          json: {order_id: orderId},
          timeoutMilliseconds: accountingTimeoutMilliseconds,
        });
      } finally {
        client.release();
      }
    });
  }

  const columns = 'id, status, total_cents, trace_id, created_at::text AS created_at';
  async function withLines(order: Omit<Order, 'lines'>): Promise<Order> {
    const items = await pool.query('SELECT sku, quantity, price_cents FROM order_items WHERE order_id = $1', [
      order.id,
    ]);
    return {...order, lines: items.rows as OrderLine[]};
  }

  async function getOrder({tenant, id}: OrderMethods['GetOrder']['request']): Promise<Order> {
    const {rows} = await pool.query(`SELECT ${columns} FROM orders WHERE tenant = $1 AND id = $2`, [tenant, id]);
    const order = rows[0] as Omit<Order, 'lines'> | undefined;
    if (order === undefined) throw new ShopError('not_found', `there is no order ${id}`);
    return withLines(order);
  }

  async function listOrders({tenant, limit}: OrderMethods['ListOrders']['request']): Promise<{orders: Order[]}> {
    const orders = await pool.query(
      `SELECT ${columns} FROM orders WHERE tenant = $1 ORDER BY created_at DESC LIMIT $2`,
      [tenant, limit],
    );
    const rows = orders.rows as Omit<Order, 'lines'>[];
    if (control.strikes('chatty-n-plus-1')) return {orders: await Promise.all(rows.map(withLines))};
    const items = await pool.query(
      'SELECT order_id, sku, quantity, price_cents FROM order_items WHERE order_id = ANY($1)',
      [rows.map((order) => order.id)],
    );
    const lines = items.rows as (OrderLine & {readonly order_id: string})[];
    return {orders: rows.map((order) => ({...order, lines: lines.filter((line) => line.order_id === order.id)}))};
  }

  const methods: {
    [M in keyof OrderMethods]: (request: OrderMethods[M]['request']) => Promise<OrderMethods[M]['reply']>;
  } = {
    CreateOrder: async (request) => {
      try {
        const order = await createOrder(request);
        ordersTotal.inc({outcome: 'created'});
        return order;
      } catch (error) {
        ordersTotal.inc({outcome: failureKind(error)});
        throw error;
      }
    },
    GetOrder: getOrder,
    ListOrders: listOrders,
  };

  function unary<Request, Reply>(name: string, method: (request: Request) => Promise<Reply>) {
    return (call: ServerUnaryCall<Request, Reply>, done: sendUnaryData<Reply>): void => {
      const started = performance.now();
      const finish = (code: number): void =>
        metrics.observe({method: 'gRPC', route: name, status: code}, (performance.now() - started) / 1000);
      method(call.request).then(
        (reply) => {
          finish(status.OK);
          done(null, reply);
        },
        (error: Error) => {
          const {grpc: code} = failures[failureKind(error)];
          const span = trace.getActiveSpan();
          if (span !== undefined && failures[failureKind(error)].http >= 500) recordFailure(span, error);
          log[failures[failureKind(error)].http >= 500 ? 'error' : 'info'](
            {err: error, method: name},
            `${name} failed: ${error.message}`,
          );
          finish(code);
          done({code, details: error.message});
        },
      );
    };
  }

  const server = new Server();
  server.addService(
    loadOrderService().service,
    Object.fromEntries(
      Object.entries(methods).map(([name, method]) => [
        name,
        unary(name, method as (request: unknown) => Promise<unknown>),
      ]),
    ),
  );
  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, its) =>
      error === null ? resolve(its) : reject(error),
    ),
  );
  const http = await serveHttp({log, metrics, port: port === 0 ? 0 : port + 100, routes: []});
  const housekeeping = setInterval(() => {
    void pool
      .query("DELETE FROM orders WHERE created_at < now() - interval '10 minutes'")
      .catch((error) => log.warn({err: error}, 'old orders not removed'));
  }, housekeepingMilliseconds);
  log.info({port: bound, http: http.url}, 'order listens');
  return {
    peers: {order: `127.0.0.1:${bound}`, 'order-http': http.url},
    stop: async () => {
      clearInterval(housekeeping);
      const drained = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      setTimeout(() => server.forceShutdown(), 2_000).unref();
      await Promise.all([drained, http.stop()]);
      await producer.disconnect();
      await pool.end();
    },
  };
}
