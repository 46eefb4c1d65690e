/** Senders that never read: what is answered to them stays with the one who answers. */
import {setTimeout as sleep} from 'node:timers/promises';
import {otlp} from '../../server/src/wire/index.ts';
import {addressOf, attack} from './attack.ts';
import {
  callHeaders,
  connectRaw,
  endHeaders,
  endStream,
  exportPath,
  grpcMessage,
  http2Frame,
  http2Preface,
  initialWindow,
} from './http2-frames.ts';

export const unreadCalls = attack({
  name: 'unread-grpc-answers',
  about: '36,000 empty exports over 36 HTTP/2 connections that open no window for the answers',
  maxGrowthMib: 450,
  async run(target) {
    const headers = callHeaders(exportPath);
    const connections = Array.from({length: target.amount(36, 8)}, () =>
      connectRaw(addressOf(target, 'otlp_grpc'), false),
    );
    for (const connection of connections) {
      await connection.send(http2Preface(initialWindow(0)));
      for (let i = 0; i < 1000; i++) {
        const call = [
          http2Frame('headers', endHeaders, 2 * i + 1, headers),
          http2Frame('data', endStream, 2 * i + 1, grpcMessage(Buffer.alloc(0))),
        ];
        await connection.send(Buffer.concat(call));
      }
    }
    await sleep(target.amount(5000, 500));
    for (const {socket} of connections) socket.destroy();
    return [];
  },
});

/** A trace of `spans` spans, some 500 B each as JSON. */
async function sendLargeTrace(target: Parameters<typeof addressOf>[0], spans: number): Promise<string> {
  const traceId = 'abcdef0123456789abcdef0123456789';
  const now = BigInt(Date.now()) * 1_000_000n;
  const {host, port} = addressOf(target, 'otlp_http');
  for (let from = 0; from < spans; from += 5000) {
    const batch = Array.from({length: Math.min(5000, spans - from)}, (_, i) => ({
      traceId,
      spanId: (from + i + 1).toString(16).padStart(16, '0'),
      parentSpanId: from + i === 0 ? '' : '0000000000000001',
      name: `step ${i % 50}`,
      startTimeUnixNano: String(now),
      endTimeUnixNano: String(now + 1000n),
      attributes: [{key: 'note', value: {stringValue: `${from + i} `.padEnd(200, 'x')}}],
    }));
    const json = JSON.stringify({
      resourceSpans: [
        {resource: {attributes: [{key: 'service.name', value: {stringValue: 'large'}}]}, scopeSpans: [{spans: batch}]},
      ],
    });
    const body = new Uint8Array(otlp.traces.encodeProto(otlp.traces.decodeJson(Buffer.from(json)).batch));
    const options = {method: 'POST', headers: {'content-type': 'application/x-protobuf'}, body};
    for (;;) {
      const {status} = await fetch(`http://${host}:${port}/v1/traces`, options);
      if (status === 200) break;
      await sleep(200);
    }
  }
  await fetch(`${target.weft.http}/api/weft/v1/flush`, {method: 'POST'});
  return traceId;
}

export const slowReaders = attack({
  name: 'slow-readers',
  about: '40 connections that ask for a trace of 25,000 spans (14 MB) and read nothing of it',
  // Twenty readers cost as much as forty (some 700 MiB on a quiet machine): it is the bound, with the garbage of making answers.
  maxGrowthMib: 900,
  async run(target) {
    const traceId = await sendLargeTrace(target, target.amount(25_000, 25_000));
    const readers = Array.from({length: target.amount(40, 20)}, () => connectRaw(addressOf(target, 'http'), false));
    for (const reader of readers) {
      await reader.send(`GET /api/traces/${traceId} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
      await sleep(50);
    }
    await sleep(target.amount(10_000, 2000));
    const faults: string[] = [];
    const status = await fetch(`${target.weft.http}/ready`).then((answer) => answer.status, String);
    if (status !== 200) faults.push(`/ready answers ${status} beside slow readers`);
    for (const {socket} of readers) socket.destroy();
    return faults;
  },
});
