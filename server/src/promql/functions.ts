/** The functions of PromQL by name: what they take and give. Facts: Prometheus's table of functions. */
import type {ValueType} from './ast.ts';

export interface FunctionShape {
  readonly name: string;
  readonly takes: readonly ValueType[];
  readonly gives: ValueType;
  /** How many of the operands beyond all but the last there may be; -1 for any number. 0: all that `takes` names, and no more. */
  readonly variadic: number;
  readonly isExperimental: boolean;
}

const [vector, matrix, scalar, string] = ['vector', 'matrix', 'scalar', 'string'] as const;
const table = new Map<string, FunctionShape>();

function add(
  names: string,
  takes: readonly ValueType[],
  {gives = vector, variadic = 0, isExperimental = false}: Partial<FunctionShape> = {},
): void {
  for (const name of names.split(' ')) table.set(name, {name, takes, gives, variadic, isExperimental});
}

add('abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor ln log10 log2 rad sgn sin sinh', [vector]);
add('sort sort_desc sqrt tan tanh timestamp', [vector]);
add('histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar', [vector]);
add('days_in_month day_of_month day_of_week day_of_year hour minute month year', [vector], {variadic: 1});
add('absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate', [
  matrix,
]);
add('last_over_time max_over_time min_over_time present_over_time rate resets', [matrix]);
add('stddev_over_time stdvar_over_time sum_over_time', [matrix]);
add('clamp', [vector, scalar, scalar]);
add('clamp_max clamp_min', [vector, scalar]);
add('histogram_fraction', [scalar, scalar, vector]);
add('histogram_quantile', [scalar, vector]);
add('label_join', [vector, string, string, string], {variadic: -1});
add('label_replace', [vector, string, string, string, string]);
add('predict_linear', [matrix, scalar]);
add('quantile_over_time', [scalar, matrix]);
add('round', [vector, scalar], {variadic: 1});
add('scalar', [vector], {gives: scalar});
add('time pi', [], {gives: scalar});
add('vector', [scalar]);
const isExperimental = true;
add('double_exponential_smoothing', [matrix, scalar, scalar], {isExperimental});
add('end range start step', [], {gives: scalar, isExperimental});
add('histogram_quantiles', [vector, string, scalar, scalar], {variadic: 9, isExperimental});
add('info', [vector, vector], {variadic: 1, isExperimental});
add('integral', [matrix, scalar], {variadic: 1, isExperimental});
add('mad_over_time ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time', [matrix], {
  isExperimental,
});
add('max_of min_of', [scalar, scalar], {gives: scalar, isExperimental});
add('sort_by_label sort_by_label_desc', [vector, string], {variadic: -1, isExperimental});
add('start_timestamp', [vector], {isExperimental});

export const functions: ReadonlyMap<string, FunctionShape> = table;

/** What a function gives; of one that there is not, a vector. */
export const givesOf = (name: string): ValueType => functions.get(name)?.gives ?? 'vector';
