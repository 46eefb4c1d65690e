import type {Failure} from '../api/index.ts';
import type {ShellText} from '../i18n/index.ts';

/**
 * A failure in the reader's language, by its kind and code. `detail` is in the API's own words: what exactly was wrong is only
 * known to it.
 */
export function failureText(
  failure: Failure,
  {failure: text}: ShellText,
): {readonly title: string; readonly detail?: string | undefined; readonly hint?: string | undefined} {
  switch (failure.kind) {
    case 'unreachable':
      return {title: text.unreachable, hint: text.unreachableHint};
    case 'long':
      return {title: text.long, hint: text.longHint};
    case 'foreign':
      return {title: text.foreign, detail: failure.message, hint: text.foreignHint};
    case 'refused': {
      const title = text.codes[failure.code];
      return {title, detail: failure.message, hint: text.hints[failure.code] ?? failure.hint};
    }
  }
}
