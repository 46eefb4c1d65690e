/** The inventory service's tables, and the fault that takes an index away from a table that has grown. */
import type {Pool} from 'pg';
import type {Logger} from 'pino';
import {catalogue} from './catalogue.ts';

export const fullStock = 500;
export const warehouses = ['north', 'south', 'east', 'west', 'harbour', 'airport', 'depot', 'outlet'] as const;

/** The statement that the index is for: each warehouse is looked up by itself, so without it each is a scan of all. */
export const availabilityQuery = `SELECT w.name, (SELECT sum(i.quantity) FROM inventory i WHERE i.sku IN ($1) AND i.warehouse = w.name) AS quantity
  FROM warehouses w`;

const createIndex = 'CREATE INDEX IF NOT EXISTS idx_inventory_sku ON inventory (sku, warehouse)';
const schema = `
  CREATE TABLE IF NOT EXISTS products (sku text PRIMARY KEY, name text NOT NULL, price_cents integer NOT NULL);
  CREATE TABLE IF NOT EXISTS stock (sku text PRIMARY KEY, quantity integer NOT NULL);
  CREATE TABLE IF NOT EXISTS warehouses (name text PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS inventory (sku text NOT NULL, warehouse text NOT NULL, quantity integer NOT NULL);
  ${createIndex};
  CREATE TABLE IF NOT EXISTS reservations (
    order_id text NOT NULL, sku text NOT NULL, quantity integer NOT NULL, made_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, sku));`;

export async function createSchema(pool: Pool): Promise<void> {
  await pool.query(schema);
  const {rowCount} = await pool.query(
    `INSERT INTO products (sku, name, price_cents)
     SELECT * FROM unnest($1::text[], $2::text[], $3::integer[]) ON CONFLICT DO NOTHING`,
    [catalogue.map((one) => one.sku), catalogue.map((one) => one.name), catalogue.map((one) => one.priceCents)],
  );
  if (rowCount === 0) return;
  await pool.query('INSERT INTO stock (sku, quantity) SELECT sku, $1 FROM products', [fullStock]);
  await pool.query('INSERT INTO warehouses (name) SELECT unnest($1::text[])', [warehouses]);
  await pool.query(
    'INSERT INTO inventory (sku, warehouse, quantity) SELECT p.sku, w.name, 100 FROM products p, warehouses w',
  );
}

/** Rows per step of the import, and where it ends even if the scan is still quick. */
const importStep = 200_000;
const importSteps = 18;
/** The scan that the story wants, measured here; the services' own run takes a little longer under load. */
const wantedMilliseconds = 1_300;

/**
 * A marketplace's catalogue is imported and the index is gone: rows are added until the scan takes the story's 1.5 s on
 * this machine. Resolves with the rows added.
 */
export async function loseIndex(pool: Pool, log: Logger): Promise<number> {
  await pool.query('DROP INDEX IF EXISTS idx_inventory_sku');
  for (let step = 1; step <= importSteps; step++) {
    await pool.query(
      `INSERT INTO inventory (sku, warehouse, quantity)
       SELECT 'MKT-' || n, $2, n % 50 FROM generate_series(1, $1::integer) n`,
      [importStep, 'marketplace'],
    );
    const milliseconds = Math.min(await timeScan(pool), await timeScan(pool));
    log.info({rows: step * importStep, milliseconds}, 'marketplace catalogue imported');
    if (milliseconds >= wantedMilliseconds) return step * importStep;
  }
  return importSteps * importStep;
}

/** The first scan after an import also tidies up the new rows: the shorter of two is what later ones will take. */
async function timeScan(pool: Pool): Promise<number> {
  const started = performance.now();
  await pool.query(availabilityQuery, [catalogue[0]?.sku]);
  return Math.round(performance.now() - started);
}

/** The mend: the table stays as large as it is, and the lookup no longer scans it. */
export const addIndex = (pool: Pool): Promise<unknown> => pool.query(createIndex);

export async function restoreIndex(pool: Pool): Promise<void> {
  await pool.query("DELETE FROM inventory WHERE warehouse = 'marketplace'");
  await pool.query('VACUUM FULL inventory');
  await pool.query(createIndex);
}
