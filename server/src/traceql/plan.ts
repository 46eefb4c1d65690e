/**
 * What of a query the store's search can answer: conditions that one span of every trace that fits has. They only ever let too much
 * through; what is found is evaluated whole. See docs/decisions/0079-traceql-and-its-push-down.md.
 */
import {doubleText, fittingConditions, type SpanCondition, type SpanFilter} from '../query/index.ts';
import type {Attribute, Field, IntrinsicName, Pipeline, Spansets, Stage} from './ast.ts';
import {isTrue} from './operate.ts';
import {printName} from './print.ts';
import type {Value} from './value.ts';

export type Narrowing = Pick<
  SpanFilter,
  'service' | 'operation' | 'minDurationNano' | 'maxDurationNano' | 'conditions'
>;

export interface Plan {
  readonly filter: Narrowing;
  /** Whether a span that fits is one that the query may give: else it may lie outside the time that is asked for. */
  readonly ofResult: boolean;
  /** Every trace that fits has at least so many spans. */
  readonly minSpans: number;
}

/**
 * Of a folded query, the best first: each is enough by itself. `mayBeList` tells of keys whose values may be lists: these fit where one
 * of their elements does.
 */
export function plan({stages}: Pipeline, mayBeList: (key: string) => boolean): readonly [Plan, ...Plan[]] {
  const minSpans = Math.max(0, ...stages.map(leastSpans));
  const plans = stages.flatMap((stage) => planStage(stage, mayBeList)).toSorted((a, b) => score(b) - score(a));
  const [first = everything, ...others] = plans.map((each) => ({...each, filter: bounded(each.filter), minSpans}));
  return first === everything ? [{...everything, minSpans}] : [first, ...others];
}

const everything: Plan = {filter: {conditions: []}, ofResult: true, minSpans: 0};

/** A filter has only so many conditions: without the others it lets more through. */
const bounded = (filter: Narrowing): Narrowing => ({
  ...filter,
  conditions: fittingConditions(filter.conditions.toSorted((a, b) => rank(b) - rank(a))),
});

/** A set of spans has no more of them than its trace. */
function leastSpans(stage: Stage): number {
  if (stage.kind === 'pipeline') return Math.max(0, ...stage.stages.map(leastSpans));
  if (stage.kind !== 'scalarFilter') return 0;
  const {left, operator, right} = stage;
  if (left.kind !== 'aggregate' || left.operator !== 'count' || right.kind !== 'literal' || right.value.type !== 'int')
    return 0;
  const count = Number(right.value.value);
  return operator === '>' ? count + 1 : operator === '>=' || operator === '=' ? count : 0;
}

/** Keys that are compared by equality: whether their values may be lists needs to be known for the plan. */
export function equalKeys(node: Pipeline): readonly string[] {
  const keys = new Set<string>();
  plan(node, (key) => {
    keys.add(key);
    return true;
  });
  return [...keys];
}

/** Each is a plan by itself: every trace that fits has a span for each of them. */
function planStage(stage: Stage, mayBeList: (key: string) => boolean): Plan[] {
  if (stage.kind === 'filter' || stage.kind === 'spansets' || stage.kind === 'pipeline')
    return planSpansets(stage, mayBeList);
  return [];
}

function planSpansets(node: Spansets, mayBeList: (key: string) => boolean): Plan[] {
  switch (node.kind) {
    case 'missing':
      return [];
    case 'filter':
      return planFilter(node.condition, mayBeList);
    case 'pipeline':
      return node.stages.flatMap((stage) => planStage(stage, mayBeList));
    case 'spansets': {
      const left = planSpansets(node.left, mayBeList);
      const right = planSpansets(node.right, mayBeList);
      if (node.operator === '||') return either(left, right);
      if (node.variant === 'not') return right;
      // The spans of both sides are given, one of them need not be in the time that is asked for.
      if (node.operator === '&&' || node.variant === 'union') return outside([...left, ...right]);
      return [...outside(left), ...right];
    }
  }
}

const outside = (plans: readonly Plan[]): Plan[] => plans.map((each) => ({...each, ofResult: false}));

/** A span of the one or the other. */
function either(left: readonly Plan[], right: readonly Plan[]): Plan[] {
  const [one, other] = [best(left), best(right)];
  const of = [one, other].map((each) => each && asCondition(each.filter));
  const [first, second] = of;
  if (first === undefined || second === undefined) return [];
  return [
    {
      filter: {conditions: [{type: 'any', of: [first, second]}]},
      ofResult: one?.ofResult === true && other?.ofResult === true,
      minSpans: 0,
    },
  ];
}

const best = (plans: readonly Plan[]): Plan | undefined => plans.toSorted((a, b) => score(b) - score(a))[0];

/** How few spans may fit. */
function score({filter, ofResult}: Plan): number {
  const {service, operation, minDurationNano, maxDurationNano, conditions} = filter;
  const ranks = conditions.map(rank);
  const fields = (operation === undefined ? 0 : 30) + (service === undefined ? 0 : 20);
  const durations = (minDurationNano === undefined ? 0 : 4) + (maxDurationNano === undefined ? 0 : 1);
  return ranks.reduce((sum, each) => sum + each, 0) + fields + durations + (ofResult ? 0.5 : 0);
}

function rank(condition: SpanCondition): number {
  switch (condition.type) {
    case 'attribute':
      return 60;
    case 'field':
      return 25;
    case 'status':
      return condition.status === 'error' ? 22 : 2;
    case 'kind':
      return 3;
    case 'comparison':
      return 8;
    case 'key':
      return 6;
    case 'not':
      return 1;
    case 'any':
      return condition.of.length === 0 ? 1000 : Math.min(...condition.of.map(rank));
  }
}

/** Conditions on the trace's root are another plan than those on the span itself. */
function planFilter(condition: Field, mayBeList: (key: string) => boolean): Plan[] {
  const own = narrow(condition, mayBeList);
  const plans: Plan[] = own === undefined ? [] : [{filter: own, ofResult: true, minSpans: 0}];
  for (const each of conjuncts(condition)) {
    const text = each.kind === 'binary' && each.operator === '=' ? ofRoot(each.left, each.right) : undefined;
    if (text !== undefined)
      plans.push({filter: {conditions: [], [text.field]: text.value}, ofResult: false, minSpans: 0});
  }
  return plans;
}

const conjuncts = (node: Field): Field[] =>
  node.kind === 'binary' && node.operator === '&&' ? [...conjuncts(node.left), ...conjuncts(node.right)] : [node];

function ofRoot(left: Field, right: Field): {field: 'service' | 'operation'; value: string} | undefined {
  if (left.kind !== 'intrinsic' || right.kind !== 'literal' || right.value.type !== 'string') return undefined;
  const {value} = right.value;
  // Of a trace without a root it is a text that no span has.
  if (value === '' || value.startsWith('<')) return undefined;
  if (left.name === 'rootServiceName') return {field: 'service', value};
  return left.name === 'rootName' ? {field: 'operation', value} : undefined;
}

/** Undefined where nothing is known of the spans that fit. */
function narrow(node: Field, mayBeList: (key: string) => boolean): Narrowing | undefined {
  switch (node.kind) {
    case 'literal':
      return isTrue(node.value) ? undefined : {conditions: [{type: 'any', of: []}]};
    case 'attribute':
      return attributeIs(node, {type: 'boolean', value: true}, mayBeList);
    case 'exists':
      return node.not || node.value.kind !== 'attribute' ? undefined : hasKey(node.value);
    case 'binary':
      return narrowBinary(node, mayBeList);
    default:
      return undefined;
  }
}

function narrowBinary(
  node: Extract<Field, {kind: 'binary'}>,
  mayBeList: (key: string) => boolean,
): Narrowing | undefined {
  if (node.operator === '&&') return both(narrow(node.left, mayBeList), narrow(node.right, mayBeList));
  if (node.operator === '||') {
    const sides = [node.left, node.right]
      .map((side) => narrow(side, mayBeList))
      .map((side) => side && asCondition(side));
    const [left, right] = sides;
    return left === undefined || right === undefined ? undefined : {conditions: [{type: 'any', of: [left, right]}]};
  }
  if (node.left.kind === 'literal' && node.right.kind !== 'literal' && node.operator in flipped)
    return narrowBinary(
      {...node, operator: flipped[node.operator as keyof typeof flipped], left: node.right, right: node.left},
      mayBeList,
    );
  if (node.right.kind !== 'literal') return undefined;
  if (node.left.kind === 'intrinsic') return ofIntrinsic(node.left.name, node.operator, node.right.value);
  return node.left.kind === 'attribute'
    ? ofAttribute(node.left, node.operator, node.right.value, mayBeList)
    : undefined;
}

const flipped = {'=': '=', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<='} as const;

function both(left: Narrowing | undefined, right: Narrowing | undefined): Narrowing | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  const conditions = [...left.conditions, ...right.conditions];
  // A filter has one of each; a second one is a condition.
  if (left.service !== undefined && right.service !== undefined)
    conditions.push({type: 'field', field: 'service', value: right.service});
  if (left.operation !== undefined && right.operation !== undefined)
    conditions.push({type: 'field', field: 'operation', value: right.operation});
  const defined = Object.entries({...right, ...left}).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(defined),
    ...range('minDurationNano', greater(left.minDurationNano, right.minDurationNano)),
    ...range('maxDurationNano', greater(left.maxDurationNano, right.maxDurationNano)),
    conditions,
  };
}

/** The greater one is not too strict for either: of two bounds only the one that lets more through is safe to take. */
const greater = (a: bigint | undefined, b: bigint | undefined): bigint | undefined =>
  a === undefined ? b : b === undefined || a > b ? a : b;
const range = (name: 'minDurationNano' | 'maxDurationNano', value: bigint | undefined) =>
  value === undefined ? {} : {[name]: value};

/** The condition that says most; undefined where there is but a duration, of which there is none. */
function asCondition({service, operation, conditions}: Narrowing): SpanCondition | undefined {
  const all: SpanCondition[] = [...conditions];
  if (service !== undefined) all.push({type: 'field', field: 'service', value: service});
  if (operation !== undefined) all.push({type: 'field', field: 'operation', value: operation});
  return all.sort((a, b) => rank(b) - rank(a))[0];
}

const one = (condition: SpanCondition): Narrowing => ({conditions: [condition]});

function ofIntrinsic(name: IntrinsicName, operator: string, value: Value): Narrowing | undefined {
  const isEqual = operator === '=';
  const either = (condition: SpanCondition): Narrowing | undefined =>
    isEqual ? one(condition) : operator === '!=' ? one({type: 'not', condition}) : undefined;
  if (name === 'status' && value.type === 'status') return either({type: 'status', status: value.value});
  if (name === 'kind' && value.type === 'kind') return either({type: 'kind', kind: value.value});
  if (name === 'duration') return ofDuration(operator, value);
  if (!isEqual || value.type !== 'string' || value.value === '') return undefined;
  if (name === 'name') return {conditions: [], operation: value.value};
  if (name === 'event:name') return one({type: 'attribute', key: 'event', value: value.value, of: 'anywhere'});
  const field = (
    {
      statusMessage: 'status.message',
      'instrumentation:name': 'scope.name',
      'instrumentation:version': 'scope.version',
    } as const
  )[name as 'statusMessage'];
  return field === undefined ? undefined : one({type: 'field', field, value: value.value});
}

function ofDuration(operator: string, value: Value): Narrowing | undefined {
  if (value.type !== 'duration' && value.type !== 'int' && value.type !== 'float') return undefined;
  const number = Number(value.value);
  if (!Number.isFinite(number) || Math.abs(number) > 2 ** 62) return undefined;
  const [least, most] = [BigInt(Math.floor(number)), BigInt(Math.ceil(number))];
  // Spans that ended before they began last 0.
  if ((operator === '>' || operator === '>=') && least > 0n) return {conditions: [], minDurationNano: least};
  if ((operator === '<' || operator === '<=') && most >= 0n) return {conditions: [], maxDurationNano: most};
  return operator === '=' && least > 0n ? {conditions: [], minDurationNano: least, maxDurationNano: most} : undefined;
}

function ofAttribute(
  node: Attribute,
  operator: string,
  value: Value,
  mayBeList: (key: string) => boolean,
): Narrowing | undefined {
  if (node.parent) return undefined;
  if (operator === '=') return attributeIs(node, value, mayBeList);
  const {scope, name} = node;
  const isService = scope === 'resource' && name === 'service.name';
  if (isService) return undefined;
  const number =
    value.type === 'int' || value.type === 'float' || value.type === 'duration' ? Number(value.value) : Number.NaN;
  const isOrder = operator === '<' || operator === '<=' || operator === '>' || operator === '>=';
  // The store compares numbers as doubles or integers: the bound itself may be on either side of it.
  if (isOrder && Number.isSafeInteger(number) && canCompare(node) && !mayBeList(name))
    return one({
      type: 'comparison',
      key: name,
      operator: operator.startsWith('<') ? '<=' : '>=',
      value: String(number),
      of: owner(node),
    });
  return hasKey(node);
}

const owner = ({scope}: Attribute): 'resource' | 'anywhere' => (scope === 'resource' ? 'resource' : 'anywhere');
/** Of events and links it is not known whether their values are lists. */
const canCompare = ({scope}: Attribute): boolean => scope !== 'event' && scope !== 'link';

function hasKey(node: Attribute): Narrowing | undefined {
  if (node.parent || (node.scope === 'resource' && node.name === 'service.name')) return undefined;
  return one({type: 'key', key: node.name, of: owner(node)});
}

function attributeIs(node: Attribute, value: Value, mayBeList: (key: string) => boolean): Narrowing | undefined {
  if (node.parent) return undefined;
  const text = storedText(value);
  if (node.scope === 'resource' && node.name === 'service.name')
    return text === undefined || text === '' ? undefined : {conditions: [], service: text};
  if (text === undefined || text === '' || !canCompare(node) || mayBeList(node.name)) return hasKey(node);
  // Without a scope the name of a service is found there too where none was sent.
  if (node.scope === undefined && node.name === 'service.name' && text === 'unknown_service') return undefined;
  return one({type: 'attribute', key: node.name, value: text, of: owner(node)});
}

/** How the store has a value that is equal to this one; undefined where there are several such texts. */
function storedText(value: Value): string | undefined {
  switch (value.type) {
    case 'string':
      return value.value;
    case 'boolean':
      return String(value.value);
    case 'int':
    case 'float':
    case 'duration': {
      const number = Number(value.value);
      // Both zeroes are equal, and beyond 2^53 a double is to several integers.
      return number === 0 || Math.abs(number) > Number.MAX_SAFE_INTEGER || Number.isNaN(number)
        ? undefined
        : doubleText(number);
    }
    default:
      return undefined;
  }
}

/** For the answer: every attribute and intrinsic that the query names, once. */
export function namesOf(node: Pipeline): readonly (Attribute | Extract<Field, {kind: 'intrinsic'}>)[] {
  const names = new Map<string, Attribute | Extract<Field, {kind: 'intrinsic'}>>();
  const inField = (field: Field): void => {
    if (field.kind === 'attribute' || field.kind === 'intrinsic') names.set(printName(field), field);
    else if (field.kind === 'unary' || field.kind === 'exists') inField(field.value);
    else if (field.kind === 'binary') {
      inField(field.left);
      inField(field.right);
    }
  };
  const inStage = (stage: Stage): void => {
    switch (stage.kind) {
      case 'filter':
        return inField(stage.condition);
      case 'spansets':
        inStage(stage.left);
        return inStage(stage.right);
      case 'pipeline':
        return stage.stages.forEach(inStage);
      case 'by':
        return inField(stage.value);
      case 'select':
        return stage.names.forEach(inField);
      case 'scalarFilter':
        for (const side of [stage.left, stage.right])
          if (side.kind === 'aggregate' && side.value !== undefined) inField(side.value);
        return;
      default:
        return;
    }
  };
  node.stages.forEach(inStage);
  return [...names.values()];
}
