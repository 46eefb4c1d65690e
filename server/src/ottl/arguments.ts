/** The arguments of a call, each made what its parameter says: every one that does not fit is a fault with its place. */
import {suggestion} from '../config/index.ts';
import type {Call, Expression} from './ast.ts';
import type {Compiler} from './compile.ts';
import {likeBool, likeDouble, likeInt, mustBe, mustBeTexts} from './convert.ts';
import {OttlError} from './faults.ts';
import type {PathSource, Source} from './frame.ts';
import {type Argument, ArgumentFault, type FunctionDefinition, type Parameter, type ParameterType} from './function.ts';
import {printExpression} from './print.ts';
import {likeBytes, likeString} from './text.ts';
import {Duration, isList, Time, type Value, type ValueMap} from './value.ts';

export interface Bound {
  readonly values: Readonly<Record<string, unknown>>;
  readonly places: ReadonlyMap<string, number>;
  /** The arguments that are values; undefined where one is not (a lambda, a target), so that nothing is folded. */
  readonly sources: readonly Source[] | undefined;
}

export function bindArguments(compiler: Compiler, call: Call, definition: FunctionDefinition): Bound | undefined {
  const faultsBefore = compiler.faults.length;
  const given = assign(compiler, call, definition);
  const values: Record<string, unknown> = {};
  const places = new Map<string, number>();
  const sources: Source[] = [];
  let isPure = true;
  for (const [name, parameter] of Object.entries(definition.parameters)) {
    const node = given.get(name);
    if (node === undefined) {
      if (!parameter.optional) {
        compiler.fault(
          call.at,
          `\`${call.name}\` needs the argument \`${name}\` (${parameter.type}): ${signature(definition)}`,
        );
      }
      continue;
    }
    places.set(name, node.at);
    const faulty = (message: string) => compiler.fault(node.at, `\`${name}\` of ${call.name}: ${message}`);
    const bound = bind(compiler, node, parameter, faulty);
    values[name] = bound;
    if (isSource(bound)) sources.push(bound);
    else if (parameter.type === 'lambda' || parameter.type === 'target' || parameter.type === 'map target')
      isPure = false;
  }
  return compiler.faults.length > faultsBefore ? undefined : {values, places, sources: isPure ? sources : undefined};
}

/** `name(target, pattern, [function])` */
export function signature({name, parameters}: FunctionDefinition): string {
  const list = Object.entries(parameters).map(([key, {optional}]) => (optional ? `[${key}]` : key));
  return `${name}(${list.join(', ')})`;
}

/** Go's names of arguments are compared as it does: `replacement_format` is `replacementFormat`. */
const plain = (name: string): string => name.replaceAll('_', '').toLowerCase();

function assign(compiler: Compiler, call: Call, definition: FunctionDefinition): Map<string, Expression> {
  const names = Object.keys(definition.parameters);
  const given = new Map<string, Expression>();
  for (const [index, argument] of call.arguments.entries()) {
    const name =
      argument.name === undefined ? names[index] : names.find((each) => plain(each) === plain(argument.name as string));
    if (name === undefined) {
      const message =
        argument.name === undefined
          ? `\`${call.name}\` takes ${names.length === 0 ? 'no arguments' : `at most ${names.length} argument${names.length === 1 ? '' : 's'}`}: ${signature(definition)}`
          : `\`${call.name}\` has no argument \`${argument.name}\`${suggestion(argument.name, names) || `: ${signature(definition)}`}`;
      compiler.fault(argument.at, message);
    } else if (given.has(name)) compiler.fault(argument.at, `the argument \`${name}\` is given twice`);
    else given.set(name, argument.value);
  }
  return given;
}

type Fault = (message: string) => undefined;

const isSource = (bound: unknown): bound is Source => typeof bound === 'object' && bound !== null && 'get' in bound;

const isMap = (value: Value): value is ValueMap => value instanceof Map;

/** How a value is made what the parameter wants; throws OttlError where it cannot be. */
const conversions: Readonly<Partial<Record<ParameterType, (value: Value) => unknown>>> = {
  string: mustBe('string', (value) => typeof value === 'string'),
  'string-like': likeString,
  int: mustBe('int', (value) => typeof value === 'bigint'),
  'int-like': likeInt,
  double: mustBe('double', (value) => typeof value === 'number'),
  'double-like': likeDouble,
  bool: mustBe('bool', (value) => typeof value === 'boolean'),
  'bool-like': likeBool,
  bytes(value) {
    const bytes = likeBytes(value);
    if (bytes === undefined) throw new OttlError('expected bytes, found nil');
    return bytes;
  },
  time: mustBe('time', (value) => value instanceof Time),
  duration: mustBe('duration', (value) => value instanceof Duration),
  map: mustBe('map', isMap),
  list: mustBe('list', isList),
  strings: mustBeTexts,
};

function bind(compiler: Compiler, node: Expression, parameter: Parameter, fault: Fault): unknown {
  const {type} = parameter;
  switch (type) {
    case 'any':
      return compiler.value(node);
    case 'literal string':
      return node.kind === 'string' ? node.value : fault(`expected a string in quotes, found ${printExpression(node)}`);
    case 'literal int':
      return node.kind === 'int' ? node.value : fault(`expected a whole number, found ${printExpression(node)}`);
    case 'literal number':
      return numberOf(node) ?? fault(`expected a number, found ${printExpression(node)}`);
    case 'literal numbers': {
      const numbers = node.kind === 'list' ? node.items.map(numberOf) : [undefined];
      return numbers.includes(undefined)
        ? fault(`expected a list of numbers, found ${printExpression(node)}`)
        : numbers;
    }
    case 'literal bool':
      return node.kind === 'bool' ? node.value : fault(`expected true or false, found ${printExpression(node)}`);
    case 'literal strings':
      return node.kind === 'list' && node.items.every((item) => item.kind === 'string')
        ? node.items.map((item) => (item.kind === 'string' ? item.value : ''))
        : fault(`expected a list of strings in quotes, found ${printExpression(node)}`);
    case 'target':
    case 'map target':
      return target(compiler, node, fault);
    case 'lambda':
      return node.kind === 'lambda'
        ? compiler.lambda(node, parameter.arity ?? 0)
        : fault(`expected a lambda such as \`(k, v) => v != nil\`, found ${printExpression(node)}`);
    case 'function':
      return named(compiler, node, fault);
    default:
      return converted(compiler, node, type, fault);
  }
}

const numberOf = (node: Expression): number | undefined =>
  node.kind === 'double' || node.kind === 'int' ? Number(node.value) : undefined;

function converted(compiler: Compiler, node: Expression, type: ParameterType, fault: Fault): unknown {
  const source = compiler.value(node);
  const convert = conversions[type] as (value: Value) => unknown;
  if (source.constant !== undefined) {
    try {
      const value = convert(source.constant.value);
      return {get: () => value, constant: {value}};
    } catch (error) {
      if (error instanceof OttlError) return fault(error.message);
      throw error;
    }
  }
  return {get: (frame: never) => convert(source.get(frame))};
}

function target(compiler: Compiler, node: Expression, fault: Fault): PathSource | undefined {
  if (node.kind !== 'path') return fault(`expected a path that can be written, found ${printExpression(node)}`);
  const before = compiler.faults.length;
  const path: PathSource = compiler.path(node);
  if (compiler.faults.length > before) return undefined;
  return path.set === undefined ? fault(`\`${printExpression(node)}\` can be read only`) : path;
}

function named(compiler: Compiler, node: Expression, fault: Fault): unknown {
  if (node.kind !== 'name')
    return fault(`expected the name of a converter such as SHA256, found ${printExpression(node)}`);
  const definition = compiler.named(node.at, node.name);
  if (definition === undefined) return undefined;
  const [first, ...others] = Object.entries(definition.parameters);
  if (first === undefined || others.some(([, each]) => !each.optional)) {
    return fault(`${node.name} cannot be passed: it does not take exactly one argument`);
  }
  const [name, {type}] = first;
  const convert = conversions[type] ?? (type === 'any' ? (value: Value) => value : undefined);
  if (convert === undefined) return fault(`${node.name} cannot be passed: its argument is of type ${type}`);
  return (argument: Argument<Value>) => {
    try {
      return definition.make(
        {[name]: {get: (frame: never) => convert(argument.get(frame))}} as never,
        compiler.context,
      );
    } catch (error) {
      if (error instanceof ArgumentFault) throw new OttlError(error.message);
      throw error;
    }
  };
}
