export type {CharSet as PatternSet, Node as Syntax} from './ast.ts';
export {expand} from './expand.ts';
export {printSet} from './native.ts';
export {
  anyOf,
  compilePattern,
  type Match,
  noPattern,
  type Pattern,
  type Place,
  quote,
  replaceMatches,
} from './pattern.ts';
