export type {LaidEdge} from './layers.ts';
export {type Layout, type Line, layOutGraph, nodeHeight, type Spot} from './layout.ts';
