/**
 * The import ladder of ARCHITECTURE.md: a folder of `server/src` may import only from the folders below it,
 * and from another folder only through its `index.ts` (tests may use its `testing.ts` too).
 */
import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, relative, resolve, sep} from 'node:path';

/** Folder → the folders it may import. One table; the checker and ARCHITECTURE.md follow it. */
export const ladder: Readonly<Record<string, readonly string[]>> = {
  base: [],
  model: ['base'],
  wire: ['base', 'model'],
  traceql: ['base', 'model'],
  promql: ['base', 'model'],
  logql: ['base', 'model'],
  sampling: ['base', 'model'],
  collector: ['base', 'model', 'wire', 'sampling'],
  store: ['base', 'model', 'wire', 'traceql', 'promql', 'logql'],
  insight: ['base', 'model'],
  alerting: ['base', 'promql'],
  api: ['base', 'model', 'wire', 'traceql', 'promql', 'logql', 'sampling', 'store', 'insight', 'alerting'],
  main: [
    'base',
    'model',
    'wire',
    'traceql',
    'promql',
    'logql',
    'sampling',
    'collector',
    'store',
    'insight',
    'alerting',
    'api',
  ],
};

const importPattern = /(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g;

/** Lists every import under `source` that climbs the ladder or reaches past a folder's face, as `file:line: what`. */
export function checkLadder(source: string): string[] {
  const faults: string[] = [];
  for (const entry of readdirSync(source, {recursive: true, withFileTypes: true})) {
    if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue;
    const file = join(entry.parentPath, entry.name);
    const folder = relative(source, file).split(sep)[0] as string;
    const text = readFileSync(file, 'utf8');
    for (const match of text.matchAll(importPattern)) {
      const target = relative(source, resolve(dirname(file), match[1] as string));
      const [targetFolder, ...rest] = target.split(sep);
      if (targetFolder === undefined || targetFolder === folder || targetFolder === '..') continue;
      const where = `${file}:${text.slice(0, match.index).split('\n').length}`;
      if (!(ladder[folder] ?? []).includes(targetFolder)) {
        faults.push(`${where}: ${folder}/ may not import ${targetFolder}/ (the ladder only runs down)`);
      } else if (rest.join('/') !== 'index.ts' && !(isTest(entry.name) && rest.join('/') === 'testing.ts')) {
        faults.push(`${where}: import ${targetFolder}/ through its index.ts, not ${target}`);
      }
    }
  }
  return faults;
}

const isTest = (name: string): boolean => /\.(test|bench)\.ts$/.test(name) || name === 'testing.ts';
