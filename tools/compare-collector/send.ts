/** Sends what a case sends, one after the other, as its clients would. */
import {createSocket} from 'node:dgram';
import {setTimeout as sleep} from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import type {Request, Sent, Signal} from './case.ts';
import {encodeRequest} from './messages.ts';
import type {Placed} from './places.ts';

const encoded = new WeakMap<Request, Uint8Array>();

/** What the answers said, a word each. */
export async function send({one, place}: Placed): Promise<string[]> {
  const answers: string[] = [];
  for (const body of one.sent) {
    const answer = await sendOne(body, (name) => place.address(name));
    if (answer !== undefined) answers.push(answer);
  }
  return answers;
}

async function sendOne(sent: Sent, address: (name: string) => string): Promise<string | undefined> {
  if ('pause' in sent) return void (await sleep(sent.pause));
  if ('datagram' in sent) return void (await sendDatagram(address(sent.port), sent.datagram));
  if ('call' in sent) return call(address(sent.port), sent.call, sent.message);
  if ('body' in sent) {
    return post(`http://${address(sent.port)}${sent.path}`, sent.body, {'content-type': sent.contentType});
  }
  return post(`http://${address('otlp')}/v1/${sent.signal}`, encode(sent.signal, sent.request), {
    'content-type': 'application/x-protobuf',
    ...sent.headers,
  });
}

/** Each request once, however many cases send it. */
function encode(signal: Signal, request: Request): Uint8Array {
  let body = encoded.get(request);
  if (body === undefined) {
    body = encodeRequest(signal, request);
    encoded.set(request, body);
  }
  return body;
}

/** As a client does, it tries again where it is told when: a machine at its limit would look like a difference. */
async function post(url: string, body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<string> {
  for (let left = 20; ; left--) {
    const answer = await fetch(url, {method: 'POST', headers, body: new Uint8Array(body)});
    await answer.arrayBuffer();
    if (left === 0 || !answer.headers.has('retry-after')) return String(answer.status);
    await sleep(250);
  }
}

async function sendDatagram(address: string, message: Uint8Array): Promise<void> {
  const socket = createSocket('udp4');
  const [host, port] = address.split(':');
  await new Promise<void>((resolve, reject) =>
    socket.send(message, Number(port), host, (error) => (error ? reject(error) : resolve())),
  );
  socket.close();
}

async function call(address: string, method: string, message: Uint8Array): Promise<string> {
  const client = new grpc.Client(address, grpc.credentials.createInsecure());
  const same = (bytes: Buffer): Buffer => bytes;
  try {
    return await new Promise((resolve) =>
      client.makeUnaryRequest(method, same, same, Buffer.from(message), (error) =>
        resolve(`grpc ${error?.code ?? grpc.status.OK}`),
      ),
    );
  } finally {
    client.close();
  }
}
