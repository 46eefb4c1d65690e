/** Commands as a part of the page declares them: once, for keys, palette, help and `docs/reference/keys.md`. */
import type {Catalogue, ShellText} from '../i18n/index.ts';

/**
 * How far a command reaches. Where two take the same key, the one that reaches less far is in force: that of a part of a page before
 * that of the page, and both before the shell's.
 */
export const scopes = ['everywhere', 'page', 'part'] as const;
export type Scope = (typeof scopes)[number];

export interface CommandDeclaration<T> {
  /** As `KeyboardEvent.key`; `Shift+` before where it is held with a key that is no character, `Mod+` for Ctrl or ⌘. */
  readonly keys?: readonly string[];
  readonly text: (text: T) => string;
  /** Steps and the like, which nobody looks for by name. */
  readonly palette?: false;
  /** Also while a text is being written or a dialog is open. */
  readonly always?: true;
}

export interface CommandSet<T = unknown, Name extends string = string> {
  /** The part of the page, unique: with a command's name it is the command's id. */
  readonly id: string;
  readonly scope: Scope;
  readonly title: (text: T) => string;
  /** Undefined where the shell's texts are enough. */
  readonly texts: Catalogue<object> | undefined;
  readonly commands: Readonly<Record<Name, CommandDeclaration<T>>>;
}

/** `commandSet(searchText)({id: 'search', …})`: the texts first, so that the others know their type. */
export const commandSet =
  <T extends object = object>(texts?: Catalogue<T>) =>
  <const Name extends string>(
    set: Omit<CommandSet<ShellText & T, Name>, 'texts'>,
  ): CommandSet<ShellText & T, Name> => ({...set, texts});
