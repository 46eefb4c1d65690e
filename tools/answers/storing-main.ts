/** Stores what it is sent until it is killed: see `storing-process.ts`. */
import {openStore} from './open-store.ts';
import {batchOf} from './span.ts';
import type {Sent} from './storing-process.ts';

const [directory = '', now = ''] = process.argv.slice(2);
const {store} = await openStore(directory, {now: () => Number(now)});
process.on('message', async ({number, tenant, spans}: Sent) => {
  await store.sink.consume(batchOf(spans), {tenant});
  process.send?.(number);
});
process.send?.(0);
