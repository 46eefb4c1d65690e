/**
 * `npm test`: installs what the tests need, then checks and runs every test (`test-all.ts`). Arguments go to Vitest: `npm test -- spool`.
 * Plain JavaScript, because the machine's own Node runs it.
 */
import {spawnSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {delimiter, join} from 'node:path';

const root = join(import.meta.dirname, '..');
const env = {...process.env, PATH: join(root, 'node_modules', '.bin') + delimiter + process.env.PATH};

function run(command, args) {
  const result = spawnSync(command, args, {cwd: root, stdio: 'inherit', env});
  if (result.error) console.error(`${command}: ${result.error.message}`);
  return result.status ?? 1;
}

const installed = join(root, 'node_modules', '.weft-installed');
if (
  !existsSync(installed) ||
  readFileSync(installed, 'utf8') !== readFileSync(join(root, 'package-lock.json'), 'utf8')
) {
  if (run('sh', ['tools/install.sh']) !== 0) process.exit(1);
}
process.exit(run('node', ['--disable-warning=ExperimentalWarning', 'tools/test-all.ts', ...process.argv.slice(2)]));
