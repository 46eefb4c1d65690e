/** Payment: charges a card at an external provider, with retries; keeps what it did in PostgreSQL. */

import {randomUUID} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';
import {trace} from '@opentelemetry/api';
import {createPool} from './database.ts';
import {failureKind, ShopError} from './errors.ts';
import {callJson} from './http-client.ts';
import {serveHttp} from './http-service.ts';
import {createMetrics} from './metrics.ts';
import type {Service, ServiceContext} from './service.ts';
import {traced} from './telemetry.ts';

interface Charge {
  readonly order_id: string;
  readonly amount_cents: number;
  readonly card_token: string;
}
interface Receipt {
  readonly reference: string;
}

const schema = `
  CREATE TABLE IF NOT EXISTS payments (
    id text PRIMARY KEY, order_id text NOT NULL, amount_cents integer NOT NULL, provider_reference text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX IF NOT EXISTS idx_payments_made_at ON payments (made_at);`;
const attempts = 3;
/** The wait before the second attempt. Five seconds: the whole of the 8-second checkout is in this line. */
const backoffMilliseconds = 5_000;
const providerTimeoutMilliseconds = 3_000;
const housekeepingMilliseconds = 60_000;

export async function startService({control, log, port}: ServiceContext): Promise<Service> {
  const pool = createPool({url: await control.peer('postgres'), maximumConnections: 4, log});
  await pool.query(schema);
  const provider = await control.peer('provider');

  async function charge(order: Charge): Promise<{payment_id: string; reference: string}> {
    const paymentId = `PAY-${randomUUID()}`;
    trace.getActiveSpan()?.setAttributes({'order.id': order.order_id, 'payment.amount_cents': order.amount_cents});
    await traced('validate payment', {'payment.method': 'card'}, () => {
      if (order.amount_cents > 1_000_000) throw new ShopError('payment_declined', 'the amount is over the limit');
    });
    const receipt = await chargeWithRetries(paymentId, order);
    await traced('save payment record', {'payment.id': paymentId}, () =>
      pool.query('INSERT INTO payments (id, order_id, amount_cents, provider_reference) VALUES ($1, $2, $3, $4)', [
        paymentId,
        order.order_id,
        order.amount_cents,
        receipt.reference,
      ]),
    );
    log.info({order_id: order.order_id, payment_id: paymentId, amount_cents: order.amount_cents}, 'payment taken');
    return {payment_id: paymentId, reference: receipt.reference};
  }

  async function chargeWithRetries(paymentId: string, order: Charge): Promise<Receipt> {
    return traced('charge with retries', {'retry.max_attempts': attempts}, async (span) => {
      for (let attempt = 1; ; attempt++) {
        try {
          const receipt = await traced('charge attempt', {'retry.attempt': attempt}, () =>
            callJson<Receipt>('payment provider', `${provider}/charges`, {
              method: 'POST',
              json: {amount_cents: order.amount_cents, card_token: order.card_token},
              headers: {'idempotency-key': paymentId},
              timeoutMilliseconds: providerTimeoutMilliseconds,
            }),
          );
          span.setAttribute('retry.attempts', attempt);
          return receipt;
        } catch (error) {
          const mayPass = failureKind(error) === 'unavailable' || failureKind(error) === 'timeout';
          if (!mayPass || attempt === attempts) throw error;
          log.warn(
            {order_id: order.order_id, attempt, backoff_ms: backoffMilliseconds},
            'the provider failed; trying again',
          );
          span.addEvent('payment_retry', {'retry.attempt': attempt, 'retry.backoff_ms': backoffMilliseconds});
          await traced('retry backoff', {'retry.backoff_ms': backoffMilliseconds}, () => sleep(backoffMilliseconds));
        }
      }
    });
  }

  const housekeeping = setInterval(() => {
    void pool
      .query("DELETE FROM payments WHERE made_at < now() - interval '10 minutes'")
      .catch((error) => log.warn({err: error}, 'old payments not removed'));
  }, housekeepingMilliseconds);

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
    ],
  });
  log.info({url: http.url}, 'payment listens');
  return {
    peers: {payment: http.url},
    stop: async () => {
      clearInterval(housekeeping);
      await http.stop();
      await pool.end();
    },
  };
}

function parseCharge(body: unknown): Charge {
  const {order_id: orderId, amount_cents: amount, card_token: card} = body as Record<string, unknown>;
  if (typeof orderId !== 'string' || typeof amount !== 'number' || typeof card !== 'string') {
    throw new ShopError('bad_request', 'expected {order_id, amount_cents, card_token}');
  }
  return {order_id: orderId, amount_cents: amount, card_token: card};
}
