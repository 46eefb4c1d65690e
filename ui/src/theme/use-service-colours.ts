import {createContext, useContext, useMemo} from 'react';
import {createServiceColours, type ServiceColours} from './service-colours.ts';
import {barMark, swatchBackground} from './service-marks.ts';
import {recall, remember} from './storage.ts';

/** Looks that this browser has given out before. */
export function storedServiceColours(): ServiceColours {
  let known: Record<string, number> = {};
  try {
    known = JSON.parse(recall('service-looks') ?? '{}') as Record<string, number>;
  } catch {
    // Damaged: looks are given out again.
  }
  return createServiceColours(known, (all) => remember('service-looks', JSON.stringify(all)));
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

/** How a service's bars are drawn. */
export interface ServicePaint {
  /** CSS colour. */
  readonly colour: string;
  /** CSS background layer for the mark that tells it from others of that colour. */
  readonly mark: string | undefined;
}

export function useServicePaint(): (service: string) => ServicePaint {
  const palette = useServicePalette();
  return useMemo(
    () => (service) => ({
      colour: `var(--service-${palette.colours.of(service)})`,
      mark: barMark(palette.colours.markOf(service)),
    }),
    [palette],
  );
}

/** The number of a service's mark, for a canvas. */
export function useServiceMark(): (service: string) => number {
  const palette = useServicePalette();
  return useMemo(() => (service) => palette.colours.markOf(service), [palette]);
}

/** CSS background of a service's swatch: its colour, with its mark. */
export function useServiceSwatch(): (service: string) => string {
  const palette = useServicePalette();
  return useMemo(
    () => (service) =>
      swatchBackground(`var(--service-${palette.colours.of(service)})`, palette.colours.markOf(service)),
    [palette],
  );
}
