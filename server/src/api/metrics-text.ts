import type {FamilySnapshot, Labels} from '../base/index.ts';

/** Counters in the Prometheus text format 0.0.4. Families of the same name are written as one. */
export function metricsText(families: readonly FamilySnapshot[]): string {
  let text = '';
  for (const [name, group] of Map.groupBy(families, (family) => family.name)) {
    const {help, kind} = group[0] as FamilySnapshot;
    text += `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${kind}\n`;
    for (const family of group) text += family.kind === kind ? familyText(family) : '';
  }
  return text;
}

function familyText(family: FamilySnapshot): string {
  const {name} = family;
  if (family.kind !== 'histogram') {
    return family.series.map(({labels, value}) => `${name}${labelsText(labels)} ${numberText(value)}\n`).join('');
  }
  let text = '';
  for (const {labels, counts, sum, count} of family.series) {
    let upTo = 0;
    for (const [index, bound] of [...family.bounds, Number.POSITIVE_INFINITY].entries()) {
      upTo += counts[index] ?? 0;
      text += `${name}_bucket${labelsText({...labels, le: numberText(bound)})} ${upTo}\n`;
    }
    text += `${name}_sum${labelsText(labels)} ${numberText(sum)}\n${name}_count${labelsText(labels)} ${count}\n`;
  }
  return text;
}

function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}
