import {type ReactNode, useMemo} from 'react';
import {coloursWithin} from './service-colours.ts';
import {ServiceColoursContext, useServicePalette} from './use-service-colours.ts';

/** Below it these services all look different, however many there are elsewhere. */
export function ServiceColoursWithin({
  services,
  children,
}: {
  readonly services: readonly string[];
  readonly children: ReactNode;
}) {
  const palette = useServicePalette();
  const within = useMemo(() => ({...palette, colours: coloursWithin(palette.colours, services)}), [palette, services]);
  return <ServiceColoursContext value={within}>{children}</ServiceColoursContext>;
}
