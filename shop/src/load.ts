/**
 * The visitors: an open loop with Poisson arrivals, so that a slow shop does not slow its visitors down. Not
 * instrumented: browsers are not.
 */
import {createArrivals} from './arrivals.ts';
import {catalogue} from './catalogue.ts';
import {connectControl} from './control.ts';
import {type LoadShapeDefinition, loadShapes} from './load-shapes.ts';
import {tenants, tiers} from './session.ts';

const control = connectControl();
/** Visits under way; beyond this many the shop is drowned and more would only fill memory. */
const maximumUnderWay = 500;
const visitTimeoutMilliseconds = 30_000;
const visitors = 24;
/** The product on offer in a flash sale. */
const offer = catalogue[5]?.sku ?? '';

const url = await control.peer('gateway');
const tokens: (string | undefined)[] = [];
let underWay = 0;

const pick = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)] as T;

async function call(visitor: number, method: string, path: string, json?: unknown): Promise<unknown> {
  const token = (tokens[visitor] ??= await openSession(visitor));
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json', 'user-agent': 'shop-visitor/1.0'},
    ...(json === undefined ? {} : {body: JSON.stringify(json)}),
    signal: AbortSignal.timeout(visitTimeoutMilliseconds),
  });
  const body: unknown = await response.json();
  if (response.status === 401) tokens[visitor] = undefined;
  return body;
}

async function openSession(visitor: number): Promise<string> {
  const response = await fetch(`${url}/api/session`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({
      tenant: tenants[visitor % tenants.length],
      tier: tiers[visitor % tiers.length],
      customer: `customer-${visitor}`,
    }),
    signal: AbortSignal.timeout(visitTimeoutMilliseconds),
  });
  return ((await response.json()) as {token: string}).token;
}

/** One visit does one thing, chosen by the shape's weights. */
async function visit(shape: LoadShapeDefinition): Promise<void> {
  const visitor = Math.floor(Math.random() * visitors);
  const {browse, look, checkout, orders} = shape.mix;
  const dice = Math.random() * (browse + look + checkout + orders);
  if (dice < browse) {
    await call(visitor, 'GET', '/api/products');
  } else if (dice < browse + look) {
    await call(visitor, 'GET', `/api/products/${pick(catalogue).sku}`);
  } else if (dice < browse + look + checkout) {
    const sku = Math.random() < shape.offerShare ? offer : pick(catalogue).sku;
    if (control.strikes('deadlock')) await buyCrosswise(visitor, sku);
    else await buy(visitor, [sku]);
  } else {
    await call(visitor, 'GET', '/api/orders');
  }
}

async function buy(visitor: number, skus: readonly string[]): Promise<void> {
  const lines = skus.map((sku) => ({sku, quantity: 1 + Math.floor(Math.random() * 3)}));
  await call(visitor, 'POST', '/api/checkout', {lines, card: '4111111111111111'});
}

/** Two visitors buy the same two products at the same moment, each in their own order: what a deadlock needs. */
async function buyCrosswise(visitor: number, sku: string): Promise<void> {
  const other = pick(catalogue.filter((product) => product.sku !== sku)).sku;
  await Promise.all([buy(visitor, [sku, other]), buy((visitor + 1) % visitors, [other, sku])]);
}

const arrivals = createArrivals({
  rate: () => loadShapes[control.load].arrivalsPerSecond,
  arrive: () => {
    if (underWay >= maximumUnderWay) return;
    underWay++;
    visit(loadShapes[control.load])
      .catch(() => undefined)
      .finally(() => underWay--);
  },
});
control.onLoad(arrivals.restart);
control.onStop(async () => arrivals.stop());
arrivals.restart();
control.tell({kind: 'listening', peers: {}});
