export type * from './ast.ts';
export {isSetOperator, nameLabel, typeOf} from './ast.ts';
export {check} from './check.ts';
export {readDuration, writeDuration} from './duration.ts';
export {Notes, PromqlError} from './error.ts';
export {type Answer, type EvaluateOptions, evaluate, type Value} from './evaluate.ts';
export {type FunctionShape, functions, givesOf} from './functions.ts';
export {type Label, Labels} from './labels.ts';
export {matches} from './matching.ts';
export {type Features, parse} from './parse.ts';
export {placeIn} from './place.ts';
export {prettify, print, quote, writeNumber} from './print.ts';
export {selectorsIn} from './select.ts';
export {
  type Column,
  type Grid,
  isStale,
  markStale,
  mergeAlike,
  type RawSeries,
  type SampleSource,
  type Selection,
  timeAt,
} from './series.ts';
