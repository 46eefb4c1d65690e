/**
 * What the page shares with TraceQL's package: a query's tokens, faults and completion, and its tree. It is run in a browser, so nothing
 * of it may need Node; every other use goes through `index.ts`.
 */
export type {Attribute, Field, IntrinsicName, Pipeline, Query} from './ast.ts';
export {bareIntrinsics, intrinsicTypes, isMetrics, scopedIntrinsics} from './ast.ts';
export {type Completion, completionAt} from './complete.ts';
export {faultsIn, type PlacedFault} from './faults.ts';
export {type MarkedToken, markedTokens, type TokenMark} from './mark.ts';
export {parse} from './parse.ts';
export {print, printName} from './print.ts';
export type {Wanted} from './reading.ts';
export {printValue, type Value} from './value.ts';
