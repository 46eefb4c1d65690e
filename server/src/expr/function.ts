/** What a built-in function is: the kinds that it takes and gives, and what it does. */
import type {Frame} from './frame.ts';
import {ExprError, type Kind, kindOf, type Value} from './value.ts';

export type Parameter = Kind | 'number';

export interface Builtin {
  readonly parameters: readonly Parameter[];
  /** How many of the parameters must be there; without it, all. */
  readonly min?: number;
  /** Of the arguments beyond the parameters. */
  readonly rest?: Parameter;
  readonly gives: Kind;
  readonly call: (values: readonly Value[], frame: Pick<Frame<unknown>, 'spend'>) => Value;
}

export const fits = (parameter: Parameter, kind: Kind): boolean =>
  parameter === 'any' ||
  kind === 'any' ||
  parameter === kind ||
  (parameter === 'number' && (kind === 'int' || kind === 'float'));

/** Throws where the arguments are not what the function takes. */
export function checkArguments(name: string, {parameters, min, rest}: Builtin, kinds: readonly Kind[]): void {
  const least = min ?? parameters.length;
  if (kinds.length < least || (kinds.length > parameters.length && rest === undefined)) {
    const most = rest === undefined ? parameters.length : undefined;
    const range = most === undefined ? `${least} or more` : most === least ? `${least}` : `${least} to ${most}`;
    throw new ExprError(`\`${name}\` takes ${range} arguments, found ${kinds.length}`);
  }
  kinds.forEach((kind, index) => {
    const parameter = parameters[index] ?? (rest as Parameter);
    if (!fits(parameter, kind))
      throw new ExprError(`argument ${index + 1} of \`${name}\` is ${parameter}, found ${kind}`);
  });
}

export const call = (name: string, builtin: Builtin, values: readonly Value[], frame: Frame<never>): Value => {
  checkArguments(name, builtin, values.map(kindOf));
  return builtin.call(values, frame);
};
