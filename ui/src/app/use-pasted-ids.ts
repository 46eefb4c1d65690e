import {useNavigate} from '@tanstack/react-router';
import {useEffect, useEffectEvent} from 'react';
import {readIds} from '../urls/index.ts';
import {isBusy} from '../widgets/index.ts';

/** A text pasted anywhere but into a field opens the trace that it names; where it names several, `onMany` lets the reader choose. */
export function usePastedIds(onMany: (text: string) => void): void {
  const navigate = useNavigate();
  const onPaste = useEffectEvent((event: ClipboardEvent) => {
    if (event.defaultPrevented || isBusy(event.target)) return;
    const text = event.clipboardData?.getData('text/plain') ?? '';
    const [first, ...others] = readIds(text);
    if (first === undefined) return;
    event.preventDefault();
    if (others.length > 0) return onMany(text);
    void navigate({to: '/trace/$traceId', params: {traceId: first.traceId}, search: {span: first.spanId}});
  });
  useEffect(() => {
    const listener = (event: ClipboardEvent): void => onPaste(event);
    document.addEventListener('paste', listener);
    return () => document.removeEventListener('paste', listener);
  }, []);
}
