import {createContext, useContext, useMemo} from 'react';
import {createServiceColours, type ServiceColours} from './service-colours.ts';
import {recall, remember} from './storage.ts';

/** Colours that this browser has given out before. */
export function storedServiceColours(): ServiceColours {
  let known: Record<string, number> = {};
  try {
    known = JSON.parse(recall('service-colours') ?? '{}') as Record<string, number>;
  } catch {
    // Damaged: colours are given out again.
  }
  return createServiceColours(known, (all) => remember('service-colours', JSON.stringify(all)));
}

interface Palette {
  readonly colours: ServiceColours;
  /** Counts the times that colours were settled otherwise than they were shown. */
  readonly version: number;
}

export const ServiceColoursContext = createContext<Palette | undefined>(undefined);

/** CSS colour of a service. */
export function useServiceColour(): (service: string) => string {
  const palette = useContext(ServiceColoursContext);
  if (palette === undefined) throw new Error('BUG: no ServiceColoursContext above');
  return useMemo(() => (service) => `var(--service-${palette.colours.of(service)})`, [palette]);
}
