/** Apache Kafka with every listener that Weft can log in to: in the clear, with SASL, with SASL over TLS. */
import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {freePort} from '../../instrument/src/testing-servers.ts';
import {until} from '../harness.ts';

export interface SecureBroker {
  readonly plain: string;
  readonly sasl: string;
  readonly tls: string;
  /** File of the authority that signed the broker's certificate. */
  readonly caFile: string;
  stop(): Promise<void>;
}

export const login = {username: 'weft', password: 'opens-doors'};

export async function startSecureBroker(): Promise<SecureBroker | {readonly missing: string}> {
  const home = process.env.KAFKA_HOME;
  if (home === undefined || !existsSync(join(home, 'libs'))) {
    return {missing: 'no Kafka: set KAFKA_HOME to an Apache Kafka 4 (and have java)'};
  }
  for (const [command, argument] of [['java', '-version'] as const, ['openssl', 'version'] as const]) {
    if (spawnSync(command, [argument]).status !== 0) return {missing: `no Kafka: ${command} is not installed`};
  }
  const folder = mkdtempSync(join(tmpdir(), 'weft-kafka-'));
  const [plain, sasl, tls, controller] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const properties = join(folder, 'server.properties');
  const jaas = `org.apache.kafka.common.security.plain.PlainLoginModule required username="${login.username}" password="${login.password}" user_${login.username}="${login.password}";`;
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  const listeners = ['SASL', 'TLS'].flatMap((name) => [
    `listener.name.${name.toLowerCase()}.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER`,
    `listener.name.${name.toLowerCase()}.plain.sasl.jaas.config=${jaas}`,
    // Tokens are not signed, which is what a broker takes where nothing else is set.
    `listener.name.${name.toLowerCase()}.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
    `listener.name.${name.toLowerCase()}.scram-sha-256.sasl.jaas.config=${scram}`,
    `listener.name.${name.toLowerCase()}.scram-sha-512.sasl.jaas.config=${scram}`,
  ]);
  const {chain, key} = certificate(folder);
  writeFileSync(
    properties,
    `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=PLAIN://127.0.0.1:${plain},SASL://127.0.0.1:${sasl},TLS://127.0.0.1:${tls},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAIN://127.0.0.1:${plain},SASL://127.0.0.1:${sasl},TLS://127.0.0.1:${tls}
listener.security.protocol.map=PLAIN:PLAINTEXT,SASL:SASL_PLAINTEXT,TLS:SASL_SSL,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAIN
log.dirs=${join(folder, 'data')}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=500
num.partitions=4
ssl.keystore.type=PEM
ssl.keystore.certificate.chain=${oneLine(chain)}
ssl.keystore.key=${oneLine(key)}
${listeners.join('\n')}
`,
  );
  const java = ['-Xmx512m', '-cp', join(home, 'libs', '*')];
  const scrams = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${login.username},password=${login.password}]`,
  ]);
  const made = spawnSync(
    'java',
    [...java, 'kafka.tools.StorageTool', 'format', '-t', 'MkU3OEVBNTcwNTJENDM2Qk', '-c', properties, ...scrams],
    {encoding: 'utf8'},
  );
  if (made.status !== 0) throw new Error(`kafka storage: ${made.stdout}${made.stderr}`);
  const child = spawn('java', [...java, 'kafka.Kafka', properties], {stdio: ['ignore', 'pipe', 'inherit']});
  let said = '';
  child.stdout.on('data', (text) => (said = `${said}${text}`.slice(-4000)));
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`Kafka ended with ${child.exitCode}: ${said}`);
    return (await Promise.all([plain, sasl, tls].map(isOpen))).every(Boolean);
  });
  const at = (port: number): string => `127.0.0.1:${port}`;
  return {
    plain: at(plain),
    sasl: at(sasl),
    tls: at(tls),
    caFile: join(folder, 'ca.pem'),
    async stop() {
      await end(child);
      rmSync(folder, {recursive: true, force: true, maxRetries: 5});
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await ended;
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

/** As a file of properties has them. */
const oneLine = (pem: string): string => pem.trim().replaceAll('\n', '\\n');

/** Makes an authority and a certificate of 127.0.0.1 that it signs. */
function certificate(folder: string): {readonly chain: string; readonly key: string} {
  const openssl = (...args: readonly string[]): void => {
    const {status, stderr} = spawnSync('openssl', args, {cwd: folder, encoding: 'utf8'});
    if (status !== 0) throw new Error(stderr);
  };
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...made, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=ca', '-days', '2');
  const name = ['-subj', '/CN=broker', '-addext', 'subjectAltName=IP:127.0.0.1'];
  openssl('req', ...made, '-keyout', 'broker.key', '-out', 'broker.csr', ...name);
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-copy_extensions', 'copy', '-days', '2'];
  openssl('x509', '-req', '-in', 'broker.csr', ...signed, '-out', 'broker.pem');
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  return {chain: read('broker.pem'), key: read('broker.key')};
}
