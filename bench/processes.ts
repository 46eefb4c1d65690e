/** CPU and memory of a tree of processes, read from Linux's /proc. */
import {readdirSync, readFileSync} from 'node:fs';

export interface Taken {
  /** Bytes: resident, with what is shared divided among its users. */
  readonly pss: number;
  readonly rss: number;
  readonly cpuSeconds: number;
}

/** Kernel ticks are hundredths of a second on every Linux that we run on. */
const ticksPerSecond = 100;

/**
 * The process and all below it, summed by name. `nameOf` gets the command line, joined by spaces; where it answers
 * nothing a process counts to its parent.
 */
export function measureProcesses(
  root: number,
  nameOf: (commandLine: string) => string | undefined,
): ReadonlyMap<string, Taken> {
  const children = childrenByParent();
  const taken = new Map<string, Taken>();
  const visit = (pid: number, parentName: string): void => {
    const measured = read(pid, nameOf);
    if (measured === undefined) return;
    const name = measured.name ?? parentName;
    const before = taken.get(name) ?? {pss: 0, rss: 0, cpuSeconds: 0};
    taken.set(name, {
      pss: before.pss + measured.pss,
      rss: before.rss + measured.rss,
      cpuSeconds: before.cpuSeconds + measured.cpuSeconds,
    });
    for (const child of children.get(pid) ?? []) visit(child, name);
  };
  visit(root, 'root');
  return taken;
}

/** `undefined` for a process that has ended. */
function read(pid: number, nameOf: (commandLine: string) => string | undefined) {
  try {
    const fields = statFields(pid);
    const memory = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const bytes = (field: string): number =>
      Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(memory)?.[1] ?? 0) * 1024;
    return {
      name: nameOf(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')),
      pss: bytes('Pss'),
      rss: bytes('Rss'),
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    };
  } catch {
    return undefined;
  }
}

function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const parent = Number(statFields(Number(entry))[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    } catch {
      // gone since the directory was read
    }
  }
  return children;
}

/** The fields behind the name in /proc/PID/stat: state, parent … */
const statFields = (pid: number): string[] =>
  (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) as string).split(' ');
