/** What becomes of an error while statements run, by `error_mode`: the same for every component that runs OTTL. */
import {errorMessage, PermanentError} from '../base/index.ts';
import {OttlError} from '../ottl/index.ts';
import type {Settings} from '../pipeline/index.ts';
import type {ErrorMode} from './ottl-config.ts';

/** One line a second says enough about data that a statement does not fit. */
const logEveryMs = 1000;

export type OnOttlError = (error: unknown, mode: ErrorMode, text: string) => void;

/** Counts every error; logs it, passes over it, or refuses the batch. Whatever is no error of OTTL is thrown on. */
export function ottlErrors({id, log, meter, clock}: Settings): OnOttlError {
  const errors = meter
    .counter('weft_ottl_errors', 'Statements and conditions of OTTL that failed on a row.')
    .with({component: id});
  let loggedAt = Number.NEGATIVE_INFINITY;
  let unlogged = 0;
  return (error, mode, text) => {
    if (!(error instanceof OttlError)) throw error;
    errors.add(1);
    if (mode === 'propagate') {
      throw new PermanentError('ottl', `${id}: \`${text}\`: ${errorMessage(error)}`, {cause: error});
    }
    if (mode === 'silent') return;
    const now = clock.now();
    if (now - loggedAt < logEveryMs) return void unlogged++;
    const more = unlogged === 0 ? '' : ` (and ${unlogged} errors more since the last line)`;
    log.warn({error: error.message, statement: text}, `a statement failed${more}`);
    loggedAt = now;
    unlogged = 0;
  };
}
