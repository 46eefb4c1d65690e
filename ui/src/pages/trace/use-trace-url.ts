import {getRouteApi} from '@tanstack/react-router';
import {useCallback, useEffect, useState} from 'react';
import {useOwnAddress} from '../../frame/index.ts';
import type {TraceUrl} from '../../urls/index.ts';

const route = getRouteApi('/trace/$traceId');
/** The address bar follows the view by this many milliseconds: scrolling through spans or zooming writes it once at the end. */
const LAG = 150;

/**
 * The state of the trace page. A change is in force at once and in the address bar a moment later, in place of the entry that was
 * there: going back leads to where the reader came from, not through every span looked at.
 */
export function useTraceUrl(): readonly [TraceUrl, (change: Partial<TraceUrl>) => void] {
  const url = route.useSearch();
  const write = useOwnAddress<TraceUrl>();
  const [ahead, setAhead] = useState<Partial<TraceUrl>>({});

  useEffect(() => {
    if (Object.keys(ahead).length === 0) return;
    if (sameWhere(ahead, url)) return setAhead({});
    const timer = setTimeout(() => write(ahead, 'replace'), LAG);
    return () => clearTimeout(timer);
  }, [ahead, url, write]);

  const change = useCallback((patch: Partial<TraceUrl>) => setAhead((before) => ({...before, ...patch})), []);
  return [{...url, ...ahead}, change];
}

function sameWhere(part: Partial<TraceUrl>, whole: TraceUrl): boolean {
  // Lists are told by what is in them.
  return (Object.keys(part) as (keyof TraceUrl)[]).every((key) => String(part[key]) === String(whole[key]));
}
