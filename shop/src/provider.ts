/**
 * The world outside: the payment provider, the mail provider and the accounting system that the shop calls. Not
 * instrumented, as such a system is not: what it does is seen only from the shop's side of the wire.
 */
import {createServer, type IncomingMessage} from 'node:http';
import {setTimeout as sleep} from 'node:timers/promises';
import {connectControl} from './control.ts';

const control = connectControl();
/** Payments in trouble: how often each has been tried. Forgotten after a minute. */
const troubled = new Map<string, number>();

const troubleMilliseconds = 1_500;
/** The accounting system is always this slow; it matters only to a caller that holds something meanwhile. */
const invoiceMilliseconds = 15_000;
const slowMailMilliseconds = 1_500;
/** Log-normal around 40 ms: mostly quick, sometimes 100 ms. */
const usualMilliseconds = (): number =>
  40 * Math.exp(0.4 * Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()));

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function charge(paymentId: string): Promise<Answer> {
  if (control.strikes('provider-outage')) return {status: 503, body: {message: 'the provider is unavailable'}};
  const tries = troubled.get(paymentId) ?? 0;
  if (tries === 0 && !control.strikes('slow-checkout')) {
    await sleep(usualMilliseconds());
    return {status: 201, body: {reference: `ch_${paymentId.slice(-12)}`}};
  }
  troubled.set(paymentId, tries + 1);
  setTimeout(() => troubled.delete(paymentId), 60_000).unref();
  await sleep(troubleMilliseconds);
  if (tries === 0) return {status: 503, body: {message: 'the acquirer is unavailable'}};
  return {status: 201, body: {reference: `ch_${paymentId.slice(-12)}`}};
}

async function respond(request: IncomingMessage): Promise<Answer> {
  request.resume();
  if (request.method === 'POST' && request.url === '/charges')
    return charge(String(request.headers['idempotency-key'] ?? ''));
  if (request.method === 'POST' && request.url === '/refunds') {
    await sleep(usualMilliseconds());
    return {status: 201, body: {refunded: true}};
  }
  if (request.method === 'POST' && request.url === '/mails') {
    await sleep(control.strikes('slow-consumer') ? slowMailMilliseconds : usualMilliseconds() / 4);
    return {status: 202, body: {queued: true}};
  }
  if (request.method === 'POST' && request.url === '/invoices') {
    await sleep(invoiceMilliseconds);
    return {status: 202, body: {filed: true}};
  }
  return {status: 404, body: {message: 'not found'}};
}

const server = createServer((request, response) => {
  void respond(request).then(({status, body}) => {
    response.writeHead(status, {'content-type': 'application/json'});
    response.end(JSON.stringify(body));
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('BUG: a TCP server without a port');
  control.tell({kind: 'listening', peers: {provider: `http://127.0.0.1:${address.port}`}});
});
control.onStop(async () => {
  server.closeAllConnections();
  server.close();
});
