/** Functions of single values of a series. */

export type ValueFunction = (value: number, parameters: readonly number[]) => number;

const dayMs = 86_400_000;

/** Of seconds since 1970 in UTC. */
const calendar =
  (read: (date: Date) => number): ValueFunction =>
  (value) =>
    read(new Date(value * 1000));

/** Ties are rounded up. Dividing by the inverse loses fewer digits. */
const round: ValueFunction = (value, [to = 1]) => {
  const inverse = 1 / to;
  return Math.floor(value * inverse + 0.5) / inverse;
};

/** In the least bound's favour; where the bounds are the wrong way round there is no value at all. */
export const isClampable = (least: number, most: number): boolean => !(most < least);

const clampMin = (value: number, least: number): number =>
  Number.isNaN(value) || Number.isNaN(least) ? Number.NaN : Math.max(value, least);
const clampMax = (value: number, most: number): number =>
  Number.isNaN(value) || Number.isNaN(most) ? Number.NaN : Math.min(value, most);

export const valueFunctions: ReadonlyMap<string, ValueFunction> = new Map<string, ValueFunction>([
  ['abs', Math.abs],
  ['acos', Math.acos],
  ['acosh', Math.acosh],
  ['asin', Math.asin],
  ['asinh', Math.asinh],
  ['atan', Math.atan],
  ['atanh', Math.atanh],
  ['ceil', Math.ceil],
  ['clamp', (value, [least, most]) => clampMax(clampMin(value, least as number), most as number)],
  ['clamp_max', (value, [most]) => clampMax(value, most as number)],
  ['clamp_min', (value, [least]) => clampMin(value, least as number)],
  ['cos', Math.cos],
  ['cosh', Math.cosh],
  ['day_of_month', calendar((date) => date.getUTCDate())],
  ['day_of_week', calendar((date) => date.getUTCDay())],
  ['day_of_year', calendar((date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0)) / dayMs) + 1)],
  [
    'days_in_month',
    calendar((date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()),
  ],
  ['deg', (value) => value * (180 / Math.PI)],
  ['exp', Math.exp],
  ['floor', Math.floor],
  ['hour', calendar((date) => date.getUTCHours())],
  ['ln', Math.log],
  ['log10', Math.log10],
  ['log2', Math.log2],
  ['minute', calendar((date) => date.getUTCMinutes())],
  ['month', calendar((date) => date.getUTCMonth() + 1)],
  ['rad', (value) => value * (Math.PI / 180)],
  ['round', round],
  ['sgn', (value) => (value < 0 ? -1 : value > 0 ? 1 : value)],
  ['sin', Math.sin],
  ['sinh', Math.sinh],
  ['sqrt', Math.sqrt],
  ['tan', Math.tan],
  ['tanh', Math.tanh],
  ['year', calendar((date) => date.getUTCFullYear())],
]);

/** Those that look at the moment where they are given nothing. */
export const calendarFunctions: ReadonlySet<string> = new Set([
  'day_of_month',
  'day_of_week',
  'day_of_year',
  'days_in_month',
  'hour',
  'minute',
  'month',
  'year',
]);
