/** The text of a small file, such as a secret's, that is read again when it changes. */
import {readFileSync, unwatchFile, watchFile} from 'node:fs';
import {errorMessage, type Log} from '../base/index.ts';

export interface WatchedFile {
  stop(): void;
}

/** How often its state is looked at: by its path, so that a link that is turned to another file is seen too. */
const intervalMs = 500;

/**
 * Gives the text to `take`, now and after every change. Throws an Error that names the file where it cannot be read now or
 * `take` does not like it; later such a change is logged, and what was there before stays.
 */
export function watchText(file: string, log: Log, take: (text: string) => void): WatchedFile {
  const read = (): void => {
    try {
      take(readFileSync(file, 'utf8'));
    } catch (error) {
      throw new Error(`cannot use ${file}: ${errorMessage(error)}`, {cause: error});
    }
  };
  read();
  const changed = (): void => {
    try {
      read();
      log.info({file}, 'a changed file is in use');
    } catch (error) {
      log.warn({file, error: errorMessage(error)}, 'a changed file cannot be used; what it said before holds');
    }
  };
  watchFile(file, {interval: intervalMs, persistent: false}, changed);
  return {stop: () => unwatchFile(file, changed)};
}
