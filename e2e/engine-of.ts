import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

/** The process id of a Weft's engine, while it runs one. */
export function engineOf(weft: number): number | undefined {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const engine = pids.find((pid) => {
    try {
      const parent = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1];
      return (
        parent === String(weft) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(join('engine', 'process.ts'))
      );
    } catch {
      return false; // it has ended meanwhile
    }
  });
  return engine === undefined ? undefined : Number(engine);
}
