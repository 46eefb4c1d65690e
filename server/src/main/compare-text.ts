/** Comparisons for a terminal: the paragraph, then a tree with what each step takes on both sides. */
import type {CompareResponse, MendResponse} from '../api/index.ts';
import {sayDuration} from '../insight/index.ts';
import {fit, visible, wrap} from './terminal-text.ts';

interface Drawing {
  readonly width: number;
  readonly rows: number;
}

/** Columns of a duration and of what it differs by. */
const figure = 10;

export function describeComparison(compared: CompareResponse, {width, rows}: Drawing): string[] {
  if (compared.state === 'too_few') {
    const {traces, least} = compared.usual;
    return wrap(
      `There are ${traces} usual traces of ${visible(compared.service)} "${visible(compared.operation)}"; it takes ${least} to say what is usual. Look at more hours with --hours, or compare with another trace by its id.`,
      width,
    );
  }
  const {paragraph, steps, omitted} = compared;
  const label = Math.max(20, width - 3 * (figure + 1) - 26);
  const line = (name: string, here: string, other: string, excess: string, changes: string): string =>
    [fit(name, label), here.padStart(figure), other.padStart(figure), excess.padStart(figure), changes]
      .join(' ')
      .trimEnd();
  const lines = steps
    .slice(0, rows)
    .map((step) =>
      line(
        nameOf(step),
        step.here === undefined ? '–' : sayDuration(step.here.nanos),
        step.other === undefined ? '–' : sayDuration(step.other.nanos),
        signed(step.excessNanos),
        step.changes.map((change) => sayChange(change, step.here?.calls, step.other?.calls)).join(', '),
      ),
    );
  const left = omitted + steps.length - lines.length;
  return [
    ...wrap(visible(paragraph), width),
    '',
    line('', 'here', compared.with === 'usual' ? 'usual' : 'other', 'adds', ''),
    ...lines,
    ...(left > 0 ? [`… ${left} more steps (--rows)`] : []),
  ];
}

export function describeMend(mend: MendResponse, {width, rows}: Drawing): string[] {
  const label = Math.max(20, width - 4 * (figure + 1) - 16);
  const line = (name: string, ...cells: readonly string[]): string =>
    [fit(name, label), ...cells.map((cell) => cell.padStart(figure))].join(' ').trimEnd();
  const lines = mend.steps
    .slice(0, rows)
    .map((step) =>
      line(
        nameOf(step),
        step.before === undefined ? '–' : sayDuration(step.before.nanos),
        step.after === undefined ? '–' : sayDuration(step.after.nanos),
        calls(step.before?.calls),
        calls(step.after?.calls),
        step.verdict === 'better' || step.verdict === 'worse' ? step.verdict : '',
      ),
    );
  const left = mend.steps.length - lines.length;
  return [
    ...wrap(visible(mend.paragraph), width),
    ...(lines.length === 0 ? [] : ['', line('a request', 'before', 'after', 'calls', 'after', ''), ...lines]),
    ...(left > 0 ? [`… ${left} more steps (--rows)`] : []),
  ];
}

const calls = (count: number | undefined): string => (count === undefined ? '–' : `${Number(count.toPrecision(2))}×`);

const nameOf = ({depth, service, name}: {depth: number; service: string; name: string}): string =>
  `${'  '.repeat(Math.min(depth, 20))}${visible(service)} ${visible(name)}`;

/** `+1.2 s`, `−30 ms`; empty where it is next to nothing. */
const signed = (nanos: number): string =>
  Math.abs(nanos) < 50e3 ? '' : `${nanos > 0 ? '+' : '−'}${sayDuration(Math.abs(nanos))}`;

const sayChange = (change: string, here = 0, other = 0): string =>
  change === 'more' || change === 'fewer' ? `${here}× instead of ${Math.round(other)}×` : change;
