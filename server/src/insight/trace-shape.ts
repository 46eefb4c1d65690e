/**
 * What the page shares with the API of a trace's shape: pure functions over columns that import nothing but each other, so that a
 * browser can run them. Every other use goes through `index.ts`.
 */
export {byStart, type ClockSkew, clockSkew, moveStarts, type WrongClock} from './clock-skew.ts';
export {ERROR, type SpanColumns, type TraceColumns} from './columns.ts';
export {type CriticalPath, criticalPath} from './critical-path.ts';
export {type IdIndex, indexIds} from './id-index.ts';
export {buildTree, ORPHAN, RING, type TraceTree, type TreeOrder, walkTree} from './tree.ts';
