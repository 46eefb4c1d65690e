import {createContext, use, useEffect, useLayoutEffect, useRef} from 'react';
import {type CommandRegistry, createCommandRegistry, type Handlers} from './command-registry.ts';
import type {CommandSet} from './command-set.ts';

/** Outside of a shell commands are declared to nobody. */
export const CommandsContext = createContext<CommandRegistry>(createCommandRegistry());

export const useCommandRegistry = (): CommandRegistry => use(CommandsContext);

/**
 * Puts a set's commands in force while the caller is on show: `useCommands(timelineCommands, {next: () => step(1), undo: last && undo})`.
 * Keys, palette and help know them from here.
 */
export function useCommands<Name extends string>(
  set: CommandSet<never, Name>,
  handlers: Handlers<NoInfer<Name>>,
): void {
  const registry = useCommandRegistry();
  const now = useRef<Handlers>(handlers);
  useLayoutEffect(() => {
    now.current = handlers;
  });
  useEffect(() => registry.mount(set, () => now.current), [registry, set]);
}
