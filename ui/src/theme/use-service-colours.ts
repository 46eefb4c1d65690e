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

export interface Palette {
  readonly colours: ServiceColours;
  /** Counts the times that colours were settled otherwise than they were shown. */
  readonly version: number;
}

export const ServiceColoursContext = createContext<Palette | undefined>(undefined);

export function useServicePalette(): Palette {
  const palette = useContext(ServiceColoursContext);
  if (palette === undefined) throw new Error('BUG: no ServiceColoursContext above');
  return palette;
}

/** CSS colour of a service. */
export function useServiceColour(): (service: string) => string {
  const palette = useServicePalette();
  return useMemo(() => (service) => `var(--service-${palette.colours.of(service)})`, [palette]);
}

/** CSS background of a service's swatch: its colour, with the mark that tells it from another of that colour seen with it. */
export function useServiceSwatch(): (service: string) => string {
  const {colours} = useServicePalette();
  return useMemo(
    () => (service) => {
      const colour = `var(--service-${colours.of(service)})`;
      switch (colours.markOf(service)) {
        case 1:
          return `repeating-linear-gradient(${colour} 0 2px, transparent 2px 4px)`;
        case 2:
          return `linear-gradient(${colour} 0 34%, transparent 34% 66%, ${colour} 66%)`;
        default:
          return colour;
      }
    },
    [colours],
  );
}
