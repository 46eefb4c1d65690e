import {spawnSync} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {findPackageJSON} from 'node:module';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {MissingPackage, optionalPackage} from './optional-package.ts';
import {receiveOtlp, runProgram} from './testing/index.ts';

const instrument = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'weft-optional-')); // Outside of the repository, whose packages nothing here may find.
const built = join(folder, 'built');
afterAll(() => rmSync(folder, {recursive: true, force: true}));

beforeAll(() => {
  const {status, stdout, stderr} = spawnSync(process.execPath, [join(instrument, 'build.ts'), built], {
    encoding: 'utf8',
  });
  expect(status, stdout + stderr).toBe(0);
});

/** Serves a request with Express and calls itself with fetch. */
const program = `
import express from 'express';
const server = express().get('/orders/:id', (request, response) => response.end(request.params.id)).listen(0, '127.0.0.1', async () => {
  console.log(await (await fetch('http://127.0.0.1:' + server.address().port + '/orders/7')).text());
  server.close();
});
`;

/** A program's folder as npm lays it out: the built package, what it depends on, Express, and the optional packages named. */
function install(name: string, optional: readonly string[]): string {
  const app = join(folder, name);
  const installed = join(app, 'node_modules', '@weft', 'instrument');
  cpSync(built, installed, {recursive: true});
  const {dependencies} = JSON.parse(readFileSync(join(built, 'package.json'), 'utf8')) as Manifest;
  for (const needed of [...Object.keys(dependencies), ...optional, 'express']) {
    const [link, found] = [join(app, 'node_modules', needed), findPackageJSON(needed, import.meta.url)];
    mkdirSync(dirname(link), {recursive: true});
    symlinkSync(dirname(found!), link);
  }
  writeFileSync(join(app, 'program.mjs'), program);
  return app;
}
type Manifest = {readonly dependencies: Record<string, string>; readonly optionalDependencies: Record<string, string>};

const express = '@opentelemetry/instrumentation-express';
const http = ['GET client', 'GET server'];
const debugging = {OTEL_LOG_LEVEL: 'debug'};
const saysExpress = new RegExp(`express is not instrumented: ${express} is not installed`);

test.each<[string, readonly string[], Record<string, string>, readonly string[], boolean]>([
  ['no optional package installed: HTTP and fetch are traced, and nothing is said', [], {}, http, false],
  ['no optional package installed: each is named at level debug', [], debugging, http, true],
  [
    'one asked for by name and not installed is a warning',
    [],
    {OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,undici,express'},
    http,
    true,
  ],
  [
    'one installed beside it is used',
    [express],
    {},
    ['GET /orders/:id server', 'GET client', 'request handler internal'],
    false,
  ],
])('optional packages: %s', async (title, optional, env, expected, isTold) => {
  const app = install(title.replace(/\W+/g, '-'), optional);
  const received = await receiveOtlp();
  const running = runProgram(join(app, 'program.mjs'), {cwd: app, env: {...received.env, ...env}});
  expect(await running.ended, running.errors.join('\n')).toEqual({code: 0, signal: null});
  expect(running.lines[0]).toBe('7');
  await received.stop();
  expect(received.spans.map(({name, kind}) => `${name} ${kind}`).sort()).toEqual(expected);
  const told = [...running.lines, ...running.errors].filter((line) => saysExpress.test(line));
  expect(told).toHaveLength(isTold ? 1 : 0);
  if (!isTold) expect(running.errors).toEqual([]);
});

test('optional packages: every library’s instrumentation is one, and only Node’s own are not; the docs name its version', () => {
  const {dependencies, optionalDependencies} = JSON.parse(
    readFileSync(join(built, 'package.json'), 'utf8'),
  ) as Manifest;
  const needed = Object.keys(dependencies).filter((name) => /instrumentation-|fastify/.test(name));
  expect(needed.map((name) => name.split('instrumentation-')[1])).toEqual(['http', 'runtime-node', 'undici']);
  const start = readFileSync(join(instrument, '..', 'docs', 'instrument', 'start.md'), 'utf8');
  expect(start).toContain(`${express}@${optionalDependencies[express]}\n`);
});

test('optional packages: a fault inside an installed package is not taken for a missing one', () => {
  expect(() => optionalPackage('@weft/not-there')).toThrow(MissingPackage);
  const broken = join(folder, 'broken.cjs');
  writeFileSync(broken, "require('not-there-either');");
  expect(() => optionalPackage(broken)).toThrow(/Cannot find module 'not-there-either'/);
  expect(() => optionalPackage(broken)).not.toThrow(MissingPackage);
});
