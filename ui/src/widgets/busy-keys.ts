/** Keys that belong to the element that has the focus, not to a command of the page. */

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
