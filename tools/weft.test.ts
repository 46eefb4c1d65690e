/** The command `weft` itself, in a copy of the repository whose page is not built yet. */
import {execFile} from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';

const root = join(import.meta.dirname, '..');
let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'weft-first-start-'));
  for (const name of ['weft', 'package.json', 'package-lock.json']) copyFileSync(join(root, name), join(copy, name));
  for (const name of ['server', 'instrument', 'shop', 'tools', 'tsconfig.base.json'])
    symlinkSync(join(root, name), join(copy, name));
  cpSync(join(root, 'ui'), join(copy, 'ui'), {
    recursive: true,
    filter: (path) => path !== join(root, 'ui', 'dist') && path !== join(root, 'ui', 'node_modules'),
  });
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules')))
    if (name !== '.weft-installed') symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name));
  copyFileSync(join(root, 'package-lock.json'), join(copy, 'node_modules', '.weft-installed'));
});
afterAll(() => rmSync(copy, {recursive: true, force: true}));

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: unknown;
}

function run(): Promise<Ended> {
  // Vitest's own NODE_ENV would make a development build of the page.
  const {NODE_ENV: _, ...env} = process.env;
  return new Promise((resolve) => {
    execFile('sh', [join(copy, 'weft'), 'serve', '--help'], {env}, (error, stdout, stderr) =>
      resolve({stdout, stderr, status: error?.code ?? 0}),
    );
  });
}

test('weft: a first start says in one line that it builds the page, and the second says nothing', async () => {
  const first = await run();
  expect(first.stderr).toBe('Building the page …\n');
  expect(first.stdout).toMatch(/^Usage/m);
  expect(first.status).toBe(0);
  expect(existsSync(join(copy, 'ui', 'dist', 'index.html'))).toBe(true);
  const second = await run();
  expect(second).toMatchObject({stderr: '', stdout: first.stdout, status: 0});
});

test('weft: what it runs is put together again where a source is newer', async () => {
  const program = join(copy, 'server', 'dist', 'current', 'cli.js');
  const before = realpathSync(program);
  utimesSync(program, new Date(0), new Date(0));
  const told = await run();
  expect(told).toMatchObject({stderr: '', status: 0});
  expect(realpathSync(program)).not.toBe(before);
  // One that runs loads parts that it has not needed yet.
  expect(existsSync(before)).toBe(true);
});

test('weft: a page that does not build is told with its file, and nothing starts', async () => {
  rmSync(join(copy, 'ui', 'dist'), {recursive: true, force: true});
  appendFileSync(join(copy, 'ui', 'src', 'app', 'main.tsx'), '\nconst = ;\n');
  const failed = await run();
  expect(failed.stderr).toContain('src/app/main.tsx');
  expect(failed.stdout).toBe('');
  expect(failed.status).not.toBe(0);
});
