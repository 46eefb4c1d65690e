/** What a part that was marked out in the plot asks for. */
import {writeDuration} from '../../format/index.ts';
import {addTerm, type Question} from '../../urls/index.ts';

/** The plot's height is the duration of the trace. Three figures are as fine as a hand can drag. */
export function narrowed(question: Question, [low, high]: readonly [number, number]): Question {
  const value = (nanoseconds: number): string => writeDuration(Math.max(1, Number(nanoseconds.toPrecision(3))));
  return [
    {field: 'duration', op: '>=', value: value(low)} as const,
    {field: 'duration', op: '<=', value: value(high)} as const,
  ].reduce(addTerm, question);
}
