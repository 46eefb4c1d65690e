/** Bodies that are larger than they look, or go where none is read. */
import {setTimeout as sleep} from 'node:timers/promises';
import {gzipSync, zstdCompressSync} from 'node:zlib';
import {addressOf, attack} from './attack.ts';
import {connectRaw} from './http2-frames.ts';

export const apiBodies = attack({
  name: 'api-bodies',
  about: '150 bodies of 15 MiB to POST /flush, which reads none',
  maxGrowthMib: 200,
  async run(target) {
    const {host, port} = addressOf(target, 'http');
    const length = 15 * 2 ** 20;
    const piece = Buffer.alloc(2 ** 20);
    const bodies = Array.from({length: target.amount(150, 40)}, async () => {
      const connection = connectRaw({host, port});
      await connection.send(`POST /api/weft/v1/flush HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${length}\r\n\r\n`);
      // All but the last byte, so that every body is held at once.
      for (let i = 0; i < 15 && !connection.gone; i++) await connection.send(i < 14 ? piece : piece.subarray(1));
      await sleep(target.amount(3000, 500));
      connection.socket.destroy();
    });
    await Promise.all(bodies);
    return [];
  },
});

/** Protobuf of one span with as many empty attributes as fit in `bytes`: two bytes each, which decode to a row of a table. */
function emptyAttributes(bytes: number): Buffer {
  const varint = (value: number): Buffer => {
    const out = [];
    for (; value > 127; value = Math.floor(value / 128)) out.push((value % 128) + 128);
    return Buffer.from([...out, value]);
  };
  const field = (number: number, content: Buffer): Buffer =>
    Buffer.concat([Buffer.from([number * 8 + 2]), varint(content.length), content]);
  const ids = Buffer.concat([
    field(1, Buffer.alloc(16, 7)),
    field(2, Buffer.alloc(8, 7)),
    field(5, Buffer.from('bomb')),
  ]);
  const attributes = Buffer.alloc(bytes, Buffer.from([0x4a, 0x00]));
  return field(1, field(2, field(2, Buffer.concat([ids, attributes]))));
}

export const smallBombs = attack({
  name: 'small-bombs',
  about: '120 bodies of some 2 KB as zstd or gzip that decompress to 19 MiB: zeros, and spans of empty attributes',
  maxGrowthMib: 600,
  async run(target) {
    const {host, port} = addressOf(target, 'otlp_http');
    const size = 19 * 2 ** 20;
    const kinds = [
      ['zstd', zstdCompressSync(Buffer.alloc(size))],
      ['zstd', zstdCompressSync(emptyAttributes(size))],
      ['gzip', gzipSync(emptyAttributes(size))],
    ] as const;
    const bombs = Array.from({length: target.amount(120, 24)}, async (_, i) => {
      const [encoding, body] = kinds[i % kinds.length] as (typeof kinds)[number];
      const headers = {'content-type': 'application/x-protobuf', 'content-encoding': encoding};
      await fetch(`http://${host}:${port}/v1/traces`, {method: 'POST', headers, body: new Uint8Array(body)}).catch(
        () => {},
      );
    });
    await Promise.all(bombs);
    return [];
  },
});

export const slowSenders = attack({
  name: 'slow-senders',
  about: '500 connections over HTTP that send one byte of their body a second, for 15 s',
  maxGrowthMib: 150,
  async run(target) {
    const connections = Array.from({length: target.amount(500, 200)}, () => connectRaw(addressOf(target, 'otlp_http')));
    const head =
      'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nContent-Length: 100000\r\n\r\n';
    await Promise.all(connections.map((each) => each.send(head)));
    for (let second = 0; second < target.amount(15, 2); second++) {
      await Promise.all(connections.map((each) => each.send('x')));
      await sleep(1000);
    }
    for (const {socket} of connections) socket.destroy();
    return [];
  },
});
