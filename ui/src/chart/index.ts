export {logExtent} from './axis.ts';
export type {ChartProps} from './chart.tsx';
export type {Extent, HeatmapLayer, Layer, LineLayer, PointsLayer, Selection, Tone} from './layers.ts';
export {LazyChart} from './lazy-chart.tsx';
