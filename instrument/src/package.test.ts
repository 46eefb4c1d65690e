import {spawnSync} from 'node:child_process';
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {assertChildOf, assertContextSent, receiveOtlp, runProgram, startDownstream} from './testing/index.ts';

const instrument = join(import.meta.dirname, '..');
const built = join(instrument, '.cache', 'package');

/** The package as users get it: built, and named by its name from a program beside it. */
describe('the built package', () => {
  beforeAll(() => {
    const {status, stdout, stderr} = spawnSync(process.execPath, [join(instrument, 'build.ts'), built], {
      encoding: 'utf8',
    });
    expect(status, stdout + stderr).toBe(0);
    mkdirSync(join(built, 'app'), {recursive: true});
  });
  afterAll(() => rmSync(built, {recursive: true, force: true}));

  const program = (name: string, text: string): string => {
    const file = join(built, 'app', name);
    writeFileSync(file, text);
    return file;
  };

  test.each<[string, string, readonly string[]]>([
    ['--import', 'esm.mjs', ['--import', '@weft/instrument']],
    ['--import …/register', 'register.mjs', ['--import', '@weft/instrument/register']],
    ['--require', 'cjs.cjs', ['--require', '@weft/instrument']],
  ])('starts with %s', async (_how, name, nodeOptions) => {
    const received = await receiveOtlp();
    const text = name.endsWith('.cjs')
      ? "const {traced} = require('@weft/instrument'); traced('built', () => {});"
      : "import {traced} from '@weft/instrument'; traced('built', () => {});";
    const running = runProgram(program(name, text), {nodeOptions, env: received.env, cwd: built});
    expect(await running.ended, running.errors.join('\n')).toEqual({code: 0, signal: null});
    await received.waitFor('built');
    await received.stop();
  });

  test('has types, for ES modules and CommonJS', () => {
    const good = `
import {type Running, retry, start, traced} from '@weft/instrument';
import {captureSpans} from '@weft/instrument/testing';
const running: Running = start({serviceName: 'x'});
const text: string = traced('a', (span) => span.spanContext().traceId);
const later: Promise<number> = retry('b', {attempts: 2}, async () => 5);
captureSpans().one(text);
void running.shutdown().then(() => later);
`;
    program('esm.mts', good);
    program('cjs.cts', good.replace(/import/g, 'import'));
    program('wrong.mts', "import {start} from '@weft/instrument';\nstart({serviceName: 5});\n");
    writeFileSync(
      join(built, 'app', 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          module: 'nodenext',
          target: 'es2024',
          strict: true,
          noEmit: true,
          skipLibCheck: false,
          types: ['node'],
        },
      }),
    );
    const tsc = join(instrument, '..', 'node_modules', '.bin', 'tsc');
    const {stdout} = spawnSync(tsc, ['--project', join(built, 'app'), '--pretty', 'false'], {encoding: 'utf8'});
    const ours = stdout.split('\n').filter((line) => /error/.test(line) && !/node_modules/.test(line));
    expect(ours).toEqual([expect.stringMatching(/wrong\.mts\(2,\d+\): error TS2322/)]);
  });
});

test('the W3C Trace Context suite’s service calls each url with the context of its request', async () => {
  const [received, harness] = [await receiveOtlp(), await startDownstream()];
  const service = runProgram(join(instrument, 'examples', 'trace-context-service.ts'), {
    env: {...received.env, PORT: '0'},
  });
  const url = (await service.line(/^at /)).slice(3);
  const traceId = '12345678901234567890123456789012';
  const answer = await fetch(url, {
    method: 'POST',
    headers: {traceparent: `00-${traceId}-1234567890123456-01`, tracestate: 'foo=1,bar=2'},
    body: JSON.stringify([
      {url: `${harness.url}/a`, arguments: [1]},
      {url: `${harness.url}/b`, arguments: []},
    ]),
  });
  expect(await answer.text()).toBe('ok');
  const server = await received.waitFor(({kind}) => kind === 'server');
  await received.waitFor(({kind}) => kind === 'client', {count: 2});
  expect(server).toMatchObject({traceId, parentSpanId: '1234567890123456'});
  for (const [index, client] of received.all(({kind}) => kind === 'client').entries()) {
    assertChildOf(client, server);
    assertContextSent(harness.requests[index]!.headers, client);
    expect(harness.requests[index]).toMatchObject({method: 'POST', headers: {tracestate: 'foo=1,bar=2'}});
  }
  await service.stop();
  await harness.stop();
  await received.stop();
});
