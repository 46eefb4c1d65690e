import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {type BuildOptions, build} from 'esbuild';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {receiveOtlp, runProgram} from './testing/index.ts';
import {type RealServer, startPglite} from './testing-servers.ts';

const folder = join(import.meta.dirname, '..', '.cache', 'bundling');

/** Serves a request with Express, which asks PostgreSQL, and calls itself with fetch. */
const program = `
import express from 'express';
import pg from 'pg';

const client = new pg.Client({host: '127.0.0.1', port: Number(process.env.PG_PORT), user: 'postgres', database: 'postgres'});
const server = express()
  .get('/orders/:id', async ({params}, response) => {
    const {rows} = await client.query('SELECT $1::text AS id', [params.id]);
    response.json(rows[0]);
  })
  .listen(0, '127.0.0.1', async () => {
    await client.connect();
    const response = await fetch('http://127.0.0.1:' + server.address().port + '/orders/7');
    console.log(await response.text());
    await client.end();
    server.close();
  });
`;

/** The same behind a start in code; CommonJS, which cannot await at the top, does not. */
const started = (load: string): string => `
import {start} from '@weft/instrument';
start();
${load}('./program.js');
`;

let postgres: RealServer;
beforeAll(async () => {
  rmSync(folder, {recursive: true, force: true});
  mkdirSync(folder, {recursive: true});
  writeFileSync(join(folder, 'program.js'), program);
  writeFileSync(join(folder, 'imports.js'), started('await import'));
  writeFileSync(join(folder, 'requires.js'), started('void import'));
  postgres = await startPglite();
});
afterAll(async () => {
  await postgres.stop();
  rmSync(folder, {recursive: true, force: true});
});

const external: BuildOptions = {packages: 'external'};
const esm: BuildOptions = {format: 'esm', outExtension: {'.js': '.mjs'}};
const cjs: BuildOptions = {format: 'cjs', outExtension: {'.js': '.cjs'}};
/** An ES module has no `require`, which bundled CommonJS packages want for Node's own modules. */
const requireForEsm: BuildOptions = {
  banner: {
    js: "import {createRequire as requireFrom} from 'node:module'; const require = requireFrom(import.meta.url);",
  },
};
/** CommonJS has no `import.meta.url`, from which this package finds others. */
const urlForCjs: BuildOptions = {
  banner: {js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;"},
  define: {'import.meta.url': 'importMetaUrl'},
};
const preloaded = undefined;
const byCode: readonly string[] = [];

const nodesOwn = ['GET client', 'GET server'];
const queries = ['pg.connect client', 'pg.query:SELECT postgres client'];
const everything = ['GET /orders/:id server', 'GET client', ...queries, 'request handler internal'];

test.each<[string, string, BuildOptions, readonly string[] | undefined, readonly string[]]>([
  [
    'packages external, an ES module, preloaded: all is seen',
    'program.js',
    {...external, ...esm},
    preloaded,
    everything,
  ],
  ['packages external, CommonJS, preloaded: all is seen', 'program.js', {...external, ...cjs}, preloaded, everything],
  [
    'only pg external: pg is seen, Express is not',
    'program.js',
    {external: ['pg'], ...cjs},
    preloaded,
    [...nodesOwn, ...queries],
  ],
  [
    'packages bundled, an ES module: only Node’s own HTTP and fetch are seen',
    'program.js',
    {...esm, ...requireForEsm},
    preloaded,
    nodesOwn,
  ],
  ['packages bundled, CommonJS: only Node’s own HTTP and fetch are seen', 'program.js', cjs, preloaded, nodesOwn],
  [
    'packages external, start in an ES module, split: all is seen',
    'imports.js',
    {...external, ...esm, splitting: true},
    byCode,
    everything,
  ],
  [
    'packages external, start in an ES module, one file: packages are loaded before it and not seen',
    'imports.js',
    {...external, ...esm},
    byCode,
    nodesOwn,
  ],
  ['packages external, start in CommonJS: all is seen', 'requires.js', {...external, ...cjs}, byCode, everything],
  [
    'this package bundled too, an ES module: only Node’s own HTTP and fetch are seen',
    'imports.js',
    {...esm, ...requireForEsm},
    byCode,
    nodesOwn,
  ],
  [
    'this package bundled too, CommonJS with import.meta.url: only Node’s own HTTP and fetch are seen',
    'requires.js',
    {...cjs, ...urlForCjs},
    byCode,
    nodesOwn,
  ],
])('bundled by esbuild, %s', async (title, entry, options, nodeOptions, expected) => {
  const outdir = join(folder, title.replace(/\W+/g, '-'));
  await build({
    entryPoints: [join(folder, entry)],
    outdir,
    bundle: true,
    platform: 'node',
    logLevel: 'error',
    ...options,
  });
  const received = await receiveOtlp();
  const bundle = join(outdir, entry.replace('.js', options.outExtension!['.js']!));
  const running = runProgram(bundle, {
    env: {...received.env, PG_PORT: String(postgres.port)},
    cwd: folder,
    ...(nodeOptions === undefined ? {} : {nodeOptions}),
  });
  expect(await running.ended, running.errors.join('\n')).toEqual({code: 0, signal: null});
  expect(running.lines).toEqual(['{"id":"7"}']);
  await received.stop();
  expect(received.spans.map(({name, kind}) => `${name} ${kind}`).sort()).toEqual(expected);
});
