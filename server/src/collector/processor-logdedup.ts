/** Folds log records that are the same into one with a count: the Collector's log deduplication processor. */
import {unixNanoFromMillis} from '../base/index.ts';
import {type ConfigType, integer, list, object, scalar, text, withDefault} from '../config/index.ts';
import type {ProcessorFactory} from '../pipeline/index.ts';
import {fieldText, type LogField, parseLogField, removeField} from './log-fields.ts';
import {createFolding} from './log-folding.ts';
import {createIsFolded, createTellGroup, foldingFields, logCountAttribute} from './log-folding-settings.ts';
import {attributesText, bodyText, originTexts, severityText} from './log-identity.ts';

const field: ConfigType<LogField> = scalar('field of a log record', (_, written) => {
  const parsed = parseLogField(written);
  return typeof parsed === 'string' ? parsed : {value: parsed};
});

const config = object(
  {
    ...foldingFields,
    log_count_attribute: logCountAttribute,
    include_fields: withDefault(
      list(field),
      [],
      '[]',
      'Records are the same where these fields are, such as `body.message` or `attributes.host\\.name`.',
    ),
    exclude_fields: withDefault(list(field), [], '[]', 'Fields that are taken out before records are compared.'),
    metadata_keys: withDefault(list(text), [], '[]', 'Headers of senders whose values are kept apart.'),
    metadata_cardinality_limit: withDefault(
      integer(),
      0,
      '0',
      'How many such values there may be at once; they count as `max_groups` does.',
    ),
  },
  ({log_count_attribute, include_fields, exclude_fields, metadata_keys}, node, report) => {
    const fault = (key: string, message: string): void => report.fault(node.entries.get(key)?.at ?? node.at, message);
    if (log_count_attribute === '') fault('log_count_attribute', '`log_count_attribute` is empty');
    if (include_fields.length > 0 && exclude_fields.length > 0) {
      fault('include_fields', 'either `include_fields` or `exclude_fields` can be set');
    }
    for (const [key, fields] of Object.entries({include_fields, exclude_fields})) {
      const names = fields.map(({of, path}) => JSON.stringify([of, ...path]));
      if (new Set(names).size < names.length) fault(key, `\`${key}\` names a field twice`);
    }
    const lower = metadata_keys.map((key) => key.toLowerCase());
    if (new Set(lower).size < lower.length)
      fault('metadata_keys', '`metadata_keys` names a key twice (case does not count)');
  },
);
export type LogDedupConfig = ReturnType<typeof config.read>;

export const logDedupProcessor: ProcessorFactory<LogDedupConfig> = {
  help: 'Folds log records that are the same into one with a count.',
  signals: ['logs'],
  config,
  create(settings, wanted, next) {
    const tellGroup = createTellGroup(wanted);
    const {include_fields, exclude_fields} = wanted;
    return createFolding(
      settings,
      {
        interval: wanted.interval,
        maxGroups: wanted.max_groups,
        maxPartitions: wanted.metadata_cardinality_limit,
        isDurable: wanted.durable,
        metadataKeys: wanted.metadata_keys.map((key) => key.toLowerCase()),
        isFolded: createIsFolded(wanted.conditions, settings),
        prepare(batch) {
          if (exclude_fields.length === 0) return;
          for (let row = 0; row < batch.logs.count; row++) {
            for (const each of exclude_fields) removeField(batch, row, each);
          }
        },
        keys(batch) {
          const originOf = originTexts(batch);
          const {attributes} = batch.logs.columns;
          return (row) => {
            const fields = include_fields.map((each) => fieldText(batch, row, each));
            // A record that has none of the fields is compared as a whole.
            if (fields.some((each) => each !== undefined)) return `${originOf(row)}${JSON.stringify(fields)}`;
            const own = `${bodyText(batch, row)} ${attributesText(batch, attributes, row)} ${severityText(batch, row)}`;
            return `${originOf(row)} ${own}`;
          };
        },
        seen: (_, __, now) => now,
        finish(editor, batch, row, group, now) {
          const {attributes, time, observedTime} = batch.logs.columns;
          time.set(row, unixNanoFromMillis(now));
          observedTime.set(row, unixNanoFromMillis(group.first));
          tellGroup(editor, attributes, row, group);
        },
      },
      next,
    );
  },
};
