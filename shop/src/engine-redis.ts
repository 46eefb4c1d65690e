/** Redis: the machine's `redis-server` or `valkey-server` where there is one, else the stand-in. */
import {spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';
import {type Engine, freePort} from './engine-postgres.ts';
import {startRedisStandIn} from './stand-in-redis.ts';

export async function startRedis(): Promise<Engine> {
  for (const name of ['redis-server', 'valkey-server']) {
    const folder = (process.env.PATH ?? '').split(delimiter).find((one) => existsSync(join(one, name)));
    const engine = folder === undefined ? undefined : await startServer(join(folder, name), name);
    if (engine !== undefined) return engine;
  }
  const {url, close} = await startRedisStandIn();
  return {url, description: 'a stand-in for Redis (its protocol, in memory)', close};
}

async function startServer(command: string, name: string): Promise<Engine | undefined> {
  const port = await freePort();
  // Under a shell that ends it when our end of its input closes, also after a `kill -9` of this process.
  const script = 'exec 3<&0; "$@" & server=$!; (read -r _ <&3; kill -TERM $server) 2>/dev/null & wait $server';
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--maxmemory',
    '64mb',
  ];
  const server = spawn('sh', ['-c', script, 'sh', command, ...settings], {
    cwd: tmpdir(),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const isReady = await new Promise<boolean>((resolve) => {
    let said = '';
    server.stdout.on('data', (chunk: Buffer) => {
      if (said.length < 16_384) said += chunk.toString();
      if (said.includes('Ready to accept connections')) resolve(true);
    });
    server.once('error', () => resolve(false));
    server.once('exit', () => resolve(false));
  });
  if (!isReady) return undefined;
  return {
    url: `redis://127.0.0.1:${port}`,
    description: `the machine's ${name}`,
    close: async () => {
      server.stdin.end();
      await new Promise<void>((resolve) =>
        server.exitCode === null ? server.once('exit', () => resolve()) : resolve(),
      );
    },
  };
}
