/** Syntax tree to closures: the check and the compiler are one walk. Whatever is constant is computed here, once. */
import {type Compiled, SyntaxFault, type TextFault} from '../base/index.ts';
import {suggestion} from '../config/index.ts';
import type {Call, Member, Node} from './ast.ts';
import {compileBinary} from './compile-binary.ts';
import {Frame} from './frame.ts';
import {call, checkArguments} from './function.ts';
import {builtins, unavailable} from './functions.ts';
import {predicateFunctions, truth} from './functions-predicate.ts';
import {parse} from './parse.ts';
import {brokenChain, type Evaluate, type Part} from './part.ts';
import {ExprError, fetch, isNumber, type Kind, kindOf, mismatch, slice, type Value} from './value.ts';

/** A variable or a function that the caller offers. */
export interface Offered<Row> {
  readonly gives: Kind;
  /** Undefined: a variable. */
  readonly parameters?: readonly Kind[];
  readonly read: (row: Row, values: readonly Value[]) => Value;
}
export type Environment<Row> = Readonly<Record<string, Offered<Row>>>;

export interface Expression<Row> {
  /** The names of the environment that it may ask for. */
  readonly names: ReadonlySet<string>;
  readonly gives: Kind;
  /** Throws ExprError. */
  evaluate(row: Row): Value;
}

/** The expression, or its faults. What it names is in the environment, or it is faulty. */
export function compileExpression<Row>(text: string, environment: Environment<Row>): Compiled<Expression<Row>> {
  const compiler = new Compiler(environment);
  try {
    const {run, gives} = compiler.part(parse(text));
    if (compiler.faults.length > 0) return {kind: 'faulty', faults: compiler.faults};
    const {frame, names} = compiler;
    return {
      kind: 'ok',
      value: {
        names,
        gives,
        evaluate(row) {
          frame.enter(row);
          return run(frame) as Value;
        },
      },
    };
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    return {kind: 'faulty', faults: [{position: error.position, message: error.message}]};
  }
}

const unknown: Part<never> = {gives: 'any', isConstant: false, run: () => undefined};

class Compiler<Row> {
  readonly faults: TextFault[] = [];
  readonly names = new Set<string>();
  readonly frame = new Frame<Row>();
  readonly #environment: ReadonlyMap<string, Offered<Row>>;
  readonly #variables: {readonly name: string; readonly gives: Kind; readonly slot: number}[] = [];
  readonly #parts = new Map<Node, Part<Row>>();
  #slots = 0;

  constructor(environment: Environment<Row>) {
    this.#environment = new Map(Object.entries(environment));
  }

  /** The middle of `1 < x < 3` stands in both comparisons, and is compiled once. */
  part(node: Node): Part<Row> {
    const known = this.#parts.get(node);
    if (known !== undefined) return known;
    const part = this.#compiled(node);
    this.#parts.set(node, part);
    return part;
  }

  #compiled(node: Node): Part<Row> {
    switch (node.kind) {
      case 'literal':
        return constant(node.value);
      case 'name':
        return this.#name(node.name, node.at);
      case 'pointer':
        return this.#pointer(node.name, node.at);
      case 'unary':
        return this.#unary(node);
      case 'binary': {
        if (node.operator === 'in' && node.right.kind === 'name' && node.right.name === '$env')
          return this.#isOffered(node.left);
        const [left, right] = [this.part(node.left), this.part(node.right)];
        return this.#made(node.at, [left, right], () => compileBinary(node.operator, left, right));
      }
      case 'conditional':
        return this.#conditional(node);
      case 'member':
        return this.#member(node);
      case 'chain': {
        const {gives, isConstant, run} = this.part(node.value);
        return {
          gives: gives === 'nil' ? 'nil' : 'any',
          isConstant,
          run: (frame) => {
            const value = run(frame);
            return value === brokenChain ? undefined : value;
          },
        };
      }
      case 'slice':
        return this.#slice(node);
      case 'call':
        return this.#call(node);
      case 'method':
        return this.#method(node);
      case 'predicate':
        return this.part(node.body);
      case 'array': {
        const items = node.items.map((each) => this.part(each));
        return this.#made(node.at, items, () => ({
          gives: 'array',
          run: (frame) => {
            frame.spend(items.length);
            return items.map(({run}) => run(frame) as Value);
          },
        }));
      }
      case 'map':
        return this.#map(node);
      case 'let':
        return this.#let(node);
      case 'sequence': {
        const items = node.items.map((each) => this.part(each));
        const last = items.at(-1) as Part<Row>;
        return {
          gives: last.gives,
          isConstant: false,
          run: (frame) => {
            let value: ReturnType<Evaluate<Row>>;
            for (const {run} of items) value = run(frame);
            return value;
          },
        };
      }
    }
  }

  /** The part, computed where all that it is made of is constant. What is thrown meanwhile is a fault at its place. */
  #made(
    at: number,
    of: readonly Part<Row>[],
    make: () => {readonly gives: Kind; readonly run: Evaluate<Row>},
  ): Part<Row> {
    try {
      const {gives, run} = make();
      if (!of.every(({isConstant}) => isConstant)) return {gives, isConstant: false, run: placed(run, at)};
      this.frame.enter(undefined as Row);
      return constant(run(this.frame) as Value);
    } catch (error) {
      if (!(error instanceof ExprError)) throw error;
      return this.#fault(at, error.message);
    }
  }

  #fault(position: number, message: string): Part<Row> {
    this.faults.push({position, message});
    return unknown as Part<Row>;
  }

  #name(name: string, at: number): Part<Row> {
    const variable = this.#variables.findLast((each) => each.name === name);
    if (variable !== undefined) {
      const {gives, slot} = variable;
      return {gives, isConstant: false, run: (frame) => frame.variables[slot]};
    }
    const offered = this.#environment.get(name);
    if (offered === undefined) {
      if (name === '$env')
        return this.#fault(at, '`$env` stands only before a name, as in `$env.Name` and `"Name" in $env`');
      const known = [...this.#environment.keys(), ...this.#variables.map((each) => each.name)];
      return this.#fault(at, `there is no \`${name}\`${suggestion(name, known)}`);
    }
    if (offered.parameters !== undefined) return this.#fault(at, `\`${name}\` is a function: write \`${name}(…)\``);
    this.names.add(name);
    const {gives, read} = offered;
    return {gives, isConstant: false, run: ({row}) => read(row as Row, [])};
  }

  /** `"Name" in $env`. */
  #isOffered(node: Node): Part<Row> {
    const {gives, run, isConstant} = this.part(node);
    if (gives !== 'string' && gives !== 'any') return this.#fault(node.at, `a name is a text, found ${gives}`);
    const has = (name: Value): boolean => {
      const offered = typeof name === 'string' ? this.#environment.get(name) : undefined;
      return offered !== undefined && offered.parameters === undefined;
    };
    return {gives: 'bool', isConstant, run: (frame) => has(run(frame) as Value)};
  }

  #pointer(name: string, at: number): Part<Row> {
    if (name === '') return {gives: 'any', isConstant: false, run: ({item}) => item};
    if (name === 'index') return {gives: 'int', isConstant: false, run: ({index}) => index};
    if (name === 'acc') return {gives: 'any', isConstant: false, run: ({acc}) => acc};
    return this.#fault(at, `there is no \`#${name}\`: there are \`#\`, \`#index\` and \`#acc\``);
  }

  #unary({at, operator, value}: Node & {kind: 'unary'}): Part<Row> {
    const {gives, isConstant, run} = this.part(value);
    return this.#made(at, [{gives, isConstant, run}], () => {
      if (operator === 'not') {
        if (gives !== 'bool' && gives !== 'any') throw new ExprError(`\`not\` takes true or false, found ${gives}`);
        return {gives: 'bool', run: (frame) => !truth(run(frame) as Value)};
      }
      if (gives !== 'int' && gives !== 'float' && gives !== 'any')
        throw new ExprError(`\`${operator}\` takes a number, found ${gives}`);
      return {gives, run: (frame) => signed(operator, run(frame) as Value)};
    });
  }

  #conditional(node: Node & {kind: 'conditional'}): Part<Row> {
    const test = this.part(node.test);
    const then = node.then === undefined ? test : this.part(node.then);
    const otherwise = this.part(node.otherwise);
    return this.#made(node.at, [test, then, otherwise], () => {
      if (test.gives !== 'bool' && test.gives !== 'any')
        throw new ExprError(`a condition is true or false, found ${test.gives}`);
      return {
        gives: then.gives === otherwise.gives ? then.gives : 'any',
        run: (frame) => {
          const isTrue = truth(test.run(frame) as Value);
          if (!isTrue) return otherwise.run(frame);
          return node.then === undefined ? isTrue : then.run(frame);
        },
      };
    });
  }

  #member(node: Member): Part<Row> {
    const {value, property, isOptional, at} = node;
    const ofEnvironment = environmentName(node);
    if (ofEnvironment !== undefined) return this.#name(ofEnvironment, at);
    const [of, key] = [this.part(value), this.part(property)];
    return this.#made(at, [of, key], () => {
      if (!['any', 'map', 'array', 'string', ...(isOptional ? ['nil'] : [])].includes(of.gives))
        throw new ExprError(`${of.gives} has no elements`);
      if ((of.gives === 'array' || of.gives === 'string') && !['int', 'float', 'any'].includes(key.gives))
        throw new ExprError(`an element of ${of.gives} is chosen by a number, found ${key.gives}`);
      return {
        gives: of.gives === 'string' ? 'int' : 'any',
        run: (frame) => {
          const from = of.run(frame);
          if (from === brokenChain || (isOptional && from === undefined)) return brokenChain;
          return fetch(from as Value, key.run(frame) as Value);
        },
      };
    });
  }

  #slice({at, value, from, to}: Node & {kind: 'slice'}): Part<Row> {
    const of = this.part(value);
    const nothing = constant<Row>(undefined);
    const start = from === undefined ? nothing : this.part(from);
    const end = to === undefined ? nothing : this.part(to);
    return this.#made(at, [of, start, end], () => {
      if (!['any', 'array', 'string'].includes(of.gives)) throw new ExprError(`${of.gives} cannot be sliced`);
      return {
        gives: of.gives,
        run: (frame) => {
          const part = slice(of.run(frame) as Value, start.run(frame) as Value, end.run(frame) as Value);
          frame.spend((part as string | readonly Value[]).length);
          return part;
        },
      };
    });
  }

  #call(node: Call): Part<Row> {
    const {at, name} = node;
    if (predicateFunctions.has(name)) return this.#predicateCall(node);
    const values = node.arguments.map((each) => this.part(each));
    const kinds = values.map(({gives}) => gives);
    const evaluated = (frame: Frame<Row>): Value[] => values.map(({run}) => run(frame) as Value);
    const builtin = builtins.get(name);
    if (builtin !== undefined) {
      return this.#made(at, values, () => {
        checkArguments(name, builtin, kinds);
        return {
          gives: builtin.gives,
          run: (frame) => call(name, builtin, evaluated(frame), frame as Frame<never>),
        };
      });
    }
    const offered = this.#environment.get(name);
    if (offered?.parameters === undefined) return this.#noFunction(name, at);
    const {parameters, gives, read} = offered;
    this.names.add(name);
    const signature = {parameters, gives, call: () => undefined};
    const inexact: Part<Row> = unknown as Part<Row>;
    return this.#made(at, [inexact], () => {
      checkArguments(name, signature, kinds);
      return {
        gives,
        run: (frame) => {
          const given = evaluated(frame);
          checkArguments(name, signature, given.map(kindOf));
          return read(frame.row as Row, given);
        },
      };
    });
  }

  #noFunction(name: string, at: number): Part<Row> {
    if (unavailable.has(name)) return this.#fault(at, `\`${name}\` is not available: expressions here know no times`);
    if (this.#environment.has(name)) return this.#fault(at, `\`${name}\` is a value, no function`);
    const functions = [...this.#environment].filter(([, {parameters}]) => parameters !== undefined).map(([key]) => key);
    const known = [...functions, ...predicateFunctions.keys(), ...builtins.keys()];
    return this.#fault(at, `there is no function \`${name}\`${suggestion(name, known)}`);
  }

  #predicateCall({at, name, arguments: [array, predicate, more]}: Call): Part<Row> {
    const {gives, isTest, run} = predicateFunctions.get(name) as NonNullable<
      ReturnType<(typeof predicateFunctions)['get']>
    >;
    const items = this.part(array as Node);
    const asked: Part<Row> =
      predicate === undefined ? {gives: 'any', isConstant: false, run: ({item}) => item} : this.part(predicate);
    const last = more === undefined ? constant<Row>(undefined) : this.part(more);
    return this.#made(at, [unknown as Part<Row>], () => {
      if (items.gives !== 'array' && items.gives !== 'any')
        throw new ExprError(`\`${name}\` takes an array, found ${items.gives}`);
      if (isTest && asked.gives !== 'bool' && asked.gives !== 'any')
        throw new ExprError(`the predicate of \`${name}\` says true or false, found ${asked.gives}`);
      return {
        gives,
        run: (frame) => {
          const list = items.run(frame);
          if (!Array.isArray(list)) throw new ExprError(`\`${name}\` takes an array, found ${kindOf(list as Value)}`);
          const ask = (): Value => asked.run(frame) as Value;
          return run(list, ask, frame as unknown as Frame<never>, last.run(frame) as Value);
        },
      };
    });
  }

  /** Only what the environment offers has methods: `$env.Name(…)`. */
  #method({at, of, arguments: list}: Node & {kind: 'method'}): Part<Row> {
    const name = environmentName(of);
    if (name === undefined || !this.#environment.has(name)) return this.#fault(at, 'values have no methods here');
    return this.#call({kind: 'call', at, name, arguments: list});
  }

  #map({at, entries}: Node & {kind: 'map'}): Part<Row> {
    const parts = entries.map(({key, value}) => [this.part(key), this.part(value)] as const);
    return this.#made(at, parts.flat(), () => ({
      gives: 'map',
      run: (frame) => {
        frame.spend(parts.length);
        const map = new Map<Value, Value>();
        for (const [key, value] of parts) {
          const name = key.run(frame) as Value;
          if (typeof name !== 'string') throw mismatch('{…}', kindOf(name), 'string');
          map.set(name, value.run(frame) as Value);
        }
        return map;
      },
    }));
  }

  #let({at, name, value, body}: Node & {kind: 'let'}): Part<Row> {
    if (builtins.has(name) || predicateFunctions.has(name))
      this.#fault(at, `\`${name}\` has a meaning already: the variable needs another name`);
    const {gives, run} = this.part(value);
    const slot = this.#slots++;
    this.#variables.push({name, gives, slot});
    const inside = this.part(body);
    this.#variables.pop();
    return {
      gives: inside.gives,
      isConstant: false,
      run: (frame) => {
        frame.variables[slot] = run(frame) as Value;
        return inside.run(frame);
      },
    };
  }
}

/** What the part throws has its place, unless a part within it has told its own. */
const placed =
  <Row>(run: Evaluate<Row>, at: number): Evaluate<Row> =>
  (frame) => {
    try {
      return run(frame);
    } catch (error) {
      if (error instanceof ExprError) error.position ??= at;
      throw error;
    }
  };

/** `Name` of `$env.Name`. */
const environmentName = ({value, property}: Member): string | undefined =>
  value.kind === 'name' && value.name === '$env' && property.kind === 'literal' && typeof property.value === 'string'
    ? property.value
    : undefined;

const constant = <Row>(value: Value): Part<Row> => ({gives: kindOf(value), isConstant: true, run: () => value});

function signed(operator: '-' | '+', value: Value): Value {
  if (!isNumber(value)) throw new ExprError(`\`${operator}\` takes a number, found ${kindOf(value)}`);
  if (operator === '+') return value;
  return typeof value === 'bigint' ? BigInt.asIntN(64, -value) : -value;
}
