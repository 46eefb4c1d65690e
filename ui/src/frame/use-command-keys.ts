import {useEffect} from 'react';
import {isBusy, isItsOwn} from '../widgets/index.ts';
import type {CommandRegistry} from './command-registry.ts';

/** Listens for the keys of every command in force: the one listener of the page. A key that does something does not scroll too. */
export function useCommandKeys(registry: CommandRegistry): void {
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing || isItsOwn(event)) return;
      const command = registry.find(event, isBusy(event.target));
      if (command === undefined) return;
      event.preventDefault();
      command.run(event);
    };
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, [registry]);
}
