/**
 * Runs Prometheus's own tests of PromQL: `npm run test:promql -- DIR`, where DIR holds `*.test` files (`promql/promqltest/testdata` of
 * Prometheus's sources). Prints how many questions are answered as Prometheus answers them, and each that is not.
 */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {runScript} from '../../server/src/promql/testing.ts';
import {readScript} from '../../server/src/promql/testing-script.ts';

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  process.stderr.write('Usage: npm run test:promql -- DIR\n');
  process.exit(2);
}
let [passed, failed, skipped] = [0, 0, 0];
for (const file of readdirSync(directory).filter(
  (name) => name.endsWith('.test') && !name.startsWith('unquoted_utf8'),
)) {
  const result = await runScript(readScript(readFileSync(join(directory, file), 'utf8')));
  for (const {line, text, why} of result.failed) process.stdout.write(`${file}:${line}: ${text}\n    ${why}\n`);
  process.stdout.write(`${file}: ${result.passed} passed, ${result.failed.length} failed, ${result.skipped} skipped\n`);
  passed += result.passed;
  failed += result.failed.length;
  skipped += result.skipped;
}
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped (native histograms and start times)\n`);
process.exitCode = failed === 0 ? 0 : 1;
