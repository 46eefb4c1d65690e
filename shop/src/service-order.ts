/** Orders: gRPC; a saga over inventory and payment, orders in PostgreSQL, `order.created` on Kafka. */
import {randomUUID} from 'node:crypto';
import {trace} from '@opentelemetry/api';
import {SagaError, saga, traced} from '@weft/instrument';
import {Kafka, logLevel, Partitioners} from 'kafkajs';
import {createPool} from './database.ts';
import {failureKind, ShopError} from './errors.ts';
import {callJson} from './http-client.ts';
import {serveHttp} from './http-service.ts';
import {createMetrics} from './metrics.ts';
import type {CreateOrderRequest, Order} from './order-api.ts';
import {type OrderHandlers, serveOrders} from './order-server.ts';
import {createOrderStore} from './order-store.ts';
import type {Service, ServiceContext} from './service.ts';
import {activeTraceId} from './telemetry.ts';
import {createTopics, orderCreatedTopic} from './topics.ts';

const inventoryTimeoutMilliseconds = 8_000;
const paymentTimeoutMilliseconds = 15_000;
const accountingTimeoutMilliseconds = 20_000;
const housekeepingMilliseconds = 60_000;

export async function startService({control, log, port}: ServiceContext): Promise<Service> {
  const pool = createPool({url: await control.peer('postgres'), maximumConnections: 6, log});
  const store = createOrderStore(pool, control);
  await store.prepare();
  const kafka = new Kafka({
    clientId: 'order',
    brokers: (await control.peer('kafka')).split(','),
    logLevel: logLevel.NOTHING,
  });
  await createTopics(kafka);
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

  async function refund({id}: Order): Promise<void> {
    await callJson('Payment service', `${await control.peer('payment')}/charges/${id}/refund`, {
      method: 'POST',
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
        {name: 'take payment', run: () => pay(order, request), compensate: refund},
        {name: 'store order', run: () => store.insert(order, tenant, customer)},
      ]);
    } catch (error) {
      throw error instanceof SagaError ? error.cause : error;
    }
    if (request.email) {
      await store.subscribe(request.email);
      log.info(`newsletter confirmation goes to ${request.email}`);
    }
    await producer.send({
      topic: orderCreatedTopic,
      messages: [{key: order.id, value: JSON.stringify({order_id: order.id, tenant, customer, total_cents: total})}],
    });
    log.info({order_id: order.id, tenant, total_cents: total}, 'order created');
    if (control.strikes('pool-exhausted'))
      void exportInvoice(order.id).catch((error) => log.warn({err: error}, 'invoice not exported'));
    return order;
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

  const handlers: OrderHandlers = {
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
    GetOrder: (request) => store.find(request),
    ListOrders: async (request) => ({orders: await store.list(request)}),
  };
  const server = await serveOrders(handlers, {metrics, log, port});
  const http = await serveHttp({log, metrics, port: port === 0 ? 0 : port + 100, routes: []});
  const housekeeping = setInterval(() => {
    store.removeOld().catch((error) => log.warn({err: error}, 'old orders not removed'));
  }, housekeepingMilliseconds);
  log.info({address: server.address, http: http.url}, 'order listens');
  return {
    peers: {order: server.address, 'order-http': http.url},
    stop: async () => {
      clearInterval(housekeeping);
      await Promise.all([server.stop(), http.stop()]);
      await producer.disconnect();
      await pool.end();
    },
  };
}
