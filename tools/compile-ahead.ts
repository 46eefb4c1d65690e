/**
 * Starts Weft once and stops it, so that the first start of its user finds every module compiled that a start loads: see
 * NODE_COMPILE_CACHE in ../weft. Run by install.sh.
 */
import {spawn} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const limitMs = 60_000;
const directory = mkdtempSync(join(tmpdir(), 'weft-install-'));
const server = join(import.meta.dirname, '..', 'server');
const bundled = join(server, 'dist', 'current', 'cli.js');
const cli = existsSync(bundled) ? bundled : join(server, 'src', 'main', 'cli.ts');
const weft = spawn(process.execPath, [cli, 'serve', '--free-ports', '--http=127.0.0.1:0', `--data=${directory}`], {
  stdio: ['ignore', 'pipe', 'ignore'],
});
weft.stdout.on('data', (text) => String(text).includes('Weft is ready') && weft.kill('SIGINT'));
const limit = setTimeout(() => weft.kill('SIGKILL'), limitMs);
await new Promise((resolve) => weft.once('exit', resolve));
clearTimeout(limit);
rmSync(directory, {recursive: true, force: true, maxRetries: 5});
