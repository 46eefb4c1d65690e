/** `npm run check`: types, lint and format, the import ladder. Prints every fault of each; exits 1 if any. */
import {spawnSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {checkLadder, workspaces} from './check-ladder.ts';

const root = join(import.meta.dirname, '..');
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);
let failed = false;

function run(title: string, command: string, args: readonly string[]): void {
  const result = spawnSync(command, args, {cwd: root, stdio: 'inherit'});
  if (result.status !== 0) {
    console.error(`✗ ${title}`);
    failed = true;
  } else {
    console.log(`✓ ${title}`);
  }
}

run('lint and format', bin('biome'), ['check', '--diagnostic-level=error', '.']);
const projects = ['.', ...readdirSync(root).filter((name) => ['ui', 'instrument', 'shop'].includes(name))];
for (const project of projects) run(`types of ${project}`, bin('tsc'), ['--project', project]);

const faults = workspaces.flatMap((workspace) => checkLadder(root, workspace));
for (const fault of faults) console.error(fault);
if (faults.length > 0) failed = true;
console.log(`${faults.length > 0 ? '✗' : '✓'} import ladders`);
process.exit(failed ? 1 : 0);
