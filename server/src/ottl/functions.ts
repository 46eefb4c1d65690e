/** Which functions there are, and who has them. */
import {type FunctionDefinition, type Functions, functionsOf} from './function.ts';
import {attributeEditors} from './functions-attributes.ts';
import {filterConverters} from './functions-filter.ts';
import {hashConverters} from './functions-hash.ts';
import {lambdaConverters} from './functions-lambda.ts';
import {grokConverters, logConverters} from './functions-logs.ts';
import {metricEditors} from './functions-metrics.ts';
import {parseConverters} from './functions-parse.ts';
import {replaceEditors} from './functions-replace.ts';
import {spanEditors} from './functions-span.ts';
import {textConverters} from './functions-text.ts';
import {timeConverters} from './functions-time.ts';
import {typeConverters} from './functions-types.ts';
import {xmlConverters} from './functions-xml.ts';

export const standard: readonly FunctionDefinition[] = [
  ...attributeEditors,
  ...replaceEditors,
  ...typeConverters,
  ...textConverters,
  ...timeConverters,
  ...hashConverters,
  ...parseConverters,
  ...lambdaConverters,
  ...xmlConverters,
  ...grokConverters,
];
export const onlyTransform: readonly FunctionDefinition[] = [...metricEditors, ...spanEditors, ...logConverters];
export const onlyFilter: readonly FunctionDefinition[] = filterConverters;

/** What every statement and condition can call. */
export const standardFunctions: Functions = functionsOf(standard);
/** The same with the functions of the processor `transform`. */
export const transformFunctions: Functions = functionsOf(standard, onlyTransform);
/** The same with the converters of the processor `filter`. */
export const filterFunctions: Functions = functionsOf(standard, onlyFilter);
