import {spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {connect, type Socket} from 'node:net';
import {afterAll, expect, test} from 'vitest';
import {exchange, frame, int32, request} from './testing-kafka.ts';

/** The stand-in in a process of its own, whose heap is small. */
const source = `import {startKafkaStandIn} from ${JSON.stringify(new URL('stand-in-kafka.ts', import.meta.url).href)};
console.log((await startKafkaStandIn()).brokers);`;
const arguments_ = ['--max-old-space-size=64', '--input-type=module', '-e', source];
const child = spawn(process.execPath, arguments_, {stdio: ['ignore', 'pipe', 'inherit']});
const brokers = new Promise<string>((resolve) =>
  child.stdout.once('data', (text: Buffer) => resolve(`${text}`.trim())),
);
const sockets: Socket[] = [];
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  child.kill('SIGKILL');
});

function open(address: string): Socket {
  const [host = '', port] = address.split(':');
  const socket = connect(Number(port), host).setNoDelay(true);
  socket.on('error', () => socket.destroy());
  sockets.push(socket);
  return socket;
}
const peakMebibytes = (): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024;

test.runIf(process.platform === 'linux')(
  'Kafka stand-in: connections with large frames that never end cost bounded memory, and an honest client is answered',
  async () => {
    const address = await brokers;
    const part = Buffer.alloc(16 * 1024 * 1024);
    await Promise.all(
      Array.from({length: 40}, async () => {
        const socket = open(address);
        socket.write(int32(32 * 1024 * 1024));
        await new Promise((resolve) => {
          socket.write(part, resolve);
          socket.once('close', resolve);
        });
      }),
    );
    expect(await exchange(address, frame(request(18, 0)))).toBeInstanceOf(Buffer);
    expect(peakMebibytes()).toBeLessThan(700);
  },
);

test.runIf(process.platform === 'linux')(
  'Kafka stand-in: a frame in one-byte pieces costs what its bytes cost',
  async () => {
    const address = await brokers;
    const before = peakMebibytes();
    const socket = open(address);
    socket.write(int32(32 * 1024 * 1024));
    const byte = Buffer.alloc(1);
    for (let sent = 0; sent < 100_000; sent += 100) {
      for (let index = 0; index < 100; index++) socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await new Promise((resolve) => socket.write(byte, resolve));
    expect(await exchange(address, frame(request(18, 0)))).toBeInstanceOf(Buffer);
    expect(peakMebibytes() - before).toBeLessThan(50);
  },
);
