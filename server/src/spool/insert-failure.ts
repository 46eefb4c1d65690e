/** Why an INSERT failed, as far as that decides what comes next. */
import {errorMessage} from '../base/index.ts';
import {exceptionCode} from '../engine/index.ts';

/**
 * `away`: no answer, so that others would fare no better. `never`: block and table do not fit together. `memory`: nothing was
 * stored for want of memory; `own` where this INSERT alone asked for more than there may be. `views`: stored, but there was no
 * memory to fill a view. `disk`: the spool's own files. `later`: anything else.
 */
export type InsertFailure =
  | {readonly kind: 'away' | 'never' | 'views' | 'disk' | 'later'}
  | {readonly kind: 'memory'; readonly own: boolean};

/** ClickHouse's codes that no later trial can change. */
const permanentCodes = new Set([
  6, 16, 20, 27, 32, 33, 36, 38, 41, 42, 43, 44, 46, 47, 50, 53, 62, 69, 70, 72, 117, 131, 190, 321, 349, 352, 636, 691,
]);
const unknownTable = 60;
/** MEMORY_LIMIT_EXCEEDED, CANNOT_ALLOCATE_MEMORY. */
const memoryCodes = new Set([241, 173]);

export function insertFailure(error: unknown, absentForEver = false): InsertFailure {
  const code = exceptionCode(error);
  if (code === undefined) return {kind: isOfTheDisk(error) ? 'disk' : 'away'};
  if (permanentCodes.has(code) || (absentForEver && code === unknownTable)) return {kind: 'never'};
  if (!memoryCodes.has(code)) return {kind: 'later'};
  // Views are filled once the parts of the table itself are written: see `insertSettings`.
  if (/while pushing to view/.test(errorMessage(error))) return {kind: 'views'};
  return {kind: 'memory', own: /Query memory limit|\(for query\)/i.test(errorMessage(error))};
}

/** A failed system call on a file, unlike those on a connection. */
function isOfTheDisk(error: unknown): boolean {
  const {syscall, code} = error as NodeJS.ErrnoException;
  return syscall !== undefined && syscall !== 'connect' && diskCodes.has(code ?? '');
}

const diskCodes = new Set([
  'EIO',
  'ENOENT',
  'EACCES',
  'EPERM',
  'EISDIR',
  'ENOTDIR',
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EMFILE',
]);
