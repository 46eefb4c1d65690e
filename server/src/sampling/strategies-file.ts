/** Jaeger's strategies file (`sampling.strategies-file`, `remote_sampling.file`): read with Jaeger's own rules. */
import {errorMessage} from '../base/index.ts';
import {
  checkedJson,
  foreignStrategies,
  list,
  number,
  optional,
  record,
  required,
  string,
  withDefault,
} from '../config/index.ts';
import {type BaseStrategy, type OperationStrategies, probabilistic, type Strategy} from './strategy.ts';

export interface Strategies {
  readonly byService: ReadonlyMap<string, Strategy>;
  readonly otherwise: Strategy;
  /** Faults that Jaeger would pass over and a person should know of. */
  readonly warnings: readonly string[];
}

const rule = {
  type: optional(string(), 'probabilistic or ratelimiting'),
  param: withDefault(
    number((value) => value >= 0, 'a number of at least 0'),
    0,
    '0',
    'its probability or rate',
  ),
};
interface Rule {
  readonly type: string | undefined;
  readonly param: number;
}
const operationRule = record({...rule, operation: required(string(), 'its name')});
const strategyRule = {
  ...rule,
  operation_strategies: withDefault(list(operationRule), [], '[]', 'rules for its operations'),
};
type StrategyRule = Rule & {readonly operation_strategies: readonly ReturnType<typeof operationRule.read>[]};
const name = string((text) => text !== '', 'a name');
const strategiesFile = record({
  default_strategy: optional(record(strategyRule), 'what holds where nothing else does'),
  service_strategies: withDefault(
    list(record({...strategyRule, service: required(name, 'the name of the service')})),
    [],
    '[]',
    'what holds for services by name',
  ),
});

/** The strategy of every service where no file says otherwise. */
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
    throw new Error(foreignStrategies(text) ?? `not JSON: ${errorMessage(error)}`);
  }
  if (document === null) return withoutFile(probability);
  const {default_strategy: common, service_strategies: services} = checkedJson(strategiesFile, document, '');
  if (isOther(document)) {
    const foreign = foreignStrategies(text);
    if (foreign !== undefined) throw new Error(foreign);
  }
  const warnings: string[] = [];
  const read = (strategy: StrategyRule, where: string): Strategy =>
    readStrategy(strategy, where, probability, warnings);
  const otherwise = common === undefined ? probabilistic(probability) : read(common, 'default_strategy');
  const byService = new Map<string, Strategy>();
  for (const [index, strategy] of services.entries()) {
    const own = read(strategy, `service_strategies[${index}]`);
    byService.set(strategy.service, withCommonOperations(own, otherwise.operations));
  }
  return {byService, otherwise, warnings};
}

/** Without either key: what may be another program's, since unknown keys are passed over. */
const isOther = (document: unknown): boolean =>
  !['default_strategy', 'service_strategies'].some((key) => Object.hasOwn(document as object, key));

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

function readStrategy(rule: StrategyRule, where: string, probability: number, warnings: string[]): Strategy {
  const base = readBase(rule, where, warnings) ?? {kind: 'probabilistic', probability};
  if (rule.operation_strategies.length === 0) return {base};
  const fallback = base.kind === 'probabilistic' ? base.probability : probability;
  const operations: {operation: string; probability: number}[] = [];
  for (const [index, own] of rule.operation_strategies.entries()) {
    const at = `${where}.operation_strategies[${index}]`;
    const strategy = readBase(own, at, warnings) ?? {kind: 'probabilistic', probability};
    if (strategy.kind === 'rate_limit') {
      warnings.push(`${at}: an operation can be probabilistic only; "${own.operation}" is sampled at ${fallback}`);
    } else operations.push({operation: own.operation, probability: strategy.probability});
  }
  return {base, operations: {probability: fallback, lowerBound: 0, list: operations}};
}

/** Undefined where the type is none that Jaeger knows: it then samples with the default. */
function readBase({type, param}: Rule, where: string, warnings: string[]): BaseStrategy | undefined {
  if (type !== 'probabilistic' && type !== 'ratelimiting') {
    warnings.push(`${where}.type: expected probabilistic or ratelimiting, not ${JSON.stringify(type)}`);
    return undefined;
  }
  if (type === 'ratelimiting') return {kind: 'rate_limit', perSecond: Math.min(Math.trunc(param), 2 ** 31 - 1)};
  if (param > 1) throw new Error(`${where}.param: a probability is at most 1, not ${param}`);
  return {kind: 'probabilistic', probability: param};
}
