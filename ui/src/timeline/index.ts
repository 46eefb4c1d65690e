export {findSpans} from './find-spans.ts';
export {FlameGraph} from './flame-graph.tsx';
export {gapsOf} from './gaps.ts';
export {KindIcon} from './kind-icon.tsx';
export {type LogMarks, logMarksOf, severityRank, timeOfLine} from './log-marks.ts';
export {Minimap} from './minimap.tsx';
export {
  chooseSpans,
  placeIn,
  type Reason,
  type Selection,
  selectionOf,
  stepIn,
} from './selection.ts';
export {serviceShares} from './statistics.ts';
export {StatisticsTable} from './statistics-table.tsx';
export {type TraceText, traceText} from './text/index.ts';
export {ERROR, hasChildren, ORPHAN, RING, type TraceLayout} from './trace-layout.ts';
export {TraceMap} from './trace-map.tsx';
export {modelTrace, type TraceModel} from './trace-model.ts';
export {
  type Folding,
  foldableDepth,
  foldedSpans,
  groupRow,
  isGroup,
  isLabel,
  keptSpans,
  reveal,
  spanOf,
  toggleFold,
  toggleGroup,
  visibleRows,
} from './visible-rows.ts';
export {Waterfall} from './waterfall.tsx';
export {bringIntoView, pan, zoomAt} from './zoom.ts';
