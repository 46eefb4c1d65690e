export {cssVariables} from './css-variables.ts';
export {mantineTheme} from './mantine-theme.ts';
export {type BusyService, COLOURS, createServiceColours, type ServiceColours} from './service-colours.ts';
export {ServiceColoursWithin} from './service-colours-within.tsx';
export {markGaps} from './service-marks.ts';
export {recall, remember} from './storage.ts';
export {useCanvasColours} from './use-canvas-colours.ts';
export {
  ServiceColoursContext,
  type ServicePaint,
  storedServiceColours,
  useServiceColour,
  useServiceMark,
  useServicePaint,
  useServiceSwatch,
} from './use-service-colours.ts';
