/** A shop for tests: its own sink, no load, no faults, and a visitor with the page's actions. */
import type {CapturedSpan} from '@weft/instrument/testing';
import type {FaultId, FaultMode} from './faults.ts';
import {type Shop, type ShopOptions, startShop} from './start-shop.ts';
import {drawTraces, type Sink, startSink} from './testing.ts';

export interface Bought {
  readonly status: number;
  readonly orderId: string | undefined;
  readonly traceId: string;
  readonly message: string | undefined;
}
export interface TestShop {
  readonly shop: Shop;
  readonly sink: Sink;
  /** Lines that the processes wrote at the levels warn, error and fatal. */
  readonly complaints: readonly string[];
  buy(skus: readonly string[], tier?: string): Promise<Bought>;
  get(path: string): Promise<{readonly status: number; readonly body: unknown}>;
  /** Runs `work` with the fault switched, and switches it off again. */
  withFault<T>(id: FaultId, work: () => Promise<T>, options?: {mode?: FaultMode; seconds?: number}): Promise<T>;
  /** Resolves with the trace once `isComplete` says so of its spans. */
  traceWhen(traceId: string, isComplete: (spans: readonly CapturedSpan[]) => boolean): Promise<CapturedSpan[]>;
  stop(): Promise<void>;
}

const json = {'content-type': 'application/json'};

export async function startTestShop(options: ShopOptions = {}): Promise<TestShop> {
  const sink = await startSink();
  const complaints: string[] = [];
  const shop = await startShop({
    otlpEndpoint: sink.url,
    storefrontPort: 0,
    load: 'none',
    faults: 'off',
    log: (name, line) => {
      if (/"level":[456]0/.test(line) || !line.startsWith('{')) complaints.push(`${name}: ${line}`);
    },
    ...options,
  });
  const url = shop.storefrontUrl;
  const tokens = new Map<string, string>();
  async function tokenOf(tier: string): Promise<string> {
    const known = tokens.get(tier);
    if (known !== undefined) return known;
    const body = JSON.stringify({tenant: 'acme', tier, customer: `tester-${tier}`});
    const response = await fetch(`${url}/api/session`, {method: 'POST', headers: json, body});
    const {token} = (await response.json()) as {token: string};
    tokens.set(tier, token);
    return token;
  }
  return {
    shop,
    sink,
    complaints,
    async buy(skus, tier = 'silver') {
      const response = await fetch(`${url}/api/checkout`, {
        method: 'POST',
        headers: {...json, authorization: `Bearer ${await tokenOf(tier)}`},
        body: JSON.stringify({lines: skus.map((sku) => ({sku, quantity: 1})), card: '4111111111111111'}),
      });
      const body = (await response.json()) as {order_id?: string; trace_id: string; error?: {message: string}};
      return {status: response.status, orderId: body.order_id, traceId: body.trace_id, message: body.error?.message};
    },
    async get(path) {
      const response = await fetch(`${url}${path}`, {headers: {authorization: `Bearer ${await tokenOf('silver')}`}});
      return {status: response.status, body: await response.json()};
    },
    async withFault(id, work, {mode = 'on', seconds} = {}) {
      await shop.faults.set(id, mode, seconds);
      try {
        return await work();
      } finally {
        await shop.faults.set(id, 'off');
      }
    },
    traceWhen: (traceId, isComplete) => {
      const find = (): CapturedSpan[] | undefined => {
        const spans = sink.trace(traceId);
        return isComplete(spans) ? spans : undefined;
      };
      const remarks = (): string => complaints.filter((line) => !line.includes(': {')).join('\n');
      return sink.until(find, () => `${drawTraces(sink.trace(traceId))}\n${remarks()}`);
    },
    async stop() {
      await shop.stop();
      await sink.stop();
    },
  };
}
