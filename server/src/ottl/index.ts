export type {OttlContext} from './context.ts';
export {type Compiled, OttlError, type OttlFault, pointAt} from './faults.ts';
export {type Cache, createCache} from './frame.ts';
export {
  type CompileOptions,
  type Condition,
  compileCondition,
  compileConditions,
  compileStatement,
  type Statement,
} from './ottl.ts';
