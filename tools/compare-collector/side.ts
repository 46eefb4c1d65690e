/** The two that are compared, behind one interface: each runs a configuration until it is stopped. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {startTestCollector} from '../../server/src/collector/testing.ts';

export interface Side {
  readonly name: 'Collector' | 'Weft';
  /** Ready when it resolves. A configuration that is refused is a RefusedError. */
  start(config: string, directory: string): Promise<AsyncDisposable>;
}

/** The configuration does not run; the message is the program's. */
export class RefusedError extends Error {}

/** What later versions of the Collector do by default, and what Weft always does. */
const gates = [
  'ottl.functions.enableLambda',
  'ottl.set.allowNil',
  'processor.filter.defaultErrorModeIgnore',
  'processor.transform.defaultErrorModeIgnore',
].join(',');

/** The Collector that was built, as a process. */
export const collectorSide = (binary: string): Side => ({
  name: 'Collector',
  async start(config, directory) {
    const file = join(directory, 'collector.json');
    writeFileSync(file, config);
    const child = spawn(binary, ['--config', file, '--feature-gates', gates], {stdio: ['ignore', 'ignore', 'pipe']});
    const said: string[] = [];
    const exit = once(child, 'exit');
    const ready = new Promise<void>((resolve) => {
      createInterface({input: child.stderr}).on('line', (line) => {
        said.push(line);
        if (line.includes('Everything is ready')) resolve();
      });
    });
    const ended = exit.then(() => {
      throw new RefusedError(reasonOf(said));
    });
    await Promise.race([ready, ended]);
    ended.catch(() => {});
    return {
      [Symbol.asyncDispose]: async () => {
        child.kill('SIGTERM');
        await exit;
      },
    };
  },
});

/** The line that says why, without what only this machine knows. */
function reasonOf(said: readonly string[]): string {
  const lines = said.filter((line) => /error|invalid|cannot|fail/i.test(line));
  return (lines.at(-1) ?? said.at(-1) ?? 'no word').replace(/^\d{4}\/\S+ \S+ /, '').slice(0, 400);
}

/** Weft's collector with all its components, without a store. */
export const weftSide: Side = {
  name: 'Weft',
  async start(config) {
    try {
      return await startTestCollector({yaml: config, keptPorts: everyPort});
    } catch (error) {
      throw new RefusedError(error instanceof Error ? error.message.slice(0, 400) : String(error));
    }
  },
};

/** The ports of the configuration are free ones already. */
const everyPort: ReadonlySet<number> = Object.assign(new Set<number>(), {has: () => true});
