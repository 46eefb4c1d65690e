import {useNavigate, useRouter} from '@tanstack/react-router';
import {useEffect, useEffectEvent} from 'react';
import {readPasted} from '../urls/index.ts';
import {isBusy} from '../widgets/index.ts';

/**
 * A text pasted anywhere but into a field opens the trace or the address that it names. Where it names several, or might mean
 * something else, `onDoubt` lets the reader choose. Words that name nothing are left alone.
 */
export function usePastedIds(onDoubt: (text: string) => void): void {
  const navigate = useNavigate();
  const router = useRouter();
  const onPaste = useEffectEvent((event: ClipboardEvent) => {
    if (event.defaultPrevented || isBusy(event.target)) return;
    const text = event.clipboardData?.getData('text/plain') ?? '';
    const pasted = readPasted(text, location.origin);
    if (pasted === undefined) return;
    event.preventDefault();
    if (pasted.kind === 'place' && pasted.place.sure) return void router.history.push(pasted.place.href);
    if (pasted.kind !== 'traces' || pasted.doubt || pasted.ids.length > 1) return onDoubt(text);
    const {traceId, spanId} = pasted.ids[0]!;
    void navigate({to: '/trace/$traceId', params: {traceId}, search: {span: spanId}});
  });
  useEffect(() => {
    const listener = (event: ClipboardEvent): void => onPaste(event);
    document.addEventListener('paste', listener);
    return () => document.removeEventListener('paste', listener);
  }, []);
}
