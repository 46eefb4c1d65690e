import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {type ProgramOptions, runProgram} from './testing/index.ts';

const cache = join(import.meta.dirname, '..', '.cache');
mkdirSync(cache, {recursive: true});
const folder = mkdtempSync(join(cache, 'imports-')); // Inside the package: programs find it, and its libraries, by name.
afterAll(() => rmSync(folder, {recursive: true, force: true}));

const write = (name: string, text: string): string => {
  const file = join(folder, name);
  mkdirSync(dirname(file), {recursive: true});
  writeFileSync(file, text);
  return file;
};

const silent = {OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none'};
async function run(file: string, options: ProgramOptions = {}): Promise<readonly unknown[]> {
  const program = runProgram(file, {cwd: folder, env: silent, ...options});
  const {code} = await program.ended;
  return [code, ...program.lines, ...program.errors];
}

const packages = ['express', 'pg', 'redis', 'ioredis', 'kafkajs', 'amqplib', 'pino', 'winston', '@grpc/grpc-js'];

/** Each prints what it can see of how Node loaded it. */
const programs: Readonly<Record<string, string>> = {
  'modules that import each other': "import {a} from './cycle-a.mjs'; console.log(a());",
  'import.meta of the program, of its modules and of instrumented packages': `
    import {where} from './where.mjs';
    console.log(import.meta.url, import.meta.resolve('./where.mjs'), where);
    for (const name of ${JSON.stringify([...packages, 'http', 'node:https'])}) console.log(import.meta.resolve(name));`,
  'the order in which modules are evaluated': "import './first.mjs'; import 'express'; import './last.mjs';",
  'names and identity of what a package exports': `
    import {createRequire} from 'node:module';
    const require = createRequire(import.meta.url);
    for (const name of ${JSON.stringify(packages)}) {
      const imported = await import(name);
      const required = require(name);
      console.log(name, Object.keys(imported).sort().join(), Object.keys(required).sort().join(), typeof imported.default);
      console.log(name === 'pg' || imported.default === required, require.cache[require.resolve(name)].exports === required);
    }`,
  'a package that cannot be loaded': "await import('express/nothing.js').catch(({code}) => console.log(code));",
  'the main module': "import {isMain} from './is-main.cjs'; console.log(isMain, process.argv[1]);",
};

describe('imports', () => {
  beforeAll(() => {
    write('cycle-a.mjs', "import {b} from './cycle-b.mjs'; export function a() { return b; }");
    write('cycle-b.mjs', "import {a} from './cycle-a.mjs'; export const b = typeof a;");
    write('where.mjs', "export const where = import.meta.url + ' ' + import.meta.resolve('express');");
    write('first.mjs', "console.log('first', Object.keys(globalThis.process.moduleLoadList ?? []).length > 0);");
    write('last.mjs', "console.log('last', import.meta.filename);");
    write('is-main.cjs', 'exports.isMain = require.main === undefined;');
  });

  test.each(Object.entries(programs))('imports: %s are as without instrumentation', async (title, text) => {
    const file = write(`${title.replace(/\W+/g, '-')}.mjs`, text);
    const plain = await run(file, {nodeOptions: []});
    expect(plain[0], String(plain)).toBe(0);
    expect(await run(file)).toEqual(plain);
    expect(await run(file, {nodeOptions: ['--require', '@weft/instrument']})).toEqual(plain);
  });

  test.each([
    ['imported alone', ''],
    ['required before', "import './needs-pino.cjs';"],
    ['required after it was linked', "import {needed} from './late.cjs'; needed();"],
  ])('imports: a package is patched for import and require alike, %s', async (title, before) => {
    write('needs-pino.cjs', "exports.pino = require('pino');");
    write('late.cjs', "require('express'); exports.needed = () => require('pino'); exports.needed();");
    const file = write(
      `${title.replace(/\W+/g, '-')}.mjs`,
      `${before} import pino, {pino as named} from 'pino'; import {Client} from 'pg'; import pg from 'pg'; import {createRequire} from 'node:module';
       const required = createRequire(import.meta.url)('pino');
       console.log(pino === named, pino === required, pino({level: 'silent'}).child.name, Client.prototype.query.__wrapped, pg.Client === Client);`,
    );
    expect(await run(file)).toEqual([0, 'true true tracedChild true true']);
  });

  test('imports: an instrumented package sees the environment that a module before it set', async () => {
    write('set-environment.mjs', "process.env.NODE_ENV = 'production';");
    const file = write(
      'environment.mjs',
      "import './set-environment.mjs'; import express from 'express'; console.log(express().get('env'));",
    );
    expect(await run(file)).toEqual([0, 'production']);
  });
});

describe('instrumentations of the program’s own', () => {
  beforeAll(() => {
    const manifest = (name: string, type: string): string =>
      JSON.stringify({name, version: '1.0.0', type, main: 'index.js'});
    write('node_modules/only-esm/package.json', manifest('only-esm', 'module'));
    write('node_modules/only-esm/index.js', "export {deep} from './deep.js'; export const greet = () => 'plain';");
    write('node_modules/only-esm/deep.js', "export const deep = () => 'plain';");
    write('node_modules/only-cjs/package.json', manifest('only-cjs', 'commonjs'));
    write('node_modules/only-cjs/index.js', "exports.greet = () => 'plain';");
    write('node_modules/untouched/package.json', manifest('untouched', 'module'));
    write('node_modules/untouched/index.js', 'export const url = import.meta.url;');
  });

  const start = `
    import {InstrumentationBase, InstrumentationNodeModuleDefinition as Definition} from '@opentelemetry/instrumentation';
    import {start} from '@weft/instrument';
    class Own extends InstrumentationBase {
      constructor() { super('own', '1.0.0', {}); }
      init() {
        const greet = (module) => { module.greet = () => 'patched'; return module; };
        const tmpdir = (module) => { module.tmpdir = () => 'patched'; return module; };
        return [new Definition('only-esm', ['*'], greet), new Definition('only-cjs', ['*'], greet), new Definition('os', ['*'], tmpdir)];
      }
      setTracerProvider() {}
    }
    start({instrumentations: [new Own()]});`;

  test('instrumentations: a program’s own patches ES modules, CommonJS and Node’s modules, and touches no others', async () => {
    write('own-start.mjs', start);
    const file = write(
      'own.mjs',
      `import {greet, deep} from 'only-esm'; import * as cjs from 'only-cjs'; import {tmpdir} from 'node:os';
       import {url} from 'untouched'; import {a} from './cycle-a.mjs';
       console.log(greet(), deep(), cjs.greet(), cjs.default.greet(), tmpdir(), url.endsWith('untouched/index.js'), a());
       console.log(import.meta.resolve('untouched').endsWith('untouched/index.js'), import.meta.resolve('express').endsWith('.js'));`,
    );
    const output = await run(file, {nodeOptions: ['--import', './own-start.mjs']});
    expect(output).toEqual([0, 'patched plain patched patched patched true function', 'true true']);
  });
});
