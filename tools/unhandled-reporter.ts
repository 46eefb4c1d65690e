/** Writes how many errors no test caught, which Vitest's own JSON does not tell, to the file that `WEFT_TEST_UNHANDLED` names. */
import {writeFileSync} from 'node:fs';
import type {Reporter} from 'vitest/node';

export default class UnhandledReporter implements Reporter {
  onTestRunEnd(_: unknown, unhandled: readonly unknown[]): void {
    const file = process.env.WEFT_TEST_UNHANDLED;
    if (file !== undefined) writeFileSync(file, String(unhandled.length));
  }
}
