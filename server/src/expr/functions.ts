/** All functions but those that take a predicate. */
import type {Builtin} from './function.ts';
import {collectionFunctions} from './functions-collection.ts';
import {convertFunctions} from './functions-convert.ts';
import {numberFunctions} from './functions-number.ts';
import {textFunctions} from './functions-text.ts';

export const builtins: ReadonlyMap<string, Builtin> = new Map<string, Builtin>(
  Object.entries({...textFunctions, ...numberFunctions, ...collectionFunctions, ...convertFunctions}),
);

/** Functions of the language whose values depend on the moment, or are of kinds that nothing here has. */
export const unavailable: ReadonlySet<string> = new Set(['now', 'date', 'duration', 'timezone']);
