/** In which unit the values of an answer are, by the metrics that the query reads and by what it makes of them. */
import {type Expression, nameLabel, parse} from '@weft/server/promql-language';

export interface Unit {
  readonly of: 'seconds' | 'bytes' | 'ratio' | 'number';
  readonly perSecond: boolean;
}

const none: Unit = {of: 'number', perSecond: false};

/** A plain number where anything is unsure: a wrong unit is worse than none. */
export function unitOf(query: string): Unit {
  const parsed = parse(query);
  return parsed.kind === 'ok' ? (unitIn(parsed.value) ?? none) : none;
}

const keeping = /^(?:abs|ceil|floor|round|clamp|clamp_max|clamp_min|sort|sort_desc|label_replace|label_join)$/;
const overTime = /^(?:avg|max|min|sum|last|first|quantile|stddev)_over_time$|^(?:increase|delta|idelta)$/;
const counting = new Set(['count', 'count_values', 'group', 'stdvar']);

function unitIn(node: Expression): Unit | undefined {
  switch (node.kind) {
    case 'vector':
      return unitOfName(node.matchers.find(({label, sign}) => label === nameLabel && sign === '=')?.value ?? '');
    case 'matrix':
      return unitIn(node.selector);
    case 'subquery':
    case 'parenthesis':
      return unitIn(node.inner);
    case 'unary':
      return unitIn(node.operand);
    case 'aggregation':
      return counting.has(node.name) ? none : unitIn(node.operand);
    case 'call': {
      const inner = node.operands.map(unitIn).find((one) => one !== undefined);
      if (/^(?:i?rate|deriv)$/.test(node.name)) return inner && {...inner, perSecond: true};
      // A quantile is of what the buckets are of, however often they were filled.
      if (node.name === 'histogram_quantile') return inner && {...inner, perSecond: false};
      return keeping.test(node.name) || overTime.test(node.name) ? inner : none;
    }
    case 'binary': {
      const [left, right] = [unitIn(node.left), unitIn(node.right)];
      if (/^[*/%^]$|^atan2$/.test(node.operator) || node.isBool) return none;
      const one = left ?? right;
      return left === undefined || right === undefined || isSame(left, right) ? one : none;
    }
    default:
      return undefined;
  }
}

const isSame = (a: Unit, b: Unit): boolean => a.of === b.of && a.perSecond === b.perSecond;

/** OpenTelemetry and Prometheus both write the unit at the end of a name. */
function unitOfName(name: string): Unit {
  if (/_count$/.test(name)) return none;
  const of = /_(seconds|bytes|ratio)(?:_total|_sum|_bucket)?$/.exec(name)?.[1];
  return of === undefined ? none : {of: of as Unit['of'], perSecond: false};
}
