/**
 * Gives memory that a process no longer uses back to the system while it rests. Otherwise it keeps what its start and its busiest
 * minute took: V8 does not shrink a heap in which nothing happens, malloc keeps what was freed, and the pages of its programs that
 * only the start ran stay mapped, which is most of what a ClickHouse in the process takes.
 */
import {readFileSync} from 'node:fs';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {isMainThread} from 'node:worker_threads';
import type {Log} from './log.ts';

export interface RestWatch {
  /** Looks at how busy the process has been since the last look; resolves to whether it gave memory back. */
  look(): Promise<boolean>;
}

export interface RestWatchOptions {
  /** CPU time of the process so far, in microseconds. */
  readonly cpuMicros: () => number;
  /** In milliseconds. */
  readonly now: () => number;
  readonly giveBack: () => Promise<void>;
}

/** A process rests where it uses less than this share of a core between two looks. */
const restingShare = 0.03;
/** Giving back costs some 0.1 s of CPU itself: after the first time it waits until this much was used since. */
const worthMicros = 3_000_000;

/** Gives back as soon as the process rests, and once after each time in which the process was busy. */
export function createRestWatch({cpuMicros, now, giveBack}: RestWatchOptions): RestWatch {
  let last = {at: now(), cpu: cpuMicros()};
  let givenAt = Number.NEGATIVE_INFINITY;
  return {
    async look() {
      const before = last;
      last = {at: now(), cpu: cpuMicros()};
      const share = (last.cpu - before.cpu) / 1000 / (last.at - before.at);
      if (share >= restingShare || last.cpu - givenAt < worthMicros) return false;
      await giveBack();
      last = {at: now(), cpu: cpuMicros()};
      givenAt = last.cpu;
      return true;
    },
  };
}

/** Watches this process, and this thread's heap, until it ends. Each thread with a heap of its own calls it. */
export function giveMemoryBackAtRest(log: Log, everyMs = 10_000): void {
  const watch = createRestWatch({
    cpuMicros() {
      const {user, system} = process.cpuUsage();
      return user + system;
    },
    now: () => performance.now(),
    async giveBack() {
      const before = process.memoryUsage.rss();
      const began = performance.now();
      await giveMemoryBack();
      const ms = Math.round(performance.now() - began);
      log.debug({before, after: process.memoryUsage.rss(), ms}, 'memory given back');
    },
  });
  setInterval(() => {
    watch.look().catch((error: unknown) => log.debug({err: error}, 'memory cannot be given back'));
  }, everyMs).unref();
}

/**
 * Shrinks this thread's heap to what is in use; in the main thread also returns what malloc keeps and unmaps what is only read of
 * the process's programs, where the system is one with glibc. What is needed again is mapped again from the system's cache of files.
 */
export async function giveMemoryBack(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: object) => void;
  // Compiled code is kept by the flags it was compiled under: a thread that starts later must find it.
  setFlagsFromString('--no-expose-gc');
  collect({type: 'major', flavor: 'last-resort', execution: 'sync'});
  if (!isMainThread || process.platform !== 'linux') return;
  const libc = await loadLibc();
  if (libc === undefined) return;
  libc.malloc_trim(0n);
  for (const [from, to] of programPages(readFileSync('/proc/self/smaps', 'utf8'))) {
    // First what the system should take first where it is short of memory, then no longer ours.
    libc.madvise(from, to - from, madvCold);
    libc.madvise(from, to - from, madvDontNeed);
  }
}

const madvDontNeed = 4;
const madvCold = 20;

/**
 * Ranges of addresses that show a program or library as it is: neither written to so far, which unmapping would undo, nor writable. No
 * other file: what another thread unmaps in this moment may be memory of its own in the next.
 */
export function programPages(smaps: string): (readonly [from: bigint, to: bigint])[] {
  const found: (readonly [bigint, bigint])[] = [];
  let range: readonly [bigint, bigint] | undefined;
  for (const line of smaps.split('\n')) {
    const head = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+ *(.*)/.exec(line);
    if (head !== null) {
      const [, from, to, rights, file] = head;
      range =
        isProgram(file as string) && /^r-.p$/.test(rights as string)
          ? [BigInt(`0x${from}`), BigInt(`0x${to}`)]
          : undefined;
    } else if (range !== undefined && /^Anonymous: +0 kB/.test(line)) found.push(range);
  }
  return found;
}

const isProgram = (file: string): boolean =>
  file === process.execPath || /\/[^/]*\.(?:node|so)(?:\.[\d.]+)?$/.test(file);

interface Libc {
  malloc_trim(pad: bigint): number;
  madvise(address: bigint, length: bigint, advice: number): number;
}

/** Node's foreign functions are experimental: whatever stands in their way, the process only keeps its memory. */
async function loadLibc(): Promise<Libc | undefined> {
  try {
    const {dlopen} = (await import('node:ffi' as string)) as {
      dlopen(path: string, functions: object): {readonly functions: Libc};
    };
    return dlopen('libc.so.6', {
      malloc_trim: {arguments: ['u64'], return: 'i32'},
      madvise: {arguments: ['u64', 'u64', 'i32'], return: 'i32'},
    }).functions;
  } catch {
    return undefined;
  }
}
