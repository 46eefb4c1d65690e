import {type KeyboardEvent, type RefObject, useEffect} from 'react';

/**
 * One stop of the Tab key for all buttons in `container`; the arrow keys, Home and End go from one to the next. The handler that
 * comes back belongs on the container. Fields among them keep their own keys and their own stop.
 */
export function useRoving(container: RefObject<HTMLElement | null>): (event: KeyboardEvent) => void {
  const buttons = (): HTMLElement[] => [
    ...(container.current?.querySelectorAll<HTMLElement>('button:not(:disabled)') ?? []),
  ];
  const settle = (current: HTMLElement | undefined): void => {
    for (const one of buttons()) one.tabIndex = one === current ? 0 : -1;
  };
  // Buttons come and go with what can be done.
  useEffect(() => {
    const all = buttons();
    settle(all.find((one) => one === document.activeElement) ?? all.find((one) => one.tabIndex === 0) ?? all[0]);
  });
  return (event) => {
    const all = buttons();
    const at = all.indexOf(event.target as HTMLElement);
    const next = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1}[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    const one = all[(next + all.length) % all.length]!;
    settle(one);
    one.focus();
  };
}
