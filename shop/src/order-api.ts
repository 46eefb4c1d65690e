/** The order service's gRPC interface (order.proto), typed. */
import {fileURLToPath} from 'node:url';
import {type Client, loadPackageDefinition, type ServiceClientConstructor} from '@grpc/grpc-js';
import {loadSync} from '@grpc/proto-loader';

export interface OrderLine {
  readonly sku: string;
  readonly quantity: number;
  readonly price_cents: number;
}
export interface CreateOrderRequest {
  readonly tenant: string;
  readonly customer: string;
  readonly card_token: string;
  /** `email` and `card` are filled by a fault only. */
  readonly email?: string;
  readonly card?: string;
  readonly lines: readonly OrderLine[];
}
export interface Order {
  readonly id: string;
  readonly status: string;
  readonly total_cents: number;
  readonly trace_id: string;
  readonly created_at: string;
  readonly lines: readonly OrderLine[];
}
export interface GetOrderRequest {
  readonly tenant: string;
  readonly id: string;
}
export interface ListOrdersRequest {
  readonly tenant: string;
  readonly limit: number;
}
export interface ListOrdersResponse {
  readonly orders: readonly Order[];
}
/** Method → what it takes and what it gives. */
export interface OrderMethods {
  CreateOrder: {request: CreateOrderRequest; reply: Order};
  GetOrder: {request: GetOrderRequest; reply: Order};
  ListOrders: {request: ListOrdersRequest; reply: ListOrdersResponse};
}

/** The client's and the server's definition; read once at a service's start. */
export function loadOrderService(): ServiceClientConstructor {
  const definition = loadSync(fileURLToPath(new URL('order.proto', import.meta.url)), {keepCase: true, defaults: true});
  const {weft} = loadPackageDefinition(definition) as unknown as {
    weft: {shop: {v1: {OrderService: ServiceClientConstructor}}};
  };
  return weft.shop.v1.OrderService;
}

/** Calls one method; rejects with gRPC's `ServiceError`. */
export function callOrder<M extends keyof OrderMethods>(
  client: Client,
  method: M,
  request: OrderMethods[M]['request'],
  timeoutMilliseconds: number,
): Promise<OrderMethods[M]['reply']> {
  const call = (
    client as unknown as Record<
      string,
      (request: unknown, options: object, done: (error: Error | null, reply: unknown) => void) => void
    >
  )[method];
  if (call === undefined) throw new Error(`BUG: order.proto has no ${method}`);
  return new Promise((resolve, reject) => {
    call.call(client, request, {deadline: Date.now() + timeoutMilliseconds}, (error, reply) => {
      if (error === null) resolve(reply as OrderMethods[M]['reply']);
      else reject(error);
    });
  });
}
