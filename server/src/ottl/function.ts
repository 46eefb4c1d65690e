/** How functions of OTTL are declared: a name, its parameters with their types, and what makes a closure of the arguments. */
import type {OttlContext} from './context.ts';
import type {Frame, PathSource} from './frame.ts';
import type {Duration, Time, Value, ValueMap} from './value.ts';

/** An argument as a function sees it. `constant` is set where it is known when the statement is compiled. */
export interface Argument<T> {
  get(frame: Frame): T;
  readonly constant?: {readonly value: T};
}

export interface Lambda {
  call(frame: Frame, ...values: readonly Value[]): Value;
}

/** A converter given by name: makes the converter of this argument. */
export type NamedFunction = (argument: Argument<Value>) => (frame: Frame) => Value;

/** The types of parameters, and what a function is given for each. */
export interface ParameterTypes {
  any: Argument<Value>;
  string: Argument<string>;
  /** Anything as text; nil stays nil. */
  'string-like': Argument<string | undefined>;
  int: Argument<bigint>;
  'int-like': Argument<bigint | undefined>;
  double: Argument<number>;
  'double-like': Argument<number | undefined>;
  bool: Argument<boolean>;
  'bool-like': Argument<boolean | undefined>;
  bytes: Argument<Uint8Array>;
  time: Argument<Time>;
  duration: Argument<Duration>;
  map: Argument<ValueMap>;
  /** A list of anything: written as one, or computed. */
  list: Argument<readonly Value[]>;
  strings: Argument<readonly string[]>;
  /** A path that can be written. */
  target: PathSource;
  /** A path to a map that can be written. */
  'map target': PathSource;
  'literal string': string;
  'literal int': bigint;
  /** A double, or a whole number as one. */
  'literal number': number;
  'literal numbers': readonly number[];
  'literal bool': boolean;
  'literal strings': readonly string[];
  function: NamedFunction;
  lambda: Lambda;
}
export type ParameterType = keyof ParameterTypes;

export interface Parameter<T extends ParameterType = ParameterType, O extends boolean = boolean> {
  readonly type: T;
  readonly optional: O;
  /** Of a lambda: how many parameters it has. */
  readonly arity?: number;
}
export type Parameters = Readonly<Record<string, Parameter>>;
export type Arguments<P> = {
  readonly [K in keyof P]: P[K] extends Parameter<infer T, infer O>
    ? O extends true
      ? ParameterTypes[T] | undefined
      : ParameterTypes[T]
    : never;
};

export const needs = <T extends ParameterType>(type: T): Parameter<T, false> => ({type, optional: false});
export const may = <T extends ParameterType>(type: T): Parameter<T, true> => ({type, optional: true});
export const lambda = (arity: number): Parameter<'lambda', false> => ({type: 'lambda', optional: false, arity});
export const mayLambda = (arity: number): Parameter<'lambda', true> => ({type: 'lambda', optional: true, arity});

export interface FunctionDefinition {
  readonly name: string;
  readonly kind: 'editor' | 'converter';
  /** One sentence for the reference. */
  readonly help: string;
  readonly parameters: Parameters;
  /** The contexts that have it; all, where it is not set. */
  readonly contexts?: readonly OttlContext[];
  /** Where the same arguments need not give the same value: it is not computed before its time. */
  readonly varies?: boolean;
  /** Makes the closure for the context of the statement. Throws ArgumentFault where a constant argument does not fit. */
  readonly make: (values: never, context: OttlContext) => (frame: Frame) => Value;
}

/** Thrown by `make`: the statement is refused, at the argument of that name. */
export class ArgumentFault extends Error {
  override readonly name = 'ArgumentFault';
  readonly parameter: string;
  constructor(parameter: string, message: string) {
    super(message);
    this.parameter = parameter;
  }
}

type Options = Pick<FunctionDefinition, 'contexts' | 'varies'>;

export const converter = <P extends Parameters>(
  name: string,
  help: string,
  parameters: P,
  make: (values: Arguments<P>) => (frame: Frame) => Value,
  options: Options = {},
): FunctionDefinition => ({name, kind: 'converter', help, parameters, make, ...options});

export const editor = <P extends Parameters>(
  name: string,
  help: string,
  parameters: P,
  make: (values: Arguments<P>, context: OttlContext) => (frame: Frame) => void,
  options: Options = {},
): FunctionDefinition => ({
  name,
  kind: 'editor',
  help,
  parameters,
  make: make as unknown as FunctionDefinition['make'],
  ...options,
});

/** Functions by name. */
export type Functions = ReadonlyMap<string, FunctionDefinition>;

export const functionsOf = (...lists: readonly (readonly FunctionDefinition[])[]): Functions =>
  new Map(lists.flat().map((each) => [each.name, each]));
