import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, expect, test} from 'vitest';
import {receiveOtlp, runProgram} from './testing/index.ts';

const docs = join(import.meta.dirname, '..', '..', 'docs', 'instrument');
const cache = join(import.meta.dirname, '..', '.cache');
mkdirSync(cache, {recursive: true});
const folder = mkdtempSync(join(cache, 'docs-')); // Inside the package: programs find it, and its libraries, by name.
afterAll(() => rmSync(folder, {recursive: true, force: true}));

const samples = readdirSync(docs)
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) =>
    [...readFileSync(join(docs, name), 'utf8').matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, code], index) => ({
      name,
      index,
      code: code!,
    })),
  );

test.each(samples)('$name, sample $index runs as it stands', async ({name, index, code}) => {
  const file = join(folder, `${name}-${index}.mjs`);
  writeFileSync(file, code);
  const received = await receiveOtlp();
  // Samples that call start themselves are run plainly; the others as `node --import @weft/instrument`.
  const starts = /\bstart\(|captureSpans|receiveOtlp/.test(code);
  const program = runProgram(file, {env: received.env, cwd: folder, ...(starts ? {nodeOptions: []} : {})});
  const {code: exit} = await program.ended;
  await received.stop();
  expect(exit, [...program.lines, ...program.errors].join('\n')).toBe(0);
});

test('every page has been read', () => {
  expect(new Set(samples.map(({name}) => name)).size).toBeGreaterThan(10);
});
