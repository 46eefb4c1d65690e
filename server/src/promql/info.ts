/**
 * `info()`: puts the labels of what a target is (`target_info` and its like) on the series of the target, which are those with the same
 * `instance` and `job`.
 */

import type {Pattern} from '../regexp/index.ts';
import {type Call, type Matcher, nameLabel} from './ast.ts';
import {PromqlError} from './error.ts';
import type {Label, Labels} from './labels.ts';
import {matches, wholePattern} from './matching.ts';
import {type Column, emptyColumn, isEmpty} from './series.ts';

const identifying: ReadonlySet<string> = new Set(['instance', 'job']);

const matcher = (sign: '=' | '=~', value: string): Matcher => ({
  label: nameLabel,
  sign,
  value,
  at: 0,
  end: 0,
  ...(sign === '=~' ? {pattern: wholePattern(value) as Pattern} : {}),
});

function ofLabels({operands}: Call): readonly Matcher[] {
  const selector = operands[1];
  return selector?.kind === 'vector' ? selector.matchers : [];
}

/** Which metrics are infos: those named by the second operand, by default `target_info`. */
function nameMatchers(call: Call): readonly Matcher[] {
  const own = ofLabels(call).filter(({label}) => label === nameLabel);
  if (own.some(({sign}) => sign === '=' || sign === '=~')) return own;
  return own.length > 0 ? [matcher('=~', '.+_info'), ...own] : [matcher('=', 'target_info')];
}

/** The series that are asked for. */
export function infoMatchers(call: Call): readonly Matcher[] {
  return [...nameMatchers(call), ...ofLabels(call).filter(({label}) => label !== nameLabel)];
}

/** `infos` have as values when their samples are of. */
export function withInfo(call: Call, columns: readonly Column[], infos: readonly Column[], count: number): Column[] {
  const names = nameMatchers(call);
  const data = ofLabels(call).filter(({label}) => label !== nameLabel);
  const wanted = new Set(data.map(({label}) => label));
  const mayLack = data.every((each) => matches(each, ''));
  const byTarget = new Map<string, Column[]>();
  for (const info of infos) {
    const {key} = info.labels.only(identifying);
    byTarget.set(key, [...(byTarget.get(key) ?? []), info]);
  }
  return columns.flatMap((column) => {
    const name = column.labels.get(nameLabel);
    if (names.every((each) => matches(each, name))) return [column];
    const target = column.labels.only(identifying);
    const own = target.pairs.length === 0 ? [] : (byTarget.get(target.key) ?? []);
    const made = new Map<string, Column>();
    for (let step = 0; step < count; step++) {
      if (column.present[step] === 0) continue;
      const here = newest(own, step);
      if (here.length === 0 && !mayLack) continue;
      const labels = labelled(column.labels, here, wanted);
      let out = made.get(labels.key);
      if (out === undefined) {
        out = emptyColumn(labels, count);
        made.set(labels.key, out);
      }
      out.values[step] = column.values[step] as number;
      out.present[step] = 1;
    }
    return [...made.values()].filter((each) => !isEmpty(each));
  });
}

/** Of each metric the info whose sample is the newest. */
function newest(infos: readonly Column[], step: number): Column[] {
  const byName = new Map<string, Column>();
  for (const info of infos) {
    if (info.present[step] === 0) continue;
    const name = info.labels.get(nameLabel);
    const other = byName.get(name);
    const [time, otherTime] = [info.values[step] as number, other?.values[step] ?? Number.NEGATIVE_INFINITY];
    if (time === otherTime)
      throw new PromqlError(
        `found duplicate series for info metric: existing ${other?.labels} @ ${1000 * otherTime}, new ${info.labels} @ ${1000 * time}`,
      );
    if (time > otherTime) byName.set(name, info);
  }
  return [...byName.values()];
}

function labelled(base: Labels, infos: readonly Column[], wanted: ReadonlySet<string>): Labels {
  const added = new Map<string, string>();
  for (const {labels} of infos) {
    for (const [name, value] of labels.withoutMetric().pairs) {
      if (wanted.size > 0 && !wanted.has(name)) continue;
      if ((added.get(name) ?? value) !== value) throw new PromqlError(`conflicting label: ${name}`);
      if (base.get(name) === '') added.set(name, value);
    }
  }
  return added.size === 0 ? base : base.with([...added].map((pair): Label => pair));
}
