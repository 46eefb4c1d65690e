import {type ReactNode, useMemo, useState} from 'react';
import {coloursWithin} from './service-colours.ts';
import {type Palette, ServiceColoursContext, useServicePalette} from './use-service-colours.ts';

interface Shown {
  readonly palette: Palette;
  readonly services: readonly string[];
  readonly colours: Palette['colours'];
}

/** Below it these services all look different, however many there are elsewhere. Services that join them change none. */
export function ServiceColoursWithin({
  services,
  children,
}: {
  readonly services: readonly string[];
  readonly children: ReactNode;
}) {
  const palette = useServicePalette();
  const [shown, setShown] = useState<Shown>(() => within(palette, services));
  let current = shown;
  if (shown.palette !== palette || shown.services !== services) {
    const joined = shown.palette === palette && shown.services.every((one) => services.includes(one));
    current = within(palette, services, joined ? shown : undefined);
    setShown(current);
  }
  const all = useMemo(() => ({...current.palette, colours: current.colours}), [current]);
  return <ServiceColoursContext value={all}>{children}</ServiceColoursContext>;
}

const within = (palette: Palette, services: readonly string[], before?: Shown): Shown => ({
  palette,
  services,
  colours: coloursWithin(palette.colours, services, before),
});
