/** Which functions there are. */
import {type Functions, functionsOf} from './function.ts';
import {attributeEditors} from './functions-attributes.ts';
import {replaceEditors} from './functions-replace.ts';
import {textConverters} from './functions-text.ts';
import {typeConverters} from './functions-types.ts';

export const standardFunctions: Functions = functionsOf(
  attributeEditors,
  replaceEditors,
  typeConverters,
  textConverters,
);
