import {useEffect, useEffectEvent} from 'react';

/** Key (as `KeyboardEvent.key`, `Shift+` before when held with a key that is no character) → what it does. */
export type Keys = Readonly<Record<string, ((event: KeyboardEvent) => void) | undefined>>;

/**
 * Single keys for the whole page, while no text is being written, no dialog is open and no other key is held (Ctrl, Alt, Cmd are
 * the browser's). A key that does something does not scroll the page as well.
 */
export function useKeys(keys: Keys): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isBusy(event.target) || isItsOwn(event)) return;
    const action = keys[event.shiftKey && event.key.length > 1 ? `Shift+${event.key}` : event.key];
    if (action === undefined) return;
    event.preventDefault();
    action(event);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => onKey(event);
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, []);
}

/** True while `target` takes keys itself: text fields, lists that open, dialogs. */
export function isBusy(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.matches('input:not([type=checkbox], [type=radio]), textarea, select, [role=combobox]') ||
    target.closest('[role=dialog], [role=menu], [role=listbox]') !== null
  );
}

/** Enter and Space belong to a button or link that has the focus, arrows to a group of radio buttons. */
export function isItsOwn({key, target}: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (key === 'Enter' || key === ' ') return target.closest('button, a, summary') !== null;
  return key.startsWith('Arrow') && target.matches('[type=radio], [role=slider], [role=separator]');
}
