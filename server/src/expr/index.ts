export {compileExpression, type Environment, type Expression} from './compile.ts';
export {ExprError, type Value} from './value.ts';
