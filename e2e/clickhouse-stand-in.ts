/**
 * A ClickHouse server for tests where none is installed: Weft's own engine behind a TCP port. To be run as a process, killed
 * and stopped: `node clickhouse-stand-in.ts DIRECTORY PORT`. It prints `ready` and its engine's pid once it listens.
 */
import {connect, createServer} from 'node:net';
import {silentLog} from '../server/src/base/index.ts';
import {createEmbeddedEngine} from '../server/src/engine/index.ts';

const [directory, port] = process.argv.slice(2) as [string, string];
const engine = createEmbeddedEngine({directory, log: silentLog});
await engine.start();
const path = (engine.endpoint as {path: string}).path;
createServer((socket) => {
  const inner = connect(path);
  socket.pipe(inner).pipe(socket);
  socket.on('error', () => inner.destroy()).on('close', () => inner.destroy());
  inner.on('error', () => socket.destroy()).on('close', () => socket.destroy());
}).listen(Number(port), '127.0.0.1', () => console.log(`ready ${engine.pid}`));
