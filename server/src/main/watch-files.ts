/** Tells when files change: their text, or the files that links lead to, as Kubernetes swaps a ConfigMap. */
import {type Stats, statSync} from 'node:fs';

export interface FileWatch {
  /** Files to look at from now on. */
  watch(paths: Iterable<string>): void;
  /** Somebody is about to read the files: they are as they should be, and only what is written from now on is a change. */
  accept(): void;
  stop(): void;
}

/**
 * Looks at the files every `everyMs`, because no system tells of a change on every file system, and calls `onChange` once they
 * have been left alone for as long.
 */
export function watchFiles(onChange: () => void, everyMs = 1000): FileWatch {
  const known = new Map<string, string>();
  let isChanging = false;
  const timer = setInterval(() => {
    let changed = false;
    for (const [path, before] of known) {
      const now = stateOf(path);
      if (now === before) continue;
      known.set(path, now);
      changed = true;
    }
    if (isChanging && !changed) onChange();
    isChanging = changed;
  }, everyMs).unref();
  return {
    watch(paths) {
      const wanted = new Set(paths);
      for (const path of known.keys()) if (!wanted.has(path)) known.delete(path);
      for (const path of wanted) if (!known.has(path)) known.set(path, stateOf(path));
    },
    accept() {
      for (const path of known.keys()) known.set(path, stateOf(path));
      isChanging = false;
    },
    stop: () => clearInterval(timer),
  };
}

/** Another text is another file, or another time or size of it; a file that is not there has a state too. */
function stateOf(path: string): string {
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
  return [stats.dev, stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs].join(' ');
}
