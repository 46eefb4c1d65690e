/** Marks of a logarithmic axis of durations, as people read a clock and not as powers of ten. */

const units = {ns: 1, us: 1e3, ms: 1e6, s: 1e9, min: 60e9, h: 3_600e9, d: 86_400e9};
const each = (unit: number, counts: readonly number[]): readonly number[] => counts.map((count) => count * unit);

/** From the coarsest to the finest. */
const levels: readonly (readonly number[])[] = [
  Object.values(units),
  [
    ...[units.ns, units.us, units.ms].flatMap((unit) => each(unit, [1, 10, 100])),
    ...[units.s, units.min].flatMap((unit) => each(unit, [1, 10])),
    units.h,
    ...each(units.d, [1, 10, 100]),
  ],
  [
    ...[units.ns, units.us, units.ms].flatMap((unit) => each(unit, [1, 3, 10, 30, 100, 300])),
    ...[units.s, units.min].flatMap((unit) => each(unit, [1, 3, 10, 30])),
    ...each(units.h, [1, 3, 12]),
    ...each(units.d, [1, 3, 10, 30, 100]),
  ],
];

/** At most `most` marks inside [low, high], nanoseconds: `1 ms … 1 s, 10 s, 1 min, 10 min, 1 h`. */
export function durationDecades(low: number, high: number, most: number): readonly number[] {
  const inside = levels.map((marks) => marks.filter((mark) => mark >= low && mark <= high));
  return inside.findLast((marks) => marks.length <= most) ?? inside[0]!;
}
