/** Jaeger's strategies file (`sampling.strategies-file`, `remote_sampling.file`): read with Jaeger's own rules. */
import {errorMessage} from '../base/index.ts';
import {type BaseStrategy, type OperationStrategies, probabilistic, type Strategy} from './strategy.ts';

export interface Strategies {
  readonly byService: ReadonlyMap<string, Strategy>;
  readonly otherwise: Strategy;
  /** What Jaeger would pass over and a person should know. */
  readonly warnings: readonly string[];
}

interface Entry {
  readonly type?: unknown;
  readonly param?: unknown;
  readonly operation_strategies?: unknown;
}

/** What every service is told where no file says otherwise. */
export const withoutFile = (probability: number): Strategies => ({
  byService: new Map(),
  otherwise: probabilistic(probability),
  warnings: [],
});

/**
 * Reads the text of a strategies file; `probability` is for whatever it leaves open. Throws an Error that says where the text
 * is not one. A service without rules for its operations has those of `default_strategy`; one that has some keeps the
 * default's beside its own, as in Jaeger since 2.2.
 */
export function parseStrategies(text: string, probability: number): Strategies {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new Error(`not JSON: ${errorMessage(error)}`);
  }
  if (document === null) return withoutFile(probability);
  const {default_strategy: common, service_strategies: services} = object(document, 'the file');
  const warnings: string[] = [];
  const read = (value: unknown, where: string): Strategy =>
    readStrategy(object(value, where) as Entry, where, probability, warnings);

  const otherwise = isAbsent(common) ? probabilistic(probability) : read(common, 'default_strategy');
  const byService = new Map<string, Strategy>();
  for (const [index, value] of list(services, 'service_strategies').entries()) {
    const where = `service_strategies[${index}]`;
    const {service} = object(value, where);
    if (typeof service !== 'string' || service === '') throw new Error(`${where}.service: expected a name`);
    byService.set(service, withCommonOperations(read(value, where), otherwise.operations));
  }
  return {byService, otherwise, warnings};
}

function withCommonOperations(strategy: Strategy, common: OperationStrategies | undefined): Strategy {
  if (common === undefined) return strategy;
  const {base, operations} = strategy;
  if (operations === undefined) {
    const probability = base.kind === 'probabilistic' ? base.probability : common.probability;
    return {base, operations: {...common, probability}};
  }
  const own = new Set(operations.list.map(({operation}) => operation));
  const added = common.list.filter(({operation}) => !own.has(operation));
  return {base, operations: {...operations, list: [...operations.list, ...added]}};
}

function readStrategy(entry: Entry, where: string, probability: number, warnings: string[]): Strategy {
  const base = readBase(entry, where, warnings) ?? {kind: 'probabilistic', probability};
  const entries = list(entry.operation_strategies, `${where}.operation_strategies`);
  if (entries.length === 0) return {base};
  const fallback = base.kind === 'probabilistic' ? base.probability : probability;
  const operations: {operation: string; probability: number}[] = [];
  for (const [index, value] of entries.entries()) {
    const at = `${where}.operation_strategies[${index}]`;
    const own = object(value, at) as Entry & {operation?: unknown};
    if (typeof own.operation !== 'string') throw new Error(`${at}.operation: expected a name`);
    const strategy = readBase(own, at, warnings) ?? {kind: 'probabilistic', probability};
    if (strategy.kind === 'rate_limit') {
      warnings.push(`${at}: an operation can be probabilistic only; "${own.operation}" is sampled at ${fallback}`);
    } else operations.push({operation: own.operation, probability: strategy.probability});
  }
  return {base, operations: {probability: fallback, lowerBound: 0, list: operations}};
}

/** Undefined where the type is none that Jaeger knows: it then samples with the default. */
function readBase({type, param}: Entry, where: string, warnings: string[]): BaseStrategy | undefined {
  if (type !== 'probabilistic' && type !== 'ratelimiting') {
    warnings.push(`${where}.type: expected probabilistic or ratelimiting, not ${JSON.stringify(type)}`);
    return undefined;
  }
  const value = param ?? 0;
  if (typeof value !== 'number' || value < 0) throw new Error(`${where}.param: expected a number of at least 0`);
  if (type === 'ratelimiting') return {kind: 'rate_limit', perSecond: Math.min(Math.trunc(value), 2 ** 31 - 1)};
  if (value > 1) throw new Error(`${where}.param: a probability is at most 1, not ${value}`);
  return {kind: 'probabilistic', probability: value};
}

const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null;

function object(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error(`${where}: expected an object`);
}

function list(value: unknown, where: string): readonly unknown[] {
  if (isAbsent(value)) return [];
  if (Array.isArray(value)) return value;
  throw new Error(`${where}: expected a list`);
}
