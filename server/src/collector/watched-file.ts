/** The text of a small file, such as a secret's, that is read again when it changes. */
import {readFileSync, unwatchFile, watchFile} from 'node:fs';
import {errorMessage, FileError, type Log} from '../base/index.ts';

export interface WatchedFile {
  stop(): void;
}

/** How often its state is looked at: by its path, so that a link that is turned to another file is seen too. */
const intervalMs = 500;

/** Gives the text to `take`. Throws FileError where it cannot be read, or `take` does not like it. */
export function readText(file: string, take: (text: string) => void): void {
  try {
    take(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new FileError(file, `cannot use ${file}: ${errorMessage(error)}`, {cause: error});
  }
}

/**
 * Gives the text to `take`, now and after every change. Throws as `readText` does now; later such a change is logged, and what was there before stays.
 */
export function watchText(file: string, log: Log, take: (text: string) => void): WatchedFile {
  readText(file, take);
  const changed = (): void => {
    try {
      readText(file, take);
      log.info({file}, 'a changed file is in use');
    } catch (error) {
      log.warn({file, error: errorMessage(error)}, 'a changed file cannot be used; what it said before holds');
    }
  };
  watchFile(file, {interval: intervalMs, persistent: false}, changed);
  return {stop: () => unwatchFile(file, changed)};
}
