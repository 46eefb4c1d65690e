/**
 * Builds what users install: JavaScript with types and a package.json of its own, in `dist/` (or the folder named as
 * argument). `npm pack ./instrument/dist` makes a tarball of it. Inside this repository nothing needs it: the workspace's
 * own package.json exports the TypeScript sources, which Node runs directly.
 */
import {spawnSync} from 'node:child_process';
import {copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';

const here = import.meta.dirname;
const out = resolve(process.argv[2] ?? join(here, 'dist'));

rmSync(out, {recursive: true, force: true});
const tsc = join(here, '..', 'node_modules', '.bin', 'tsc');
const {status} = spawnSync(tsc, ['--project', join(here, 'tsconfig.build.json'), '--outDir', out], {stdio: 'inherit'});
if (status !== 0) process.exit(status ?? 1);

// The compiler rewrites `./x.ts` in JavaScript only; declarations need it too.
for (const entry of readdirSync(out, {recursive: true, withFileTypes: true})) {
  if (!entry.name.endsWith('.d.ts')) continue;
  const file = join(entry.parentPath, entry.name);
  writeFileSync(file, readFileSync(file, 'utf8').replace(/(['"])(\.{1,2}\/[^'"]+)\.ts\1/g, '$1$2.js$1'));
}

type Manifest = Record<string, unknown> & {readonly exports: Record<string, string>};
const {
  private: _private,
  scripts: _scripts,
  devDependencies: _dev,
  exports,
  ...manifest
} = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')) as Manifest;
const built = Object.fromEntries(
  Object.entries(exports).map(([name, source]) => {
    if (!source.endsWith('.ts')) return [name, source];
    const base = source.replace('./src/', './').replace(/\.ts$/, '');
    return [name, {types: `${base}.d.ts`, default: `${base}.js`}];
  }),
);
writeFileSync(
  join(out, 'package.json'),
  `${JSON.stringify({...manifest, exports: built, sideEffects: ['./index.js', './register.js']}, undefined, 2)}\n`,
);
copyFileSync(join(here, 'README.md'), join(out, 'README.md'));
