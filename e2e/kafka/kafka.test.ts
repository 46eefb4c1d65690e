/**
 * The shop's Kafka stand-in with Kafka clients of other languages, each running one script: produce a record of each
 * compression to each partition of a topic that the broker makes by itself, ask for offsets, consume in a group, commit,
 * go on from there with another member, share the partitions with two. Where KAFKA_HOME names Apache Kafka (see
 * tools/kafka/get.sh), the same scripts run on it as well and have to see the same. Says why it skips a client whose
 * toolchain is not there. Programs are built once and kept in `.cache/`.
 */
import {spawn} from 'node:child_process';
import {join} from 'node:path';
import {Kafka, logLevel} from 'kafkajs';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {startKafka} from '../../instrument/src/testing-servers.ts';
import {startKafkaStandIn} from '../../shop/src/stand-in-kafka.ts';
import {exchange, frame, int8, request} from '../../shop/src/testing-kafka.ts';
import {type Command, prepare} from './clients.ts';

const here = import.meta.dirname;

let standIn: Awaited<ReturnType<typeof startKafkaStandIn>>;
let real: Awaited<ReturnType<typeof startKafka>>;
beforeAll(async () => {
  standIn = await startKafkaStandIn();
  real = await startKafka();
  if ('missing' in real) console.log(`The stand-in is not compared with Apache Kafka: ${real.missing}`);
});
afterAll(async () => {
  await standIn.close();
  if (!('missing' in real)) await real.stop();
});

/** Runs the script and gives the lines that it printed. */
async function see([command, ...args]: Command, language: string, brokers: string, rest: string[]): Promise<string[]> {
  const child = spawn(command, [...args, brokers, ...rest], {
    cwd: join(here, language),
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 90_000,
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const status = await new Promise((resolve) => child.on('close', resolve));
  expect(status, `${rest[0]} ended with ${status} after printing\n${text}`).toBe(0);
  return text.trim().split('\n');
}

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const partitions = [0, 1, 2];
const produced = [
  ...partitions.map((p) => `offsets ${p} 0 ${codecs.length}`),
  ...partitions.flatMap((p) => codecs.map((codec, at) => `record ${p}/${at} key-${p} ${codec}-${p} ${codec}`)),
];
const grouped = [...produced, `resumed 1/${codecs.length} key-1 after none`, 'shared 1 2'];

async function createOn(brokers: string, topic: string): Promise<void> {
  const admin = new Kafka({brokers: [brokers], logLevel: logLevel.NOTHING}).admin();
  await admin.connect();
  await admin.createTopics({topics: [{topic, numPartitions: partitions.length}]});
  await admin.disconnect();
}

const clients = [
  {language: 'go', library: 'kafka-go'},
  {language: 'go', library: 'franz-go'},
  {language: 'go', library: 'sarama'},
  {language: 'python', library: 'kafka-python'},
  {language: 'python', library: 'confluent-kafka'},
  {language: 'java', library: 'kafka-clients'},
];
it.for(clients)(
  'Kafka stand-in: $library ($language) sees what it sees of Apache Kafka',
  {timeout: 600_000},
  async ({language, library}, context) => {
    const client = prepare(language, library);
    if ('missing' in client) return context.skip(`${library} cannot be had here: ${client.missing}`);
    expect(await see(client.run, language, standIn.brokers, [library, `${library}-topic`])).toEqual(grouped);
    if ('missing' in real) return;
    const brokers = `${real.host}:${real.port}`;
    // Apache Kafka makes topics of one partition by itself.
    await createOn(brokers, `${library}-topic`);
    expect(await see(client.run, language, brokers, [library, `${library}-topic`])).toEqual(grouped);
  },
);

// Minutes of compiling: asked for as README.md says. This client has no consumer groups.
it.runIf(process.env.WEFT_INTEROP_RUST === '1')(
  'Kafka stand-in: rskafka (rust) sees what it sees of Apache Kafka',
  {timeout: 1_200_000},
  async (context) => {
    const client = prepare('rust', 'rskafka');
    if ('missing' in client) return context.skip(`rskafka cannot be had here: ${client.missing}`);
    expect(await see(client.run, 'rust', standIn.brokers, ['rskafka', 'rskafka-topic'])).toEqual(produced);
    if ('missing' in real) return;
    const brokers = `${real.host}:${real.port}`;
    expect(await see(client.run, 'rust', brokers, ['rskafka', 'rskafka-topic'])).toEqual(produced);
  },
);

it('Kafka stand-in: versions that it does not have end as with Apache Kafka', async (context) => {
  if ('missing' in real) return context.skip(real.missing);
  const brokers = `${real.host}:${real.port}`;
  const told = (await exchange(standIn.brokers, frame(request(18, 0)))) as Buffer;
  const probes = Array.from({length: told.readInt32BE(6)}, (_, index) => 10 + index * 6).flatMap((at) => {
    const [key, minimum, maximum] = [told.readInt16BE(at), told.readInt16BE(at + 2), told.readInt16BE(at + 4)];
    return [minimum - 1, maximum + 1, 999].map((version) => ({key, version}));
  });
  for (const {key, version} of probes) {
    const bytes = frame(request(key, version, int8(0), Buffer.alloc(64)));
    const [ours, theirs] = await Promise.all([exchange(standIn.brokers, bytes), exchange(brokers, bytes)]);
    expect({key, version, answer: ours}).toEqual({key, version, answer: theirs});
  }
});
