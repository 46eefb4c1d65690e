/** The short form of `npm run false-findings`: what does not depend on how fast the machine is just now must never be found. */
import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {expect, test} from 'vitest';

test('false findings: healthy traces of a running shop get no error and no notice', {timeout: 180_000}, async () => {
  const {stdout} = await promisify(execFile)(process.execPath, [
    join(import.meta.dirname, 'false-findings.ts'),
    ...['--traces', '100', '--load', 'rush'],
  ]);
  expect(stdout).toMatch(/^healthy traces of the shop explained: 100 /m);
  expect(stdout).toMatch(/^with a false notice: {2}0 /m);
  expect(stdout).not.toMatch(/^ {2}\d+ (error|healed_error|handled_error|repeated_statement|chatty_edge) /m);
});
