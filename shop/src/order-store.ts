/** Orders in PostgreSQL. */
import {trace} from '@opentelemetry/api';
import {traced} from '@weft/instrument';
import type {Pool} from 'pg';
import type {Control} from './control.ts';
import {transaction} from './database.ts';
import {ShopError} from './errors.ts';
import type {GetOrderRequest, ListOrdersRequest, Order, OrderLine} from './order-api.ts';

export interface OrderStore {
  prepare(): Promise<void>;
  insert(order: Order, tenant: string, customer: string): Promise<void>;
  /** Rejects with `not_found`. */
  find(request: GetOrderRequest): Promise<Order>;
  list(request: ListOrdersRequest): Promise<Order[]>;
  /** The fault: a statement put together from text, and kept for debugging where the masking of SQL does not look. */
  subscribe(email: string): Promise<void>;
  removeOld(): Promise<void>;
}

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
const columns = 'id, status, total_cents, trace_id, created_at::text AS created_at';

type OrderRow = Omit<Order, 'lines'>;
type ItemRow = OrderLine & {readonly order_id: string};

export function createOrderStore(pool: Pool, control: Control): OrderStore {
  async function withLines(order: OrderRow): Promise<Order> {
    const items = await pool.query('SELECT sku, quantity, price_cents FROM order_items WHERE order_id = $1', [
      order.id,
    ]);
    return {...order, lines: items.rows as OrderLine[]};
  }

  async function allWithLines(orders: readonly OrderRow[]): Promise<Order[]> {
    const items = await pool.query(
      'SELECT order_id, sku, quantity, price_cents FROM order_items WHERE order_id = ANY($1)',
      [orders.map((order) => order.id)],
    );
    const lines = items.rows as ItemRow[];
    return orders.map((order) => ({...order, lines: lines.filter((line) => line.order_id === order.id)}));
  }

  return {
    prepare: async () => {
      await pool.query(schema);
    },
    insert: ({id, status, total_cents, trace_id, lines}, tenant, customer) =>
      transaction(pool, async (client) => {
        await client.query(
          'INSERT INTO orders (id, tenant, customer, status, total_cents, trace_id) VALUES ($1, $2, $3, $4, $5, $6)',
          [id, tenant, customer, status, total_cents, trace_id],
        );
        await client.query(
          `INSERT INTO order_items (order_id, sku, quantity, price_cents)
           SELECT $1, * FROM unnest($2::text[], $3::integer[], $4::integer[])`,
          [id, lines.map((one) => one.sku), lines.map((one) => one.quantity), lines.map((one) => one.price_cents)],
        );
      }),
    find: async ({tenant, id}) => {
      const {rows} = await pool.query(`SELECT ${columns} FROM orders WHERE tenant = $1 AND id = $2`, [tenant, id]);
      const order = rows[0] as OrderRow | undefined;
      if (order === undefined) throw new ShopError('not_found', `there is no order ${id}`);
      return withLines(order);
    },
    list: async ({tenant, limit}) => {
      const {rows} = await pool.query(
        `SELECT ${columns} FROM orders WHERE tenant = $1 ORDER BY created_at DESC LIMIT $2`,
        [tenant, limit],
      );
      const orders = rows as OrderRow[];
      // The fault: a question for each order instead of one for all.
      return control.strikes('chatty-n-plus-1') && !control.isMended('chatty-n-plus-1')
        ? Promise.all(orders.map(withLines))
        : allWithLines(orders);
    },
    subscribe: async (email) => {
      const literal = email.replaceAll("'", "''");
      const statement = `INSERT INTO subscribers (email) VALUES ('${literal}') ON CONFLICT DO NOTHING`;
      trace.getActiveSpan()?.setAttribute('debug.statement', statement);
      await pool.query(statement);
    },
    removeOld: () =>
      traced('remove old orders', async () => {
        await pool.query("DELETE FROM orders WHERE created_at < now() - interval '10 minutes'");
      }),
  };
}
