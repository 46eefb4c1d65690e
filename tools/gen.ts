/** `npm run gen`: writes what is generated from the code. `--check` writes nothing and exits 1 where something is stale. */
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {createServer} from 'vite';
import {renderHttpReference} from '../server/src/api/index.ts';
import {registry} from '../server/src/collector/index.ts';
import {renderOttlReference} from '../server/src/ottl/index.ts';
import {renderConfigReference} from '../server/src/pipeline/index.ts';
import {renderSqlReference} from '../server/src/sql/index.ts';
import {renderDifferences} from './compare-collector/differences-page.ts';

const root = join(import.meta.dirname, '..');

/** File → its text. One table; a test beside each generator holds the file to it. */
const generated: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/reference/collector-differences.md': renderDifferences,
  'docs/reference/configuration.md': () => renderConfigReference(registry),
  'docs/reference/http-api.md': renderHttpReference,
  'docs/reference/keys.md': renderKeys,
  'docs/reference/ottl.md': renderOttlReference,
  'docs/reference/sql.md': renderSqlReference,
};

/** The page's modules are for a bundler: Vite reads them as it does for the browser. */
async function renderKeys(): Promise<string> {
  const vite = await createServer({
    root: join(root, 'ui'),
    logLevel: 'error',
    server: {middlewareMode: true, ws: false},
  });
  try {
    const {renderKeysReference} = await vite.ssrLoadModule('/src/app/keys-reference.ts');
    return await (renderKeysReference as () => Promise<string>)();
  } finally {
    await vite.close();
  }
}

let stale = false;
for (const [name, render] of Object.entries(generated)) {
  const file = join(root, name);
  const text = await render();
  if (read(file) === text) continue;
  stale = true;
  console.log(name);
  if (process.argv.includes('--check')) continue;
  mkdirSync(dirname(file), {recursive: true});
  writeFileSync(file, text);
}
if (stale && process.argv.includes('--check')) process.exit(1);

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
