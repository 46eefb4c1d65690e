/** Payment: charges a card at an external provider, with retries; keeps what it did in PostgreSQL. */

import {randomUUID} from 'node:crypto';
import {type Span, trace} from '@opentelemetry/api';
import {CircuitOpenError, circuitBreaker, getBaggage, retry, traced} from '@weft/instrument';
import {createRestartingPool} from './database.ts';
import {failureKind, ShopError} from './errors.ts';
import {callJson} from './http-client.ts';
import {serveHttp} from './http-service.ts';
import {createMetrics} from './metrics.ts';
import type {Service, ServiceContext} from './service.ts';

interface Charge {
  readonly order_id: string;
  readonly amount_cents: number;
  readonly card_token: string;
  /** Only where a fault sends it. */
  readonly card?: string;
}
interface Receipt {
  readonly reference: string;
}

const schema = `
  CREATE TABLE IF NOT EXISTS payments (
    id text PRIMARY KEY, order_id text NOT NULL, amount_cents integer NOT NULL, provider_reference text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX IF NOT EXISTS idx_payments_order ON payments (order_id);
  CREATE INDEX IF NOT EXISTS idx_payments_made_at ON payments (made_at);`;
const attempts = 3;
/** The wait before the second attempt. Five seconds: the whole of the 8-second checkout is in this line. */
const backoffMilliseconds = 5_000;
const providerTimeoutMilliseconds = 3_000;
const housekeepingMilliseconds = 60_000;

export async function startService({control, log, port}: ServiceContext): Promise<Service> {
  const database = createRestartingPool({url: await control.peer('postgres'), maximumConnections: 4, log});
  await database.query(schema);
  const provider = await control.peer('provider');

  const breaker = circuitBreaker('payment provider', {failureThreshold: 8, openMillis: 10_000, isFailure: mayPass});

  async function charge(order: Charge): Promise<{payment_id: string; reference: string}> {
    const paymentId = `PAY-${randomUUID()}`;
    trace.getActiveSpan()?.setAttributes({'order.id': order.order_id, 'payment.amount_cents': order.amount_cents});
    if (order.card !== undefined) revealCard(order);
    await traced('validate payment', {attributes: {'payment.method': 'card'}}, () => {
      if (order.amount_cents > 1_000_000) throw new ShopError('payment_declined', 'the amount is over the limit');
    });
    await traced('check for earlier payment', {attributes: {'order.id': order.order_id}}, async () => {
      const {rowCount} = await database.query('SELECT id FROM payments WHERE order_id = $1', [order.order_id]);
      if (rowCount !== 0) throw new ShopError('bad_request', 'the order is paid already');
    });
    if (process.env.SHOP_CANARY === '1') traced('apply tier discount', applyTierDiscount);
    const receipt = await chargeWithRetries(paymentId, order);
    await traced('save payment record', {attributes: {'payment.id': paymentId}}, () =>
      database.query('INSERT INTO payments (id, order_id, amount_cents, provider_reference) VALUES ($1, $2, $3, $4)', [
        paymentId,
        order.order_id,
        order.amount_cents,
        receipt.reference,
      ]),
    );
    log.info({order_id: order.order_id, payment_id: paymentId, amount_cents: order.amount_cents}, 'payment taken');
    return {payment_id: paymentId, reference: receipt.reference};
  }

  /** Gives back what the order has paid; the order service asks for it when a later step of the order fails. */
  async function refund(orderId: string): Promise<void> {
    trace.getActiveSpan()?.setAttribute('order.id', orderId);
    const {rows} = await database.query('DELETE FROM payments WHERE order_id = $1 RETURNING id, provider_reference', [
      orderId,
    ]);
    for (const {id, provider_reference: reference} of rows as {id: string; provider_reference: string}[]) {
      await callJson('Payment provider', `${provider}/refunds`, {
        method: 'POST',
        json: {reference},
        timeoutMilliseconds: providerTimeoutMilliseconds,
      });
      log.info({order_id: orderId, payment_id: id}, 'payment given back');
    }
  }

  /** The fault: a debug line that somebody forgot, and an attribute that seemed useful. */
  function revealCard(order: Charge): void {
    trace
      .getActiveSpan()
      ?.setAttributes({'payment.card_number': order.card ?? '', 'payment.card_token': order.card_token});
    log.info({order_id: order.order_id}, `charging card ${order.card} for order ${order.order_id}`);
  }

  /** One span for all, a child for each attempt and each wait: where eight seconds went is there to be read. */
  function chargeWithRetries(paymentId: string, order: Charge): Promise<Receipt> {
    return retry(
      'charge card',
      {attempts, backoffMillis: backoffMilliseconds, jitter: 0, retryIf: mayPass},
      (attempt) => {
        if (attempt > 1)
          log.warn(
            {order_id: order.order_id, attempt, backoff_ms: backoffMilliseconds},
            'payment provider failed; tried again',
          );
        return breaker.call(() => chargeOnce(paymentId, order));
      },
    );
  }

  function chargeOnce(paymentId: string, order: Charge): Promise<Receipt> {
    return callJson<Receipt>('Payment provider', `${provider}/charges`, {
      method: 'POST',
      json: {amount_cents: order.amount_cents, card_token: order.card_token},
      headers: {'idempotency-key': paymentId},
      timeoutMilliseconds: providerTimeoutMilliseconds,
    });
  }

  const housekeeping = setInterval(() => {
    traced('remove old payments', () =>
      database.query("DELETE FROM payments WHERE made_at < now() - interval '10 minutes'"),
    ).catch((error) => log.warn({err: error}, 'old payments not removed'));
  }, housekeepingMilliseconds);

  /** The scheduled job of the story: it means well and renews all connections, whatever they are doing. */
  let restarts: NodeJS.Timeout | undefined;
  let isRestarting = false;
  async function restartPool(): Promise<void> {
    if (isRestarting) return;
    isRestarting = true;
    const attributes = {'pool.restart_period_ms': control.milliseconds('pool-restart')};
    await traced('restart connection pool', {attributes}, async () => {
      log.warn('connection pool restarts');
      await (control.isMended('pool-restart') ? database.renew() : database.restart());
      log.info('connection pool restarted');
    }).catch((error) => log.error({err: error}, 'the connection pool did not restart'));
    isRestarting = false;
  }
  const scheduleRestarts = (): void => {
    clearInterval(restarts);
    if (control.share('pool-restart') === 0) return;
    restarts = setInterval(restartPool, control.milliseconds('pool-restart'));
  };
  control.onFaults(scheduleRestarts);
  scheduleRestarts();

  const http = await serveHttp({
    port,
    log,
    metrics: createMetrics('payment'),
    routes: [
      {
        method: 'POST',
        path: '/charges',
        handle: async (request) => ({status: 201, json: await charge(parseCharge(await request.json()))}),
      },
      {
        method: 'POST',
        path: '/charges/:order/refund',
        handle: async ({parameters: {order = ''}}) => {
          await refund(order);
          return {json: {order_id: order}};
        },
      },
    ],
  });
  log.info({url: http.url}, 'payment listens');
  return {
    peers: {[process.env.SHOP_CANARY === '1' ? 'payment-canary' : 'payment']: http.url},
    stop: async () => {
      clearInterval(housekeeping);
      await http.stop();
      clearInterval(restarts);
      await database.end();
    },
  };
}

/** Whether another try may help: the provider was away or silent, and the circuit to it is not open. */
function mayPass(error: unknown): boolean {
  return !(error instanceof CircuitOpenError) && ['unavailable', 'timeout'].includes(failureKind(error));
}

/** The canary version's discount, with its defect: the table has no line for the gold tier. */
function applyTierDiscount(span: Span): void {
  const discounts: Readonly<Record<string, {readonly rate: number}>> = {free: {rate: 0}, silver: {rate: 0.02}};
  const tier = getBaggage('user.tier') ?? 'free';
  const {rate} = discounts[tier] as {readonly rate: number};
  span.setAttribute('payment.discount_rate', rate);
}

function parseCharge(body: unknown): Charge {
  const {order_id: orderId, amount_cents: amount, card_token: token, card} = body as Record<string, unknown>;
  if (typeof orderId !== 'string' || typeof amount !== 'number' || typeof token !== 'string') {
    throw new ShopError('bad_request', 'expected {order_id, amount_cents, card_token}');
  }
  const charge = {order_id: orderId, amount_cents: amount, card_token: token};
  return typeof card === 'string' ? {...charge, card} : charge;
}
