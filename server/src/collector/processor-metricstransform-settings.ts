/** The settings of the metricstransform processor. */
import {version} from '../base/index.ts';
import {
  type ConfigType,
  type Field,
  list,
  mapOf,
  number,
  object,
  oneOf,
  optional,
  required,
  text,
  withDefault,
} from '../config/index.ts';
import {compilePattern, noPattern, type Pattern} from '../regexp/index.ts';

export const aggregation = oneOf('sum', 'mean', 'min', 'max', 'count', 'median');
export type Aggregation = ReturnType<typeof aggregation.read>;

/** A text in which `{{version}}` stands for Weft's. */
const versioned: ConfigType<string> = {
  ...text,
  read: (node, report) => text.read(node, report).replaceAll('{{version}}', version),
};

const valueAction = object({
  value: required(text, 'the value as it comes'),
  new_value: required(versioned, 'what it becomes'),
});

const operation = object(
  {
    action: required(
      oneOf(
        'add_label',
        'update_label',
        'delete_label_value',
        'toggle_scalar_data_type',
        'experimental_scale_value',
        'aggregate_labels',
        'aggregate_label_values',
      ),
      'what to do with the metric',
    ),
    label: withDefault(text, '', '', 'The label.'),
    new_label: withDefault(text, '', '', 'Its new name, or that of a label to add.'),
    new_value: withDefault(
      versioned,
      '',
      '',
      'The value of a label to add, or of what was aggregated; `{{version}}` in it is the version of Weft.',
    ),
    label_value: withDefault(text, '', '', 'The value whose points are deleted.'),
    label_set: withDefault(list(text), [], '[]', 'Labels that stay when others are aggregated.'),
    aggregated_values: withDefault(list(text), [], '[]', 'Values that become one.'),
    aggregation_type: optional(aggregation, 'How points become one.'),
    experimental_scale: optional(number(), 'The factor of values.'),
    value_actions: withDefault(list(valueAction), [], '[]', 'Values of the label to change.'),
  },
  (values, node, report) => {
    const needs: Readonly<Record<string, readonly (keyof typeof values)[]>> = {
      add_label: ['new_label', 'new_value'],
      update_label: ['label'],
      delete_label_value: ['label', 'label_value'],
      experimental_scale_value: ['experimental_scale'],
      aggregate_labels: ['aggregation_type'],
      aggregate_label_values: ['label', 'new_value', 'aggregated_values', 'aggregation_type'],
    };
    for (const key of needs[values.action] ?? []) {
      const value = values[key];
      if (value !== undefined && value !== '' && value !== 0 && !(Array.isArray(value) && value.length === 0)) continue;
      report.fault(node.at, `\`${values.action}\` needs \`${key}\``);
    }
  },
);
export type Operation = ReturnType<typeof operation.read>;

const transformFields = {
  include: required(text, 'the name of the metrics, or an expression that matches it'),
  match_type: withDefault(
    oneOf('strict', 'regexp'),
    'strict',
    'strict',
    'Whether `include` is a name or an expression.',
  ),
  experimental_match_labels: withDefault(
    mapOf(text),
    new Map<string, string>(),
    '{}',
    'Labels that points must have, compared as `match_type` says; an empty text: must not have.',
  ) as Field<ReadonlyMap<string, string>>,
  action: required(oneOf('update', 'insert', 'combine', 'group'), 'what becomes of the metrics'),
  new_name: withDefault(text, '', '', 'The new name; `$1` and `$name` are groups of the expression.'),
  aggregation_type: optional(aggregation, 'How points of combined metrics that are alike become one.'),
  submatch_case: optional(oneOf('lower', 'upper'), 'The case of labels that come from groups of the expression.'),
  group_resource_labels: withDefault(
    mapOf(text),
    new Map<string, string>(),
    '{}',
    'Attributes of the resource that grouped metrics get.',
  ) as Field<ReadonlyMap<string, string>>,
  operations: withDefault(list(operation), [], '[]', 'What is done with the metrics then, in this order.'),
};

const written = object(transformFields, (values, node, report) => {
  if ((values.action === 'insert' || values.action === 'combine') && values.new_name === '') {
    report.fault(node.at, `\`${values.action}\` needs \`new_name\``);
  }
  if (values.action === 'group' && values.group_resource_labels.size === 0) {
    report.fault(node.at, '`group` needs `group_resource_labels`');
  }
});

export interface Transform extends Omit<ReturnType<typeof written.read>, 'include'> {
  readonly include: string | Pattern;
  readonly labels: ReadonlyMap<string, (value: string) => boolean>;
}

const transform: ConfigType<Transform> = {
  ...written,
  read(node, report) {
    const values = written.read(node, report);
    const compile = (source: string): Pattern => {
      const compiled = compilePattern(source ?? '');
      if (typeof compiled !== 'string') return compiled;
      report.fault(node.at, `${compiled}, in "${source}"`);
      return noPattern;
    };
    const isExpression = values.match_type === 'regexp';
    const test = (wanted: string): ((value: string) => boolean) => {
      if (!isExpression) return (value) => value === wanted;
      const compiled = compile(wanted);
      return (value) => compiled.test(value);
    };
    return {
      ...values,
      include: isExpression ? compile(values.include) : values.include,
      labels: new Map([...(values.experimental_match_labels ?? [])].map(([key, wanted]) => [key, test(wanted)])),
    };
  },
};

export const metricsTransformConfig = object({
  transforms: required(list(transform), 'what to do with which metrics'),
});
export type MetricsTransformConfig = ReturnType<typeof metricsTransformConfig.read>;
