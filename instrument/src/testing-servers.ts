/**
 * Real servers for this package's own tests: what the machine has is started on a free port, what it has not is said
 * plainly and its tests are skipped. Nothing is installed.
 */
import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import type {AddressInfo} from 'node:net';
import {connect, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

export type RealServer = {readonly host: string; readonly port: number; stop(): Promise<void>};
type Missing = {readonly missing: string};

export const isMissing = (server: RealServer | Missing): server is Missing => 'missing' in server;

/** Prints why tests are skipped, where a reader of the test output sees it. */
export function sayMissing(server: RealServer | Missing): boolean {
  if (isMissing(server)) process.stderr.write(`SKIPPED: ${server.missing}\n`);
  return isMissing(server);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

const has = (command: string): boolean => spawnSync('which', [command]).status === 0;
const scratch = (): string => mkdtempSync(join(tmpdir(), 'weft-instrument-'));

async function untilOpen(port: number, child: ChildProcess, what: string, seconds = 60): Promise<void> {
  for (const deadline = performance.now() + seconds * 1_000; performance.now() < deadline; await sleep(50)) {
    if (child.exitCode !== null) throw new Error(`${what} ended with ${child.exitCode}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (open) return;
  }
  throw new Error(`${what} did not open port ${port} within ${seconds} s`);
}

function stopper(child: ChildProcess, folder: string): () => Promise<void> {
  return async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, {recursive: true, force: true, maxRetries: 5});
  };
}

/** A server named by the environment (`host:port`), not ours to stop. */
function given(name: string): RealServer | undefined {
  const [host, port] = process.env[name]?.split(':') ?? [];
  return host === undefined || port === undefined ? undefined : {host, port: Number(port), stop: async () => {}};
}

export async function startRedis(): Promise<RealServer | Missing> {
  const server = given('WEFT_TEST_REDIS');
  if (server !== undefined) return server;
  if (!has('redis-server')) return {missing: 'no Redis: install redis-server, or set WEFT_TEST_REDIS=host:port'};
  const [port, folder] = [await freePort(), scratch()];
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder], {
    stdio: 'ignore',
  });
  await untilOpen(port, child, 'redis-server');
  return {host: '127.0.0.1', port, stop: stopper(child, folder)};
}

export async function startRabbit(): Promise<RealServer | Missing> {
  const server = given('WEFT_TEST_RABBITMQ');
  if (server !== undefined) return server;
  const binary = ['/usr/lib/rabbitmq/bin/rabbitmq-server', '/opt/rabbitmq/sbin/rabbitmq-server'].find((file) =>
    existsSync(file),
  );
  if (binary === undefined)
    return {missing: 'no RabbitMQ: install rabbitmq-server, or set WEFT_TEST_RABBITMQ=host:port'};
  const [port, distribution, names, folder] = [await freePort(), await freePort(), await freePort(), scratch()];
  const child = spawn(binary, [], {
    stdio: 'ignore',
    detached: true, // A group of its own: the script starts the Erlang machine as its child.
    env: {
      ...process.env,
      HOME: folder,
      ERL_EPMD_PORT: String(names), // Erlang's name daemon: one of our own, which stays until it is told to go.
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_NODENAME: `weft${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
      RABBITMQ_LOG_BASE: join(folder, 'log'),
      RABBITMQ_PID_FILE: join(folder, 'pid'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    },
  });
  await untilOpen(port, child, 'rabbitmq-server', 90);
  return {
    host: '127.0.0.1',
    port,
    stop: async () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      await new Promise((resolve) => child.once('close', resolve));
      // The name daemon refuses to go until it has noticed that its node has.
      const kill = () => spawnSync('epmd', ['-port', String(names), '-kill'], {encoding: 'utf8'});
      for (let tries = 0; tries < 50 && /living nodes/i.test(`${kill().stdout}`); tries++) await sleep(20);
      rmSync(folder, {recursive: true, force: true, maxRetries: 5});
    },
  };
}

/** Debian's PostgreSQL, run as the unprivileged user `postgres` when we are root (it refuses root). */
export async function startPostgres(): Promise<RealServer | Missing> {
  const server = given('WEFT_TEST_POSTGRES');
  if (server !== undefined) return server;
  const base = '/usr/lib/postgresql';
  const version = existsSync(base) ? readdirSync(base).sort().at(-1) : undefined;
  if (version === undefined)
    return {missing: 'no PostgreSQL server: install postgresql, or set WEFT_TEST_POSTGRES=host:port'};
  const [port, folder, binary] = [await freePort(), scratch(), join(base, version, 'bin')];
  const root = process.getuid?.() === 0;
  const as = (command: string, args: string[]): [string, string[]] =>
    root ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', command, ...args]] : [command, args];
  if (root) spawnSync('chown', ['postgres:postgres', folder]);
  const [init, initArgs] = as(join(binary, 'initdb'), [
    '-D',
    join(folder, 'data'),
    '-U',
    'postgres',
    '-A',
    'trust',
    '--no-sync',
  ]);
  const made = spawnSync(init, initArgs, {encoding: 'utf8'});
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const [command, args] = as(join(binary, 'postgres'), [
    '-D',
    join(folder, 'data'),
    '-p',
    String(port),
    '-h',
    '127.0.0.1',
    '-k',
    folder,
    '-F',
  ]);
  const child = spawn(command, args, {stdio: 'ignore'});
  await untilOpen(port, child, 'postgres');
  return {
    host: '127.0.0.1',
    port,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGQUIT'); // Immediate shutdown: its own children end with it.
      await ended;
      rmSync(folder, {recursive: true, force: true, maxRetries: 5});
    },
  };
}

/** PGlite is PostgreSQL itself, compiled to WebAssembly; its socket server speaks the wire protocol. */
export async function startPglite(): Promise<RealServer> {
  const [{PGlite}, {PGLiteSocketServer}] = await Promise.all([
    import('@electric-sql/pglite'),
    import('@electric-sql/pglite-socket'),
  ]);
  const db = await PGlite.create();
  const port = await freePort();
  const server = new PGLiteSocketServer({db, port, host: '127.0.0.1'});
  await server.start();
  return {
    host: '127.0.0.1',
    port,
    stop: async () => {
      await server.stop();
      await db.close();
    },
  };
}

/** Debian's MariaDB; its superuser `weft` has no password. */
export async function startMysql(): Promise<RealServer | Missing> {
  const server = given('WEFT_TEST_MYSQL');
  if (server !== undefined) return server;
  const binary = ['mariadbd', 'mysqld'].map((name) => `/usr/sbin/${name}`).find((file) => existsSync(file));
  if (binary === undefined) return {missing: 'no MySQL: install mariadb-server, or set WEFT_TEST_MYSQL=host:port'};
  const [port, folder] = [await freePort(), scratch()];
  const data = join(folder, 'data');
  const user = process.getuid?.() === 0 ? ['--user=root'] : [];
  const install = [
    '--no-defaults',
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    `--datadir=${data}`,
    ...user,
  ];
  const made = spawnSync('mariadb-install-db', install, {encoding: 'utf8'});
  if (made.status !== 0) throw new Error(`mariadb-install-db: ${made.stdout}${made.stderr}`);
  const first = join(folder, 'first.sql');
  writeFileSync(first, "CREATE DATABASE shop;\nCREATE USER weft@'127.0.0.1';\nGRANT ALL ON *.* TO weft@'127.0.0.1';\n");
  const child = spawn(
    binary,
    [
      '--no-defaults',
      ...user,
      `--datadir=${data}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      `--init-file=${first}`,
      '--skip-name-resolve',
      '--innodb-flush-log-at-trx-commit=0',
    ],
    {stdio: 'ignore'},
  );
  await untilOpen(port, child, 'mariadbd');
  return {host: '127.0.0.1', port, stop: stopper(child, folder)};
}

/** FerretDB: MongoDB's protocol over SQLite (`tools/ferretdb/get.sh`). */
export async function startMongo(): Promise<RealServer | Missing> {
  const server = given('WEFT_TEST_MONGODB');
  if (server !== undefined) return server;
  const binary = process.env.FERRETDB;
  if (binary === undefined || !existsSync(binary)) {
    return {missing: 'no MongoDB: set FERRETDB="$(sh tools/ferretdb/get.sh)", or WEFT_TEST_MONGODB=host:port'};
  }
  const [port, folder] = [await freePort(), scratch()];
  const child = spawn(
    binary,
    [
      '--handler=sqlite',
      `--sqlite-url=file:${folder}/`,
      `--listen-addr=127.0.0.1:${port}`,
      '--debug-addr=-',
      '--telemetry=disable',
      `--state-dir=${folder}`,
    ],
    {stdio: 'ignore', env: {...process.env, DO_NOT_TRACK: '1'}},
  );
  await untilOpen(port, child, 'ferretdb');
  return {host: '127.0.0.1', port, stop: stopper(child, folder)};
}

/** Apache Kafka (KRaft) from `KAFKA_HOME`, one broker. */
export async function startKafka(): Promise<RealServer | Missing> {
  const server = given('WEFT_TEST_KAFKA');
  if (server !== undefined) return server;
  const home = process.env.KAFKA_HOME;
  if (home === undefined || !existsSync(join(home, 'libs')) || !has('java')) {
    return {missing: 'no Kafka: set KAFKA_HOME to an Apache Kafka 4 (and have java), or WEFT_TEST_KAFKA=host:port'};
  }
  const [port, controller, folder] = [await freePort(), await freePort(), scratch()];
  const properties = join(folder, 'server.properties');
  writeFileSync(
    properties,
    `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
log.dirs=${join(folder, 'data')}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
`,
  );
  const java = ['-Xmx512m', '-cp', join(home, 'libs', '*')];
  const made = spawnSync(
    'java',
    [...java, 'kafka.tools.StorageTool', 'format', '-t', 'MkU3OEVBNTcwNTJENDM2Qk', '-c', properties],
    {encoding: 'utf8'},
  );
  if (made.status !== 0) throw new Error(`kafka storage: ${made.stdout}${made.stderr}`);
  const child = spawn('java', [...java, 'kafka.Kafka', properties], {stdio: 'ignore'});
  await untilOpen(port, child, 'kafka');
  return {host: '127.0.0.1', port, stop: stopper(child, folder)};
}
