/**
 * Folds log records of one pattern into one example with a count: a loop that logs ten thousand times says so once. Weft's own; the
 * Collector's `logdedup` folds only what is the same to the letter.
 */
import {utf8Bytes} from '../base/index.ts';
import {object, oneOf, text, withDefault} from '../config/index.ts';
import {attributeGoText, type LogBatch, writeValue} from '../model/index.ts';
import type {ProcessorFactory} from '../pipeline/index.ts';
import {createFolding} from './log-folding.ts';
import {createIsFolded, createTellGroup, foldingFields, logCountAttribute} from './log-folding-settings.ts';
import {originTexts, severityText} from './log-identity.ts';
import {patternOf} from './log-pattern.ts';

const config = object({
  ...foldingFields,
  log_count_attribute: logCountAttribute,
  pattern_attribute: withDefault(
    text,
    'log.pattern',
    'log.pattern',
    'The attribute that has the pattern; empty: none.',
  ),
  body: withDefault(
    oneOf('example', 'pattern'),
    'example',
    'example',
    'The body of the record: that of the first one, or the pattern.',
  ),
});
export type LogPatternsConfig = ReturnType<typeof config.read>;

export const logPatternsProcessor: ProcessorFactory<LogPatternsConfig> = {
  help: 'Folds log records whose bodies differ only in numbers, ids and quoted parts into one example with a count.',
  signals: ['logs'],
  config,
  create(settings, wanted, next) {
    const tellGroup = createTellGroup(wanted);
    const patternKey = utf8Bytes(wanted.pattern_attribute);
    return createFolding(
      settings,
      {
        interval: wanted.interval,
        maxGroups: wanted.max_groups,
        maxPartitions: 0,
        isDurable: wanted.durable,
        metadataKeys: [],
        isFolded: createIsFolded(wanted.conditions, settings),
        prepare() {},
        keys(batch) {
          const originOf = originTexts(batch);
          return (row) => `${originOf(row)} ${severityText(batch, row)} ${patternOf(textOf(batch, row))}`;
        },
        seen(batch, row, now) {
          const {time, observedTime} = batch.logs.columns;
          const column = time.isEmpty(row) ? observedTime : time;
          return column.isEmpty(row) ? now : column.approximate(row) / 1e6;
        },
        finish(editor, batch, row, group) {
          const {attributes, body} = batch.logs.columns;
          const pattern = patternOf(textOf(batch, row));
          tellGroup(editor, attributes, row, group);
          if (patternKey.length > 0) editor.setText(editor.put(attributes, row, patternKey), pattern);
          if (wanted.body === 'pattern' && body.count(row) > 0) {
            writeValue(batch.attributes, batch.heap, body.from(row), {type: 'string', value: pattern});
          }
        },
      },
      next,
    );
  },
};

function textOf(batch: LogBatch, row: number): string {
  const {body} = batch.logs.columns;
  return body.count(row) === 0 ? '' : attributeGoText(batch, body.from(row));
}
