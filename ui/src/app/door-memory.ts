import {useRouterState} from '@tanstack/react-router';
import {useEffect} from 'react';
import {type DoorId, doors} from './doors.ts';

/** What each door's view asked when it was left, beside the context that every address carries; until the page is loaded again. */
const left = new Map<DoorId, Readonly<Record<string, unknown>>>();

/** The search that a link to the door has: the view as it was left. Dialogs and the like are not opened again. */
export const searchOf = (door: DoorId): Readonly<Record<string, unknown>> => left.get(door) ?? {};

export function useDoorMemory(): void {
  const {pathname, search} = useRouterState({select: (state) => state.location});
  useEffect(() => {
    const door = doors.find((one) => one.to === pathname);
    if (door === undefined) return;
    const kept = new Set<string>(door.keeps);
    left.set(door.id, Object.fromEntries(Object.entries(search).filter(([key]) => kept.has(key))));
  }, [pathname, search]);
}
