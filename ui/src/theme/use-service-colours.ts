import {createContext, useContext} from 'react';
import {createServiceColours, type ServiceColours} from './service-colours.ts';
import {recall, remember} from './storage.ts';

/** Colours that this browser has given out before. */
export function storedServiceColours(): ServiceColours {
  let known: Record<string, number> = {};
  try {
    known = JSON.parse(recall('service-colours') ?? '{}') as Record<string, number>;
  } catch {
    // Damaged: colours are given out anew.
  }
  return createServiceColours(known, (all) => remember('service-colours', JSON.stringify(all)));
}

export const ServiceColoursContext = createContext<ServiceColours | undefined>(undefined);

/** CSS colour of a service. */
export function useServiceColour(): (service: string) => string {
  const colours = useContext(ServiceColoursContext);
  if (colours === undefined) throw new Error('BUG: no ServiceColoursContext above');
  return (service) => `var(--service-${colours.of(service)})`;
}
