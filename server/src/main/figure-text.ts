/** Figures as a terminal shows them. */
import {sayDuration} from '../insight/index.ts';
import {table} from './api-client.ts';
import {fit, visible} from './terminal-text.ts';

export const millisText = (millis: number | undefined): string =>
  millis === undefined ? '–' : sayDuration(millis * 1e6);
export const rateText = (perSecond: number): string =>
  perSecond === 0 ? '0/s' : perSecond < 0.01 ? '<0.01/s' : `${Number(perSecond.toPrecision(3))}/s`;
export const shareText = (part: number, of: number): string =>
  of === 0 ? '–' : `${Number(((100 * part) / of).toPrecision(2))} %`;
/** `03:04:05`, in UTC. */
export const clockText = (unixNano: string): string =>
  new Date(Number(BigInt(unixNano) / 1_000_000n)).toISOString().slice(11, 19);

/** A table with a head: the first column is cut so that all of it fits the width, the others are numbers. */
export function section(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  if (rows.length === 0) return [];
  const numbers = rows.map((row) => row.slice(1));
  const right = new Set(head.map((_, i) => i));
  const [first = '', ...others] = table([head, ...numbers], right);
  const left = Math.max(
    12,
    Math.min(width - first.length - 2, Math.max(title.length, ...rows.map(([name = '']) => name.length))),
  );
  const line = (name: string, cells: string): string =>
    `${fit(visible(name), left)}  ${cells.padStart(first.length)}`.trimEnd();
  return ['', line(title, first), ...rows.map(([name = ''], i) => line(name, others[i] ?? ''))];
}
