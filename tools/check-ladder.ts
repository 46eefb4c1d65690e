/**
 * The import ladders of ARCHITECTURE.md: in each workspace a folder imports only from the folders that its table names, and
 * only through their `index.ts` (tests may use `testing.ts` too); between workspaces only the named packages pass.
 */
import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, relative, resolve, sep} from 'node:path';

/** Folder → the folders it may import. `.` holds the files that lie in no folder. */
export type Ladder = Readonly<Record<string, readonly string[]>>;

const languages = ['traceql', 'promql', 'logql', 'sql'];

/** From the bottom to the top. ARCHITECTURE.md says what each folder is for. */
const rungs: Ladder = {
  base: [],
  model: ['base'],
  regexp: ['base'],
  config: ['base', 'regexp'],
  net: ['base', 'regexp', 'config'],
  wire: ['base', 'model'],
  red: ['base', 'model'],
  query: ['base', 'model'],
  ottl: ['base', 'regexp', 'model', 'config'],
  expr: ['base', 'regexp', 'config'],
  traceql: ['base', 'regexp', 'model', 'query'],
  promql: ['base', 'regexp'],
  logql: ['base', 'model', 'query'],
  sql: ['base', 'query'],
  native: ['base'],
  engine: ['base'],
  spool: ['base', 'engine', 'native'],
  sampling: ['base', 'model', 'config'],
  pipeline: ['base', 'model', 'config', 'net', 'sampling'],
  tail: ['base', 'regexp', 'model', 'wire', 'sampling', 'pipeline'],
  collector: [
    'base',
    'regexp',
    'model',
    'config',
    'net',
    'wire',
    'red',
    'sampling',
    'pipeline',
    'ottl',
    'expr',
    'tail',
  ],
  store: ['base', 'model', 'wire', 'red', 'query', ...languages, 'native', 'engine', 'spool', 'sampling'],
  insight: ['base', 'model', 'query', 'red'],
  alerting: ['base', 'config', 'net', 'query', ...languages],
  auth: ['base', 'config', 'net'],
};
const belowApi = Object.keys(rungs).filter(
  (folder) => folder !== 'collector' && folder !== 'pipeline' && folder !== 'tail',
);

export interface Workspace {
  /** Where its sources are, from the root of the project. */
  readonly source: string;
  readonly ladder: Ladder;
  /** Faces of a folder beside `index.ts`, by the end of the path. */
  readonly faces?: RegExp;
  /** Folders whose own folders may not import each other. */
  readonly apart?: readonly string[];
  /** Packages of the other workspaces that it may import. */
  readonly packages: readonly string[];
  /** Modules of Node that are dear to import come from `base/node.ts`. */
  readonly startsQuickly?: true;
}

export const workspaces: readonly Workspace[] = [
  {
    source: 'server/src',
    ladder: {...rungs, api: belowApi, main: [...Object.keys(rungs), 'api']},
    // The demo command runs the shop beside Weft.
    packages: ['@weft/shop'],
    startsQuickly: true,
  },
  {
    source: 'ui/src',
    ladder: inOrder(
      ...[
        'format',
        'api',
        'theme',
        'i18n',
        'urls',
        'widgets',
        'editor',
        'chart',
        'graph',
        'frame',
        'table',
        'timeline',
        'pages',
        'app',
      ],
    ),
    // A part's commands are declared for the whole page, beside its index, which is the way to its code.
    faces: /\.css$|mantine-styles\.ts$|-commands\.ts$/,
    apart: ['pages'],
    packages: [
      '@weft/server/api-types',
      '@weft/server/promql-language',
      '@weft/server/sql-language',
      '@weft/server/trace-shape',
      '@weft/server/traceql-language',
    ],
  },
  {
    source: 'instrument/src',
    ladder: {'.': ['testing'], testing: ['.']},
    faces: /\.ts$/,
    packages: ['@weft/instrument'],
  },
  {source: 'shop/src', ladder: {'.': []}, packages: ['@weft/instrument', '@weft/instrument/testing']},
];

/** Each folder may import those before it. */
function inOrder(...folders: readonly string[]): Ladder {
  return Object.fromEntries(folders.map((folder, index) => [folder, folders.slice(0, index)]));
}

const importPattern = /(?:\bfrom|\bimport)\s*\(?\s*'((?:\.|@weft\/)[^']+)'/g;

/** Importing one of these costs each thread of the server tens of milliseconds: see server/src/base/node.ts. */
const dearPattern = /^import (?!type\b)[^;]*? from '(node:(?:http|tls|util|process))';/gm;

/** Lists every import of the workspace below `root` that its table does not allow, as `file:line: what`. */
export function checkLadder(root: string, workspace: Workspace): string[] {
  const source = join(root, workspace.source);
  const faults: string[] = [];
  for (const entry of readdirSync(source, {recursive: true, withFileTypes: true})) {
    if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue;
    const file = join(entry.parentPath, entry.name);
    const text = readFileSync(file, 'utf8');
    const add = (index: number, fault: string): void => {
      faults.push(`${relative(root, file)}:${text.slice(0, index).split('\n').length}: ${fault}`);
    };
    for (const match of text.matchAll(importPattern)) {
      const fault = faultOf(root, workspace, file, match[1] as string);
      if (fault !== undefined) add(match.index, fault);
    }
    if (workspace.startsQuickly !== true || isTest(file)) continue;
    for (const match of text.matchAll(dearPattern)) add(match.index, `take ${match[1]} from base/node.ts`);
  }
  return faults;
}

function faultOf(root: string, workspace: Workspace, file: string, specifier: string): string | undefined {
  const test = isTest(file);
  if (specifier.startsWith('@weft/')) {
    if (test || workspace.packages.includes(specifier)) return undefined;
    return `${workspace.source} may not import ${specifier}`;
  }
  const source = join(root, workspace.source);
  const target = relative(source, resolve(dirname(file), specifier));
  if (target.startsWith('..')) return test ? undefined : `${specifier} lies outside ${workspace.source}`;
  const here = place(relative(source, file));
  const there = place(target);
  if (here.folder === there.folder) {
    if (!workspace.apart?.includes(here.folder) || here.next === there.next || there.rest === 'index.ts')
      return undefined;
    return `${here.folder}/${here.next} may not import ${here.folder}/${there.next}`;
  }
  // The files that put a workspace together may import all of it where its table says nothing else.
  const allowed = workspace.ladder[here.folder] ?? (here.folder === '.' ? Object.keys(workspace.ladder) : []);
  if (!allowed.includes(there.folder)) {
    return `${here.folder}/ may not import ${there.folder}/ (the ladder only runs down)`;
  }
  const face =
    there.rest.endsWith('index.ts') ||
    workspace.faces?.test(there.rest) === true ||
    (test && there.rest === 'testing.ts');
  return face ? undefined : `import ${there.folder}/ through its index.ts, not ${target}`;
}

/** A path's folder (`.` for none), what follows in it, and the first of that. */
function place(path: string): {readonly folder: string; readonly next: string; readonly rest: string} {
  const [first = '', ...rest] = path.split(sep);
  if (rest.length === 0) return {folder: '.', next: first, rest: first};
  return {folder: first, next: rest[0] as string, rest: rest.join('/')};
}

const isTest = (file: string): boolean => /\.(test|bench)\.tsx?$|[/\\]testing[^/\\]*\.ts$/.test(file);
