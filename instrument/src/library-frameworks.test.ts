import type {AddressInfo} from 'node:net';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {assertChildOf, captureSpans} from './testing/index.ts';
import {traced} from './traced.ts';

const capture = captureSpans();
const {fastify} = await import('fastify');
const closing: (() => unknown)[] = [];
beforeEach(() => capture.clear());
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describe('Fastify', () => {
  test('Fastify: spans are named by handler, plugin or route, never by source text', async () => {
    const app = fastify();
    closing.push(() => app.close());
    app.register(async (scope) => {
      scope.get('/orders/:id', async () => 'anonymous in anonymous'); // A plugin without a name.
      scope.get('/named', async function listOrders() {
        return 'named in anonymous';
      });
      scope.register(async (inner) => void inner.get('/deep', async () => 'deeper'));
    });
    app.register(async function orders(scope) {
      scope.get('/plugin', async () => 'anonymous in named');
    });
    const url = await app.listen({port: 0, host: '127.0.0.1'});
    for (const path of ['/orders/7?token=secret', '/named', '/deep', '/plugin', '/nowhere'])
      await fetch(`${url}${path}`);
    for (const route of ['/orders/:id', '/named', '/deep', '/plugin']) {
      await capture.waitFor(({name, kind}) => kind === 'server' && name === `GET ${route}`);
    }
    const handlers = capture.all(({name}) => name.startsWith('handler')).map(({name}) => name);
    expect(handlers).toEqual(['handler - /orders/:id', 'handler - listOrders', 'handler - /deep', 'handler - orders']);
    const written = JSON.stringify(capture.spans.map(({name, attributes}) => [name, attributes]));
    expect(written).not.toMatch(/=>|scope|async|secret/);
    expect(written).not.toContain(import.meta.dirname);
    expect(
      capture.one(({name, attributes}) => name === 'handler - /orders/:id' && attributes !== undefined).attributes,
    ).toMatchObject({
      'hook.name': 'anonymous - route-handler',
      'http.route': '/orders/:id',
    });
  });

  test('Fastify: a plugin that is a file is not named by its path', async () => {
    const {createRequire} = await import('node:module');
    const {mkdtempSync, rmSync, writeFileSync} = await import('node:fs');
    const folder = mkdtempSync(`${import.meta.dirname}/../.cache/`);
    closing.push(() => rmSync(folder, {recursive: true}));
    writeFileSync(
      `${folder}/plugin.cjs`,
      "module.exports = async (scope) => { scope.get('/file', async () => 'ok'); };",
    );
    const app = fastify();
    closing.push(() => app.close());
    app.register(createRequire(import.meta.url)(`${folder}/plugin.cjs`));
    await fetch(`${await app.listen({port: 0, host: '127.0.0.1'})}/file`);
    await capture.waitFor('GET /file');
    expect(capture.all('handler - /file')).toHaveLength(1);
    expect(JSON.stringify(capture.spans.map(({name, attributes}) => [name, attributes]))).not.toContain(folder);
  });
});

test('Koa: the server’s span has the route, middleware and router are its descendants', async () => {
  const {default: Koa} = await import('koa');
  const {default: Router} = await import('@koa/router');
  const app = new Koa();
  const router = new Router();
  router.get('/orders/:id', async (context) => {
    traced('inside', () => {});
    context.body = 'ok';
  });
  app.use(async function tenant(_context, next) {
    await next();
  });
  app.use(router.routes());
  const server = app.listen(0, '127.0.0.1');
  closing.push(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/orders/7`);
  expect(await response.text()).toBe('ok');
  const request = await capture.waitFor('GET /orders/:id');
  const middleware = capture.one('middleware - tenant');
  assertChildOf(middleware, request);
  assertChildOf(capture.one('inside'), capture.one('router - /orders/:id'));
  expect(capture.one('inside').traceId).toBe(request.traceId);
});

test('NestJS: a request is named by its route, through the Express beneath it', async () => {
  await import('reflect-metadata');
  const {Controller, Get, Module, Param} = await import('@nestjs/common');
  const {NestFactory} = await import('@nestjs/core');
  class Orders {
    find(id: string): string {
      return traced('inside', () => `order ${id}`);
    }
  }
  const method = Object.getOwnPropertyDescriptor(Orders.prototype, 'find')!;
  Get(':id')(Orders.prototype, 'find', method);
  Param('id')(Orders.prototype, 'find', 0);
  Controller('orders')(Orders);
  class App {}
  Module({controllers: [Orders]})(App);
  const app = await NestFactory.create(App, {logger: false});
  closing.push(() => app.close());
  await app.listen(0, '127.0.0.1');
  const response = await fetch(`${await app.getUrl()}/orders/7`);
  expect(await response.text()).toBe('order 7');
  const request = await capture.waitFor(({kind}) => kind === 'server');
  expect(request.name).toBe('GET /orders/:id');
  expect(capture.one('inside').traceId).toBe(request.traceId);
});
