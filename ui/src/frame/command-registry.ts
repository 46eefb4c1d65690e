/** Which commands are in force now, and which of them a key means. */
import type {CommandDeclaration, CommandSet} from './command-set.ts';
import {scopes} from './command-set.ts';

export type Run = (event?: KeyboardEvent) => void;
/** A command that is left out, or undefined, cannot be used now. */
export type Handlers<Name extends string = string> = Readonly<Partial<Record<Name, Run | undefined>>>;

interface Mounted {
  readonly set: CommandSet<never>;
  /** As it is at the moment of asking: handlers change with every drawing. */
  readonly handlers: () => Handlers;
}

export interface ActiveCommand {
  readonly id: string;
  readonly set: CommandSet<never>;
  readonly declaration: CommandDeclaration<never>;
  readonly run: Run;
}

export interface CommandRegistry {
  /** Puts a part's commands in force; the function that comes back takes them away. */
  readonly mount: (set: CommandSet<never>, handlers: () => Handlers) => () => void;
  /** Every command that can be used now: the nearest first. */
  readonly list: () => readonly ActiveCommand[];
  /** Leaves the keys to a dialog that is still on its way; the function that comes back takes them again. */
  readonly hold: () => () => void;
  /** The command that `event` means; `busy`: a text is being written or a dialog is open. */
  readonly find: (event: KeyEvent, busy: boolean) => ActiveCommand | undefined;
}

export type KeyEvent = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

export function createCommandRegistry(): CommandRegistry {
  const mounted: Mounted[] = [];
  const holds = new Set<object>();
  const list = (): ActiveCommand[] =>
    mounted
      .map((one, index) => ({one, index}))
      .sort((a, b) => scopes.indexOf(b.one.set.scope) - scopes.indexOf(a.one.set.scope) || b.index - a.index)
      .flatMap(({one: {set, handlers}}) => {
        const now = handlers();
        return Object.entries(set.commands).flatMap(([name, declaration]) => {
          const run = now[name];
          return run === undefined ? [] : [{id: `${set.id}.${name}`, set, declaration, run}];
        });
      });
  return {
    mount: (set, handlers) => {
      const one = {set, handlers};
      mounted.push(one);
      return () => void mounted.splice(mounted.indexOf(one), 1);
    },
    list,
    hold: () => {
      const one = {};
      holds.add(one);
      return () => void holds.delete(one);
    },
    find: (event, busy) => {
      const key = keyOf(event);
      const taken = busy || holds.size > 0;
      return key === undefined
        ? undefined
        : list().find(
            ({declaration}) => declaration.keys?.includes(key) === true && (!taken || declaration.always === true),
          );
    },
  };
}

/** The name that a declaration gives this key; undefined where it belongs to the browser. */
export function keyOf({key, ctrlKey, metaKey, altKey, shiftKey}: KeyEvent): string | undefined {
  if (altKey || (ctrlKey && metaKey)) return undefined;
  if (ctrlKey || metaKey) return `Mod+${shiftKey ? 'Shift+' : ''}${key.toLowerCase()}`;
  return shiftKey && key.length > 1 ? `Shift+${key}` : key;
}
