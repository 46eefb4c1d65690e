/** The older form of `filter` for metrics and logs: the same properties as elsewhere, under names of their own. */
import {
  bool,
  type ConfigNode,
  type ConfigType,
  type Entry,
  type Field,
  list,
  type MapNode,
  object,
  oneOf,
  optional,
  type Report,
  scalar,
  text,
  withDefault,
} from '../config/index.ts';
import {type MetricExpression, metricExpression} from './filter-expr.ts';
import {type MatchProperties, matchFields, nothing} from './match-properties.ts';

const properties = matchFields.include.type;

const attributes = (what: string) =>
  withDefault(
    list(object({key: optional(text, 'Its key.'), value: optional(text, 'Its value; without it, any.')})),
    [],
    '[]',
    what,
  );

const words: Field<readonly string[]>['type'] = list(text);

const typeWords = 'Whether names and values are compared, or are regular expressions';
const matchType = optional(oneOf('strict', 'regexp'), `${typeWords}.`);
const metricMatchType = optional(
  oneOf('strict', 'regexp', 'expr'),
  `${typeWords}; with \`expr\`, \`expressions\` say which metrics match.`,
);

const metricShape = object(
  {
    match_type: metricMatchType,
    regexp: optional(
      object({cacheenabled: optional(bool, ''), cachemaxnumentries: optional(text, '')}),
      'Settings of `match_type: regexp`.',
    ),
    metric_names: withDefault(words, [], '[]', 'Names, of which one must match.'),
    expressions: withDefault(
      list(metricExpression),
      [],
      '[]',
      'With `match_type: expr`: expressions such as `MetricName == "a" && Label("b") == "c"`, of which one must hold for a point of the metric. They know `MetricName`, `MetricType`, `HasLabel(key)` and `Label(key)`.',
    ),
    resource_attributes: attributes('Attributes of the resource, which must all match.'),
  },
  oneKindOfMatch,
);

/** Expressions go with `match_type: expr`, everything else with the others: the Collector ignores what does not. */
function oneKindOfMatch(_: unknown, node: MapNode, report: Report): void {
  const type = node.entries.get('match_type')?.value;
  const isExpr = type?.kind === 'scalar' && type.text === 'expr';
  const misplaced = isExpr ? ['metric_names', 'resource_attributes'] : ['expressions'];
  for (const key of misplaced) {
    const entry = node.entries.get(key);
    if (entry === undefined || (entry.value.kind === 'list' && entry.value.items.length === 0)) continue;
    report.fault(entry.at, `\`${key}\` ${isExpr ? 'does not go with' : 'needs'} \`match_type: expr\``);
  }
}

const severities = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((name) => [
  name,
  `${name}2`,
  `${name}3`,
  `${name}4`,
]);

/** The number of a severity by name or number; 0 where it is none. */
function severityNumber(written: string): number {
  const byName = severities.indexOf(written.toUpperCase()) + 1;
  if (byName > 0) return byName;
  return /^\d+$/.test(written) && Number(written) <= 24 ? Number(written) : 0;
}

const severity = scalar<number>('a severity', (_, written) => {
  const number = severityNumber(written);
  return number === 0 ? 'expected a severity such as INFO or WARN2, or a number from 1 to 24' : {value: number};
});

const logShape = object({
  match_type: matchType,
  regexp: metricShape.fields!.regexp as Field<unknown>,
  resource_attributes: attributes('Attributes of the resource, which must all match.'),
  record_attributes: attributes('Attributes of the record, which must all match.'),
  severity_texts: withDefault(words, [], '[]', 'Severities in words, of which one must match.'),
  severity_number: optional(
    object({
      min: optional(severity, 'The lowest severity that matches.'),
      match_undefined: withDefault(bool, false, 'false', 'Whether records without a severity match.'),
    }),
    'Severity as a number.',
  ),
  bodies: withDefault(words, [], '[]', 'Bodies, of which one must match.'),
});

/** Checks the shape, and reads it as the properties that `names` says its keys are. */
function renamed(
  shape: ConfigType<unknown>,
  names: Readonly<Record<string, string>>,
): ConfigType<MatchProperties | undefined> {
  return {
    label: shape.label,
    fields: shape.fields,
    read(node, report) {
      let faults = 0;
      const counting: Report = {
        ...report,
        fault(at, message) {
          faults++;
          report.fault(at, message);
        },
      };
      const values = shape.read(node, counting);
      if (faults > 0 || node.kind !== 'map' || !asksForSomething(values as object)) return undefined;
      const {expressions} = values as {readonly expressions?: readonly MetricExpression[]};
      if (expressions !== undefined && expressions.length > 0) return {...nothing, expressions};
      const entries = new Map<string, Entry>();
      for (const [key, entry] of node.entries)
        entries.set(names[key] ?? key, key === 'severity_number' ? numbered(entry) : entry);
      if (!entries.has('match_type')) entries.set('match_type', {at: node.at, value: scalarNode(node, 'strict')});
      return properties.read({...node, entries}, report);
    },
  };
}

/** As in the Collector, a match without any property is none at all: it drops nothing. */
const asksForSomething = ({
  match_type: _type,
  regexp: _regexp,
  ...properties
}: {
  match_type?: unknown;
  regexp?: unknown;
}) => Object.values(properties).some((each) => each !== undefined && !(Array.isArray(each) && each.length === 0));

const scalarNode = (near: ConfigNode, value: string | number): ConfigNode => ({
  kind: 'scalar',
  at: near.at,
  value,
  text: String(value),
});

/** `min` as the number that it stands for. */
function numbered(entry: Entry): Entry {
  if (entry.value.kind !== 'map') return entry;
  const entries = new Map(entry.value.entries);
  const min = entries.get('min');
  if (min?.value.kind === 'scalar')
    entries.set('min', {at: min.at, value: scalarNode(min.value, severityNumber(min.value.text))});
  const value: MapNode = {...entry.value, entries};
  return {at: entry.at, value};
}

const sides = (type: ConfigType<MatchProperties | undefined>) => ({
  include: optional(type, 'The older form: drops what does not match.'),
  exclude: optional(type, 'The older form: drops what matches.'),
});

export const metricMatchFields = sides(renamed(metricShape, {resource_attributes: 'resources'}));
export const logMatchFields = sides(
  renamed(logShape, {
    resource_attributes: 'resources',
    record_attributes: 'attributes',
    severity_texts: 'log_severity_texts',
    severity_number: 'log_severity_number',
    bodies: 'log_bodies',
  }),
);
