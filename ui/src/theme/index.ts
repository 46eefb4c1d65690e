export {cssVariables} from './css-variables.ts';
export {mantineTheme} from './mantine-theme.ts';
export {COLOURS, createServiceColours, type ServiceColours} from './service-colours.ts';
export {ServiceColoursWithin} from './service-colours-within.tsx';
export {recall, remember} from './storage.ts';
export {useCanvasColours} from './use-canvas-colours.ts';
export {
  ServiceColoursContext,
  storedServiceColours,
  useServiceColour,
  useServiceSwatch,
} from './use-service-colours.ts';
