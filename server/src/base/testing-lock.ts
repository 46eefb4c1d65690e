/** A process that tries to lock a directory when it is told to, says what came of it, and lives until its input ends. */
import {lockDirectory} from './directory-lock.ts';

const [directory] = process.argv.slice(2);
process.stdout.write('here\n');
process.stdin.once('data', async () => {
  const said = await tryIt();
  // Objects that nobody refers to go now.
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  process.stdout.write(`${said}\n`);
});
process.stdin.once('end', () => process.exit());

const tryIt = async (): Promise<string> =>
  (await lockDirectory(directory as string)) === undefined ? 'kept out' : 'holds it';
