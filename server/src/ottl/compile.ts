/**
 * Syntax tree to closures. Checking is the same walk: every fault of the tree is reported with its place, and what has none
 * is computed once where its parts are constant.
 */
import {utf8Bytes} from '../base/index.ts';
import {suggestion} from '../config/index.ts';
import {bindArguments} from './arguments.ts';
import type {Call, Expression, StatementNode} from './ast.ts';
import {compare, compareNumbers, mirrored} from './compare.ts';
import {enumsOf, type OttlContext} from './context.ts';
import {OttlError, type OttlFault} from './faults.ts';
import {constant, type Frame, type Source} from './frame.ts';
import {ArgumentFault, type FunctionDefinition, type Functions, type Lambda} from './function.ts';
import {didYouMean, editorHint, wordHint} from './hints.ts';
import {calculate, negate} from './math.ts';
import {isBoolean} from './parse.ts';
import {resolvePath} from './resolve.ts';
import {readIndexed, typeOf, type Value, type ValueMap} from './value.ts';

export type Test = (frame: Frame) => boolean;

export interface CompiledStatement {
  readonly run: (frame: Frame) => void;
  /** Undefined where the statement always runs. */
  readonly where: Test | undefined;
}

/** Compiles trees of one context. `faults` fills up; closures of a faulty tree must not be called. */
export class Compiler {
  readonly context: OttlContext;
  readonly functions: Functions;
  readonly faults: OttlFault[] = [];
  /** Names of the parameters of the lambdas around, by their place in `frame.locals`. */
  readonly #locals: string[] = [];

  constructor(context: OttlContext, functions: Functions) {
    this.context = context;
    this.functions = functions;
  }

  fault(position: number, message: string): undefined {
    this.faults.push({position, message});
  }

  statement({editor, where}: StatementNode): CompiledStatement {
    const run = this.#function(editor, 'editor');
    return {run: run?.make ?? nothing, where: where === undefined ? undefined : this.condition(where)};
  }

  condition(node: Expression): Test {
    switch (node.kind) {
      case 'and':
      case 'or': {
        const isAnd = node.kind === 'and';
        return node.operands
          .map((each) => this.condition(each))
          .reduce((left, right) =>
            isAnd ? (frame) => left(frame) && right(frame) : (frame) => left(frame) || right(frame),
          );
      }
      case 'not': {
        const inner = this.condition(node.value);
        return (frame) => !inner(frame);
      }
      case 'comparison':
        return this.#comparison(node);
      case 'bool': {
        const {value} = node;
        return () => value;
      }
      default: {
        const source = this.value(node);
        const what = node.kind === 'call' ? `\`${node.name}\`` : 'the expression';
        return (frame) => {
          const value = source.get(frame);
          if (typeof value === 'boolean') return value;
          throw new OttlError(`a condition needs a bool, and ${what} gave ${typeOf(value)}`);
        };
      }
    }
  }

  value(node: Expression): Source {
    switch (node.kind) {
      case 'nil':
        return constant(undefined);
      case 'string':
      case 'int':
      case 'double':
      case 'bool':
      case 'bytes':
        return constant(node.value);
      case 'name':
        return this.#enum(node);
      case 'path':
        return this.#local(node) ?? this.path(node);
      case 'call':
        return this.#converter(node);
      case 'list': {
        const items = node.items.map((item) => this.value(item));
        return folded(items, (frame) => items.map((item) => item.get(frame)));
      }
      case 'map': {
        const entries = node.entries.map(({key, value}) => [key, this.value(value)] as const);
        // A map may be changed by whoever gets it, so that each evaluation makes its own.
        return {
          get: (frame) => new Map(entries.map(([key, value]) => [key, value.get(frame)])) as ValueMap,
          ...(entries.every(([, value]) => value.constant !== undefined)
            ? {constant: {value: new Map(entries.map(([key, value]) => [key, value.constant!.value]))}}
            : {}),
        };
      }
      case 'negative': {
        const inner = this.value(node.value);
        return folded([inner], (frame) => negate(inner.get(frame)));
      }
      case 'math': {
        const {operator} = node;
        const left = this.value(node.left);
        const right = this.value(node.right);
        return folded([left, right], (frame) => calculate(operator, left.get(frame), right.get(frame)));
      }
      case 'lambda':
        this.fault(node.at, 'a lambda can only be an argument of a function that takes one');
        return unknown;
      case 'comparison':
      case 'not':
      case 'and':
      case 'or': {
        const test = this.condition(node);
        return {get: test};
      }
    }
  }

  /** A path of the context; faulty ones are reported. */
  path(node: Extract<Expression, {kind: 'path'}>): Source {
    return resolvePath(this, node) ?? unknown;
  }

  lambda(node: Extract<Expression, {kind: 'lambda'}>, arity: number): Lambda {
    if (node.parameters.length !== arity) {
      const wanted = arity === 0 ? 'no parameters' : `${arity} parameters`;
      this.fault(node.at, `expected a lambda with ${wanted}, found one with ${node.parameters.length}`);
    }
    const base = this.#locals.length;
    this.#locals.push(...node.parameters);
    const body =
      isBoolean(node.body) && node.body.kind !== 'call' ? {get: this.condition(node.body)} : this.value(node.body);
    this.#locals.length = base;
    return {
      call(frame, ...values) {
        for (let i = 0; i < values.length; i++) frame.locals[base + i] = values[i];
        return body.get(frame);
      },
    };
  }

  /** The converter of this name, for a function that is passed as an argument. */
  named(at: number, name: string): FunctionDefinition | undefined {
    return this.#definition(at, name, 'converter');
  }

  #enum({at, name}: Extract<Expression, {kind: 'name'}>): Source {
    const enums = enumsOf[this.context];
    if (Object.hasOwn(enums, name)) return constant(BigInt(enums[name] as number));
    const isFunction = this.functions.has(name);
    const hint = isFunction
      ? `; a call is written \`${name}(…)\``
      : wordHint(name) ||
        didYouMean(Object.keys(enums).filter((each) => each.endsWith(`_${name}`))) ||
        suggestion(name, Object.keys(enums));
    const known =
      hint === '' && Object.keys(enums).length > 0 ? `; the names are ${Object.keys(enums).join(', ')}` : hint;
    this.fault(at, `\`${name}\` is no name of an enum of the context ${this.context}${known}`);
    return unknown;
  }

  /** A parameter of a lambda around the path. */
  #local({fields}: Extract<Expression, {kind: 'path'}>): Source | undefined {
    const [first, second] = fields;
    const slot = this.#locals.lastIndexOf(first!.name);
    if (slot < 0 || first!.name === '_') return undefined;
    if (second !== undefined) this.fault(second.at, `\`${first!.name}\` is a parameter: it has keys, and no fields`);
    return this.#indexed({get: (frame) => frame.locals[slot]}, first!.keys);
  }

  #indexed(source: Source, keys: readonly Expression[]): Source {
    if (keys.length === 0) return source;
    const list = keys.map((key) => this.value(key));
    return folded([source, ...list], (frame) => {
      const value = source.get(frame);
      return readIndexed(
        value,
        list.map((key) => key.get(frame)),
      );
    });
  }

  #converter(node: Call): Source {
    const made = this.#function(node, 'converter');
    if (made === undefined) return unknown;
    const {make, definition, sources} = made;
    const source = definition.varies === true || sources === undefined ? {get: make} : folded(sources, make);
    return this.#indexed(source, node.keys);
  }

  #function(node: Call, kind: FunctionDefinition['kind']) {
    const definition = this.#definition(node.at, node.name, kind);
    if (definition === undefined) {
      // The arguments are looked at all the same, for their own faults.
      for (const {value} of node.arguments) if (value.kind !== 'lambda' && value.kind !== 'name') this.value(value);
      return undefined;
    }
    const bound = bindArguments(this, node, definition);
    if (bound === undefined) return undefined;
    try {
      return {make: definition.make(bound.values as never, this.context), definition, sources: bound.sources};
    } catch (error) {
      if (!(error instanceof ArgumentFault)) throw error;
      this.fault(
        bound.places.get(error.parameter) ?? node.at,
        `\`${error.parameter}\` of ${node.name}: ${error.message}`,
      );
      return undefined;
    }
  }

  #definition(at: number, name: string, kind: FunctionDefinition['kind']): FunctionDefinition | undefined {
    const found = this.functions.get(name);
    if (found?.kind === kind) {
      if (found.contexts === undefined || found.contexts.includes(this.context)) return found;
      return this.fault(
        at,
        `\`${name}\` works in ${found.contexts.join(', ')} only, not in the context ${this.context}`,
      );
    }
    const known = [...this.functions.values()].filter((each) => each.kind === kind).map((each) => each.name);
    return this.fault(at, `there is no ${kind} \`${name}\`${editorHint(name) || suggestion(name, known)}`);
  }

  #comparison(node: Extract<Expression, {kind: 'comparison'}>): Test {
    const left = this.value(node.left);
    const right = this.value(node.right);
    const {operator} = node;
    const isEquality = operator === '==' || operator === '!=';
    if (left.constant !== undefined && right.constant !== undefined) {
      const result = compare(operator, left.constant.value, right.constant.value);
      return () => result;
    }
    const [source, literal, towards] =
      left.constant === undefined ? [left, right, operator] : ([right, left, mirrored[operator]] as const);
    const value = literal.constant?.value;
    if (literal.constant !== undefined) {
      if (isEquality && typeof value === 'string' && source.sameText !== undefined) {
        const bytes = utf8Bytes(value);
        return operator === '=='
          ? (frame) => source.sameText!(frame, bytes)
          : (frame) => !source.sameText!(frame, bytes);
      }
      if (isEquality && value === undefined && source.isNil !== undefined) {
        return operator === '==' ? (frame) => source.isNil!(frame) : (frame) => !source.isNil!(frame);
      }
      const number = exactNumber(value);
      if (number !== undefined && source.number !== undefined) {
        return (frame) => {
          const found = source.number!(frame);
          return Number.isNaN(found)
            ? compare(towards, source.get(frame), value)
            : compareNumbers(towards, found, number);
        };
      }
    }
    return (frame) => compare(operator, left.get(frame), right.get(frame));
  }
}

const nothing = (): void => {};

/** What a faulty part stands for, so that its place is not told of twice. */
const unknown: Source = {get: () => undefined};

function exactNumber(value: Value): number | undefined {
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : value;
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
}

/** Computes what does not change once. What fails at that fails for each row in its turn, as it does in the Collector. */
function folded(parts: readonly Source[], get: (frame: Frame) => Value): Source {
  if (!parts.every((part) => part.constant !== undefined)) return {get};
  try {
    const value = get(undefined as unknown as Frame);
    return value instanceof Map ? {get} : {get: () => value, constant: {value}};
  } catch (error) {
    if (error instanceof OttlError) return {get};
    throw error;
  }
}
