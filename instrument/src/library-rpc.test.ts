import {request as httpRequest} from 'node:http';
import type {AddressInfo} from 'node:net';
import {beforeEach, describe, expect, test} from 'vitest';
import {getBaggage, withBaggage} from './baggage.ts';
import {
  assertChain,
  assertChildOf,
  assertContextSent,
  assertNoOrphans,
  captureSpans,
  startDownstream,
} from './testing/index.ts';
import {traced} from './traced.ts';

const capture = captureSpans({captureHeaders: {request: ['x-tenant', 'authorization']}});
beforeEach(() => capture.clear());

describe('HTTP clients', () => {
  test('fetch sends its span’s context and baggage', async () => {
    const downstream = await startDownstream();
    await withBaggage({tenant: 'acme'}, () => traced('request', () => fetch(`${downstream.url}/pay?token=abc`)));
    await downstream.stop();
    const {headers} = downstream.requests[0]!;
    const client = capture.one(({kind}) => kind === 'client');
    assertContextSent(headers, client);
    assertChildOf(client, capture.one('request'));
    expect(headers.baggage).toBe('tenant=acme');
    expect(client.attributes['url.full']).toBe(`${downstream.url}/pay?token=REDACTED`);
    expect(() => assertContextSent(headers, capture.one('request'))).toThrow('expected the downstream to receive');
  });

  test('node:http too, and a failed call says so', async () => {
    const downstream = await startDownstream(503);
    await traced('request', async () => {
      await new Promise<void>((resolve) =>
        httpRequest(downstream.url, {headers: {authorization: 'Bearer secret', 'x-tenant': 'acme'}}, (response) =>
          response.resume().on('end', resolve),
        ).end(),
      );
    });
    await downstream.stop();
    const client = await capture.waitFor(({kind}) => kind === 'client');
    assertContextSent(downstream.requests[0]!.headers, client);
    expect(client).toMatchObject({status: 'error', attributes: {'error.type': '503'}});
    expect(client.attributes['http.request.header.x-tenant']).toEqual(['acme']);
    expect(client.attributes['http.request.header.authorization']).toBe('REDACTED');
    capture.clear();
    await expect(traced('request', () => fetch(downstream.url))).rejects.toThrow();
    expect(capture.one(({kind}) => kind === 'client').status).toBe('error');
  });
});

describe('HTTP servers', () => {
  test('Express and Fastify name the span after the route and take the caller’s context and baggage', async () => {
    const {default: express} = await import('express');
    const {fastify} = await import('fastify');
    const app = express().get('/a/:id', (_request, response) => void response.json({tenant: getBaggage('tenant')}));
    const listening = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => listening.once('listening', resolve));
    const service = fastify();
    service.get('/b/:id', async () => ({tenant: getBaggage('tenant')}));
    service.get('/broken', async () => {
      throw new Error('broken inside');
    });
    const urls = [
      `http://127.0.0.1:${(listening.address() as AddressInfo).port}/a/1`,
      `${await service.listen({port: 0, host: '127.0.0.1'})}/b/2`,
    ];
    for (const url of urls) {
      const answer = await withBaggage({tenant: 'acme'}, () => traced('request', () => fetch(url)));
      expect(await answer.json()).toEqual({tenant: 'acme'});
    }
    await fetch(urls[1]!.replace('/b/2', '/broken'));
    await capture.waitFor(({kind}) => kind === 'server', {count: 3});
    await service.close();
    listening.closeAllConnections();
    listening.close();
    assertChain(capture.spans, ['request', 'GET', 'GET /a/:id']);
    assertChain(capture.spans, ['request', 'GET', 'GET /b/:id']);
    assertNoOrphans(capture.spans);
    expect(capture.one('GET /broken').status).toBe('error');
    expect(
      capture.spans.flatMap(({events}) => events).map(({attributes}) => attributes['exception.message']),
    ).toContain('broken inside');
  });
});

describe('gRPC', () => {
  const echo = {
    path: '/test.Echo/Say',
    requestStream: false,
    responseStream: false,
    requestSerialize: (value: string) => Buffer.from(value),
    requestDeserialize: (bytes: Buffer) => bytes.toString(),
    responseSerialize: (value: string) => Buffer.from(value),
    responseDeserialize: (bytes: Buffer) => bytes.toString(),
  } as const;

  test('a call is client and server span in one trace, baggage in its metadata, errors with their status', async () => {
    const grpc = await import('@grpc/grpc-js');
    const server = new grpc.Server();
    server.addService(
      {Say: echo},
      {
        Say: (call: {request: string}, done: (error: object | null, value?: string) => void) => {
          if (call.request === 'fail') return done({code: grpc.status.NOT_FOUND, details: 'no such order'});
          traced('inside', () => done(null, `${call.request} for ${getBaggage('tenant')}`));
        },
      },
    );
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      ),
    );
    const Client = grpc.makeGenericClientConstructor({Say: echo}, 'test.Echo');
    const client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure()) as unknown as {
      Say(value: string, done: (error: Error | null, answer: string) => void): void;
      close(): void;
    };
    const say = (value: string): Promise<string> =>
      new Promise((resolve, reject) =>
        client.Say(value, (error, answer) => (error === null ? resolve(answer) : reject(error))),
      );

    expect(await withBaggage({tenant: 'acme'}, () => traced('request', () => say('hello')))).toBe('hello for acme');
    assertChain(capture.spans, ['request', 'grpc.test.Echo/Say', 'inside']);
    expect(
      capture
        .all('grpc.test.Echo/Say')
        .map(({kind}) => kind)
        .sort(),
    ).toEqual(['client', 'server']);
    assertNoOrphans(capture.spans);

    await expect(say('fail')).rejects.toThrow('no such order');
    const failed = await capture.waitFor(({kind, status}) => kind === 'client' && status === 'error');
    expect(failed.attributes['rpc.grpc.status_code']).toBe(5);
    client.close();
    server.forceShutdown();
  });
});
