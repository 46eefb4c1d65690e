/** The gateway: the storefront's page and API; sessions, rate limits, routing to the services. */
import {randomBytes, randomUUID} from 'node:crypto';
import {credentials, type ServiceError} from '@grpc/grpc-js';
import {metrics as otelMetrics, trace} from '@opentelemetry/api';
import {traced, withBaggage} from '@weft/instrument';
import {kindOfGrpc, ShopError} from './errors.ts';
import {canBeMended, type FaultId, type FaultSetting, faultModes, isFaultId, viewFaults} from './faults.ts';
import {callJson} from './http-client.ts';
import {type HttpReply, type HttpRequest, nameSpan, type Route, serveHttp} from './http-service.ts';
import {isLoadShape, loadShapes} from './load-shapes.ts';
import {createMetrics} from './metrics.ts';
import {callOrder, loadOrderService, type OrderLine, type OrderMethods} from './order-api.ts';
import {createRateLimit} from './rate-limit.ts';
import type {Service, ServiceContext} from './service.ts';
import {readSession, signSession, tenants, tiers, type Visitor} from './session.ts';
import {storefrontRoutes} from './storefront.ts';
import {activeTraceId} from './telemetry.ts';

const orderTimeoutMilliseconds = 20_000;
const inventoryTimeoutMilliseconds = 8_000;
/** Requests a second, and saved up, of one tenant. */
const tenantRate = 20;
const tenantBurst = 60;

interface Cart {
  readonly lines: readonly {readonly sku: string; readonly quantity: number}[];
  readonly card: string;
}

export async function startService({control, log, port}: ServiceContext): Promise<Service> {
  const OrderClient = loadOrderService();
  const order = new OrderClient(await control.peer('order'), credentials.createInsecure());
  const weftUrl = process.env.SHOP_WEFT_URL ?? 'http://127.0.0.1:16686';
  const secret = randomBytes(32).toString('hex');
  const limit = createRateLimit(tenantRate, tenantBurst);
  const metrics = createMetrics('gateway');
  const visits = otelMetrics.getMeter('weft-shop').createCounter('shop.visits', {description: 'Visits.'});

  async function ask<M extends keyof OrderMethods>(
    method: M,
    request: OrderMethods[M]['request'],
  ): Promise<OrderMethods[M]['reply']> {
    try {
      return await callOrder(order, method, request, orderTimeoutMilliseconds);
    } catch (error) {
      const kind = kindOfGrpc((error as ServiceError).code);
      const message = kind === 'internal' ? 'Internal Server Error' : (error as ServiceError).details;
      throw new ShopError(kind, message, {cause: error});
    }
  }

  const inventory = async <T>(path: string): Promise<T> =>
    callJson<T>('Inventory service', `${await control.peer('inventory')}${path}`, {
      timeoutMilliseconds: inventoryTimeoutMilliseconds,
    });

  /** Wraps a handler: checks session and rate limit, and puts tenant and tier into baggage. */
  function forVisitors(handle: (request: HttpRequest, visitor: Visitor) => Promise<HttpReply>): Route['handle'] {
    return async (request) => {
      const visitor = await traced('authenticate', () => readSession(secret, request.headers.authorization));
      await traced('rate limit', {attributes: {'tenant.id': visitor.tenant}}, (span) => {
        const {allowed, left} = limit.take(visitor.tenant);
        span.setAttributes({'rate_limit.allowed': allowed, 'rate_limit.left': left});
        if (!allowed) throw new ShopError('rate_limited', 'too many requests');
      });
      trace.getActiveSpan()?.setAttributes({'tenant.id': visitor.tenant, 'user.tier': visitor.tier});
      if (control.strikes('cardinality-explosion')) countVisit(request, visitor);
      return withBaggage({'tenant.id': visitor.tenant, 'user.tier': visitor.tier}, () => handle(request, visitor));
    };
  }

  /** The fault: a metric whose labels, and a span whose name, are different for every single visit. */
  function countVisit({method, url}: HttpRequest, visitor: Visitor): void {
    const visit = randomUUID();
    visits.add(1, {path: url.pathname, 'user.id': `${visitor.tenant}/${visitor.customer}`, 'visit.id': visit});
    nameSpan(method, `${url.pathname}?visit=${visit}`);
  }

  async function checkout(request: HttpRequest, visitor: Visitor): Promise<HttpReply> {
    const cart = parseCart(await request.json());
    const lines: OrderLine[] = [];
    for (const {sku, quantity} of cart.lines) {
      const product = await inventory<{priceCents: number}>(`/products/${encodeURIComponent(sku)}`);
      lines.push({sku, quantity, price_cents: product.priceCents});
    }
    const reveals = control.strikes('sensitive-data');
    const email = `${visitor.customer}@example.com`;
    if (reveals) {
      trace.getActiveSpan()?.setAttributes({
        'customer.email': email,
        'customer.session': request.headers.authorization ?? '',
      });
    }
    const created = await ask('CreateOrder', {
      ...(reveals ? {email, card: cart.card} : {}),
      tenant: visitor.tenant,
      customer: visitor.customer,
      card_token: `tok_${Buffer.from(cart.card).toString('base64url').slice(0, 12)}`,
      lines,
    });
    log.info({order_id: created.id, tenant: visitor.tenant}, 'checkout done');
    return {
      status: 201,
      json: {order_id: created.id, total_cents: created.total_cents, status: created.status, trace_id: activeTraceId()},
    };
  }

  const routes: readonly Route[] = [
    ...storefrontRoutes(weftUrl),
    {
      method: 'POST',
      path: '/api/session',
      handle: async (request) => ({
        status: 201,
        json: {token: signSession(secret, parseVisitor(await request.json()))},
      }),
    },
    {method: 'GET', path: '/api/products', handle: forVisitors(async () => ({json: await inventory('/products')}))},
    {
      method: 'GET',
      path: '/api/products/:sku',
      handle: forVisitors(async ({parameters: {sku = ''}}) => ({
        json: await inventory(`/products/${encodeURIComponent(sku)}`),
      })),
    },
    {method: 'POST', path: '/api/checkout', handle: forVisitors(checkout)},
    {
      method: 'GET',
      path: '/api/orders',
      handle: forVisitors(async (_, {tenant}) => ({json: await ask('ListOrders', {tenant, limit: 20})})),
    },
    {
      method: 'GET',
      path: '/api/orders/:id',
      handle: forVisitors(async ({parameters: {id = ''}}, {tenant}) => ({json: await ask('GetOrder', {tenant, id})})),
    },
    {method: 'GET', path: '/api/faults', handle: () => ({json: {faults: viewFaults(control.faults), weft: weftUrl}})},
    {
      method: 'PUT',
      path: '/api/faults/:id',
      handle: async (request) => {
        const {id = ''} = request.parameters;
        if (!isFaultId(id)) throw new ShopError('not_found', `there is no fault ${id}`);
        const setting = parseFaultSetting(id, await request.json());
        control.tell({kind: 'set-fault', id, setting});
        return {status: 202, json: {faults: viewFaults({...control.faults, [id]: setting}), weft: weftUrl}};
      },
    },
    {method: 'GET', path: '/api/load', handle: () => ({json: {shape: control.load, shapes: loadShapes}})},
    {
      method: 'PUT',
      path: '/api/load',
      handle: async (request) => {
        const {shape} = (await request.json()) as {shape?: unknown};
        if (typeof shape !== 'string' || !isLoadShape(shape)) {
          throw new ShopError('bad_request', `shape is one of ${Object.keys(loadShapes).join(', ')}`);
        }
        control.tell({kind: 'set-load', shape});
        return {status: 202, json: {shape}};
      },
    },
  ];

  const {http, note} = await listen(port);
  async function listen(wanted: number): Promise<{http: Awaited<ReturnType<typeof serveHttp>>; note?: string}> {
    try {
      return {http: await serveHttp({port: wanted, log, metrics, routes})};
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      return {
        http: await serveHttp({port: 0, log, metrics, routes}),
        note: `port ${wanted} is taken; the storefront is on another`,
      };
    }
  }
  log.info({url: http.url}, 'gateway listens');
  return {
    peers: {gateway: http.url},
    ...(note === undefined ? {} : {note}),
    stop: async () => {
      await http.stop();
      order.close();
    },
  };
}

function parseCart(body: unknown): Cart {
  const {lines, card} = body as {lines?: unknown; card?: unknown};
  const isLine = (line: Cart['lines'][number]): boolean =>
    typeof line?.sku === 'string' && Number.isInteger(line.quantity) && line.quantity > 0 && line.quantity <= 20;
  if (
    !Array.isArray(lines) ||
    lines.length === 0 ||
    lines.length > 10 ||
    !lines.every(isLine) ||
    typeof card !== 'string'
  ) {
    throw new ShopError('bad_request', 'expected {lines: [{sku, quantity}], card}');
  }
  return {lines: lines as Cart['lines'], card};
}

function parseFaultSetting(id: FaultId, body: unknown): FaultSetting {
  const {mode: asked, seconds} = body as {mode?: unknown; seconds?: unknown};
  const mode = faultModes.find((one) => one === asked);
  if (mode === undefined) throw new ShopError('bad_request', `mode is one of ${faultModes.join(', ')}`);
  if (mode === 'mended' && !canBeMended(id)) throw new ShopError('bad_request', `the fault ${id} has no mend`);
  if (seconds === undefined) return {mode};
  if (typeof seconds !== 'number' || !(seconds >= 1))
    throw new ShopError('bad_request', 'seconds is a number from 1 on');
  return {mode, seconds};
}

function parseVisitor(body: unknown): Visitor {
  const {tenant, tier, customer} = body as Record<string, unknown>;
  return {
    tenant: tenants.find((one) => one === tenant) ?? tenants[0],
    tier: tiers.find((one) => one === tier) ?? tiers[0],
    customer: typeof customer === 'string' ? customer.slice(0, 40) : 'visitor',
  };
}
