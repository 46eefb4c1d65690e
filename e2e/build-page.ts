/** Builds the page once before the tests against the program: they run side by side, and a second build would take the first one's files away. */
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';

let isBuilt = false;

/** As `npm run build` does; Vitest's own NODE_ENV would make a development build of it. */
export default function setup(): void {
  // `npm test` has built it a moment ago.
  if (isBuilt || process.env.WEFT_PAGE_IS_BUILT === '1') return;
  isBuilt = true;
  const root = join(import.meta.dirname, '..');
  const vite = join(root, 'node_modules', '.bin', 'vite');
  const result = spawnSync(vite, ['build', '--logLevel', 'error'], {
    cwd: join(root, 'ui'),
    encoding: 'utf8',
    env: {...process.env, NODE_ENV: 'production'},
  });
  if (result.status !== 0) throw new Error(`the page does not build: ${result.stderr}`);
}
