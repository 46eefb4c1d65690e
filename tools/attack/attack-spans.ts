/** The ports of Jaeger and Zipkin: bombs, nests, pieces, floods of datagrams; and whether an honest request is taken after them. */
import * as dgram from 'node:dgram';
import {readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {gzipSync} from 'node:zlib';
import {addressOf, attack, type Target} from './attack.ts';
import {connectRaw} from './http2-frames.ts';

const fixture = (name: string): Buffer => readFileSync(new URL(`../../fixtures/${name}`, import.meta.url));
const size = 19 * 2 ** 20;
/** A Thrift batch whose list under `field` has as many empty structs as there are bytes. */
const emptyStructs = (field: readonly number[]): Buffer =>
  Buffer.concat([Buffer.from([15, 0, 2, 12, 0, 0, 0, 1, ...field]), Buffer.alloc(4), Buffer.alloc(size)]);
const text = (start: string, repeated: string): Buffer => Buffer.from(start + repeated.repeat(size / repeated.length));

interface Bomb {
  readonly endpoint: string;
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
}

/** Zipped once: what they are is in their size. */
function bombs(): readonly Bomb[] {
  const thrift = {endpoint: 'jaeger_thrift_http', path: '/api/traces', type: 'application/x-thrift'};
  const v2 = {endpoint: 'zipkin_http', path: '/api/v2/spans', type: 'application/json'};
  const v1 = {...v2, path: '/api/v1/spans'};
  const counted = emptyStructs([15, 0, 10, 12]);
  counted.writeUInt32BE(size - 64, 12);
  return [
    {...thrift, body: counted},
    {...thrift, body: Buffer.alloc(size, Buffer.of(12, 0, 9))},
    {...v2, body: text('[', '{},')},
    {...v2, body: text('[{"tags":{"":""', ',"":""')},
    {...v2, body: text('', '[')},
    {...v2, type: 'application/x-protobuf', body: Buffer.alloc(size, Buffer.of(0x0a, 0))},
    {...v1, body: text('[{"binaryAnnotations":[', '{},')},
    {...v1, type: 'application/x-thrift', body: Buffer.alloc(size)},
  ].map((bomb) => ({...bomb, body: gzipSync(bomb.body, {level: 9})}));
}

export const spanBombs = attack({
  name: 'span-bombs',
  about:
    "160 zipped bodies of some 20 KB to Jaeger's and Zipkin's ports that say nothing in 19 MiB, or nest without end",
  maxGrowthMib: 600,
  async run(target) {
    const kinds = bombs();
    const all = Array.from({length: target.amount(160, 16)}, async (_, i) => {
      const {endpoint, path, type, body} = kinds[i % kinds.length] as Bomb;
      const {host, port} = addressOf(target, endpoint);
      const headers = {'content-type': type, 'content-encoding': 'gzip'};
      await fetch(`http://${host}:${port}${path}`, {method: 'POST', headers, body: new Uint8Array(body)}).catch(
        () => {},
      );
    });
    await Promise.all(all);
    return await unharmed(target);
  },
});

export const datagrams = attack({
  name: 'datagrams',
  about:
    "200,000 datagrams to the agent's ports: noise, halves of messages, lists that announce 2^31 elements, and honest ones",
  maxGrowthMib: 300,
  async run(target) {
    const good = fixture('jaeger/agent.compact');
    const kinds = [
      Buffer.alloc(60_000, 0x82),
      good.subarray(0, good.length / 2),
      Buffer.from([0x82, 0x81, 0, 9, ...Buffer.from('emitBatch'), 0x1c, 0x29, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07]),
      Buffer.alloc(0),
      good,
    ];
    const socket = dgram.createSocket('udp4');
    const ports = ['jaeger_thrift_compact', 'jaeger_thrift_binary', 'jaeger_zipkin_compact'].map(
      (name) => addressOf(target, name).port,
    );
    for (let i = 0; i < target.amount(200_000, 20_000); i++) {
      socket.send(kinds[i % kinds.length] as Buffer, ports[i % ports.length] as number, '127.0.0.1', () => {});
      if (i % 50 === 0) await sleep(1);
    }
    await sleep(100);
    socket.close();
    return await unharmed(target);
  },
});

export const slowSpans = attack({
  name: 'slow-spans',
  about: "400 connections to Jaeger's and Zipkin's ports that send one byte of their body a second, for 15 s",
  maxGrowthMib: 150,
  async run(target) {
    const doors = [
      ['jaeger_thrift_http', '/api/traces', 'application/x-thrift'],
      ['zipkin_http', '/api/v2/spans', 'application/json'],
    ] as const;
    const connections = Array.from({length: target.amount(400, 100)}, (_, i) => {
      const [endpoint, path, type] = doors[i % doors.length] as (typeof doors)[number];
      const connection = connectRaw(addressOf(target, endpoint));
      const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: 100000\r\n\r\n`;
      return {connection, sent: connection.send(head)};
    });
    await Promise.all(connections.map(({sent}) => sent));
    for (let second = 0; second < target.amount(15, 2); second++) {
      await Promise.all(connections.map(({connection}) => connection.send('[')));
      await sleep(1000);
    }
    const faults = await unharmed(target);
    for (const {connection} of connections) connection.socket.destroy();
    return faults;
  },
});

/** An honest request to each port; a busy Weft may ask to come back. */
async function unharmed(target: Target): Promise<string[]> {
  const requests = [
    ['jaeger_thrift_http', '/api/traces', 'application/x-thrift', 'jaeger/batch.thrift'],
    ['zipkin_http', '/api/v2/spans', 'application/json', 'zipkin/v2.json'],
    ['zipkin_http', '/api/v1/spans', 'application/x-thrift', 'zipkin/v1.thrift'],
  ] as const;
  const faults: string[] = [];
  for (const [endpoint, path, type, name] of requests) {
    const {host, port} = addressOf(target, endpoint);
    const post = async (): Promise<string> => {
      const init = {method: 'POST', headers: {'content-type': type}, body: new Uint8Array(fixture(name))};
      const answer = await fetch(`http://${host}:${port}${path}`, init);
      return `${answer.status} ${await answer.text()}`;
    };
    let said = await post();
    for (let tries = 0; said.startsWith('503') && tries < 20; tries++) {
      await sleep(500);
      said = await post();
    }
    if (said !== '202 ') faults.push(`${endpoint} answered ${said} to an honest request afterwards`);
  }
  return faults;
}
