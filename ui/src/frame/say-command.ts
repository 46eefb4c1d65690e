import type {Language, ShellText} from '../i18n/index.ts';
import type {ActiveCommand} from './command-registry.ts';
import type {CommandSet} from './command-set.ts';

/** The texts of a set, where they have been fetched: those of a part that is on show have been. */
export function textsOf(set: CommandSet<never>, language: Language, shell: ShellText): object | undefined {
  if (set.texts === undefined) return shell;
  const own = set.texts.read(language);
  return own === undefined ? undefined : {...shell, ...own};
}

/** A command and the part it belongs to, in the reader's language. */
export function sayCommand(
  {set, declaration}: Pick<ActiveCommand, 'set' | 'declaration'>,
  language: Language,
  shell: ShellText,
): {readonly name: string; readonly group: string} | undefined {
  const texts = textsOf(set, language, shell) as never;
  return texts === undefined ? undefined : {name: declaration.text(texts), group: set.title(texts)};
}
