/** Whether a query means something: types, limits, and what no engine of TraceQL evaluates yet. */
import type {TextFault} from '../base/index.ts';
import {
  type Aggregate,
  isMetrics,
  type Metrics,
  type Pipeline,
  type Query,
  type Scalar,
  type ScalarFilter,
  type Series,
  type Spansets,
  type Stage,
} from './ast.ts';
import {checkField, described, readsSpan, typeOf} from './check-field.ts';
import {operatorTakes, typesMatch} from './operate.ts';
import {cite, printField, printScalar} from './print.ts';
import {isNumeric, type StaticType} from './value.ts';

/** How many attributes series may be grouped by. */
const maxGroups = 5;
const maxCompareTop = 1000;

/** Every fault of the query. */
export const check = ({root}: Query): TextFault[] => (isMetrics(root) ? checkMetrics(root, true) : checkPipeline(root));

const checkPipeline = ({stages}: Pipeline): TextFault[] => stages.flatMap(checkStage);

function checkStage(stage: Stage): TextFault[] {
  switch (stage.kind) {
    case 'by':
      return readsSpan(stage.value)
        ? checkField(stage.value)
        : [
            {
              position: stage.value.at,
              message: `expected something of the span to group by, found ${cite(printField(stage.value))}`,
            },
          ];
    case 'select':
      return stage.names.flatMap(checkField);
    case 'scalarFilter':
      return checkScalarFilter(stage);
    case 'coalesce':
      return [];
    default:
      return checkSpansets(stage);
  }
}

function checkSpansets(node: Spansets): TextFault[] {
  if (node.kind === 'missing') return [];
  if (node.kind === 'pipeline') return checkPipeline(node);
  if (node.kind === 'spansets') return [...checkSpansets(node.left), ...checkSpansets(node.right)];
  const faults = checkField(node.condition);
  if (faults.length > 0) return faults;
  const type = typeOf(node.condition);
  if (type === 'attribute' || type === 'boolean') return [];
  return [
    {
      position: node.condition.at,
      message: `expected a condition in \`{ … }\`, found ${described(type)}: ${cite(printField(node.condition))}`,
    },
  ];
}

function scalarType(node: Scalar): StaticType {
  if (node.kind === 'literal') return typeOf(node);
  if (node.kind === 'aggregate') return node.value === undefined ? 'int' : typeOf(node.value);
  if (node.kind === 'scalarPipeline') return scalarType(node.aggregate);
  if (node.kind === 'missing') return 'attribute';
  const left = scalarType(node.left);
  return left === 'attribute' ? scalarType(node.right) : left;
}

function checkScalarFilter(node: ScalarFilter): TextFault[] {
  const inner = [...checkScalar(node.left), ...checkScalar(node.right), ...checkOperands(node)];
  if (inner.length > 0) return inner;
  if (node.left.kind !== 'aggregate')
    return [
      {
        position: node.left.at,
        message: `expected one aggregate such as \`count()\` on the left of \`${node.operator}\`, found ${cite(printScalar(node.left))}, which is not supported yet`,
      },
    ];
  if (node.right.kind !== 'literal')
    return [
      {
        position: node.right.at,
        message: `expected a number or a duration on the right of \`${node.operator}\`, found ${cite(printScalar(node.right))}, which is not supported yet`,
      },
    ];
  return [];
}

function checkScalar(node: Scalar): TextFault[] {
  if (node.kind === 'aggregate') return checkAggregate(node);
  if (node.kind === 'scalar') return [...checkScalar(node.left), ...checkScalar(node.right), ...checkOperands(node)];
  if (node.kind === 'scalarPipeline') return [...checkPipeline(node.pipeline), ...checkAggregate(node.aggregate)];
  return [];
}

function checkOperands({left, right, operator, at}: Extract<Scalar, {kind: 'scalar'}> | ScalarFilter): TextFault[] {
  const [leftType, rightType] = [scalarType(left), scalarType(right)];
  if (!typesMatch(leftType, rightType))
    return [
      {
        position: at,
        message: `${cite(printScalar(left))} is ${described(leftType)} and ${cite(printScalar(right))} ${described(rightType)}: \`${operator}\` needs the same`,
      },
    ];
  const wrong = operatorTakes(operator, leftType) ? undefined : leftType;
  return wrong === undefined ? [] : [{position: at, message: `\`${operator}\` does not take ${described(wrong)}`}];
}

function checkAggregate({operator, value}: Aggregate): TextFault[] {
  if (value === undefined) return [];
  const faults = checkField(value);
  if (faults.length > 0) return faults;
  const type = typeOf(value);
  if (type !== 'attribute' && !isNumeric(type))
    return [
      {
        position: value.at,
        message: `\`${operator}(…)\` is of numbers and durations; ${cite(printField(value))} is ${described(type)}`,
      },
    ];
  if (!readsSpan(value))
    return [
      {
        position: value.at,
        message: `expected something of the span in \`${operator}(…)\`, found ${cite(printField(value))}`,
      },
    ];
  return [];
}

/** `isRoot`: nothing is done to the series. */
function checkMetrics(node: Metrics, isRoot: boolean): TextFault[] {
  switch (node.kind) {
    case 'series':
      return [...checkPipeline(node.pipeline), ...checkFunction(node, isRoot)];
    case 'math':
      return [...checkMetrics(node.left, false), ...checkMetrics(node.right, false)];
    case 'rank': {
      const isNone = node.limit <= 0 && !Number.isNaN(node.limit);
      const faults = isNone ? [{position: node.at, message: `\`${node.operator}(…)\` keeps at least 1 series`}] : [];
      return [...checkMetrics(node.series, false), ...faults];
    }
    default:
      return checkMetrics(node.series, false);
  }
}

function checkFunction({function: over}: Series, isRoot: boolean): TextFault[] {
  if (over.kind === 'compare') {
    const faults = checkSpansets(over.filter);
    const fault = (message: string): void => void faults.push({position: over.at, message});
    if (!isRoot) fault('`compare(…)` stands alone: no other function and no arithmetic takes its series');
    if (over.top <= 0 || over.top > maxCompareTop)
      fault(`\`compare(…)\` keeps between 1 and ${maxCompareTop} values of an attribute, not ${over.top}`);
    if ((over.start !== 0n || over.stop !== 0n) && (over.start <= 0n || over.stop <= over.start))
      fault('the times of `compare(…)` are nanoseconds since 1970, the earlier one first');
    return faults;
  }
  const faults = [...(over.value === undefined ? [] : checkField(over.value)), ...over.by.flatMap(checkField)];
  // These need a label of their own.
  const hasBuckets = /^(?:quantile|histogram|avg)_over_time$/.test(over.operator);
  const limit = hasBuckets ? maxGroups - 1 : maxGroups;
  if (over.by.length > limit)
    faults.push({
      position: over.at,
      message: `\`${over.operator}\` is grouped by at most ${limit} attributes, not ${over.by.length}`,
    });
  for (const quantile of over.quantiles)
    if (quantile < 0 || quantile > 1)
      faults.push({position: over.at, message: `a quantile lies between 0 and 1, not at ${quantile}`});
  return faults;
}
