export type {OttlContext} from './context.ts';
export {type Compiled, OttlError, type OttlFault, pointAt} from './faults.ts';
export {type Cache, createCache} from './frame.ts';
export type {Functions} from './function.ts';
export {filterFunctions, standardFunctions, transformFunctions} from './functions.ts';
export {type Inferred, inferContext, type Texts} from './infer.ts';
export {
  type CompileOptions,
  type Condition,
  compileCondition,
  compileStatement,
  type Statement,
} from './ottl.ts';
export {renderOttlReference} from './reference.ts';
export {contextsOf, eachRow} from './rows.ts';
export {plainDouble} from './text.ts';
