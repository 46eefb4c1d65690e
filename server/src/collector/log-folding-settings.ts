/** Settings that `logdedup` and `log_patterns` share. */
import {type Counter, utf8Bytes} from '../base/index.ts';
import {bool, type ConfigType, duration, integer, list, scalar, text, withDefault} from '../config/index.ts';
import type {LogBatch, RangeColumn} from '../model/index.ts';
import {type Condition, OttlError} from '../ottl/index.ts';
import type {Settings} from '../pipeline/index.ts';
import {type AttributeEditor, constant} from './attribute-editor.ts';
import type {Group} from './log-folding.ts';
import {ottlCondition} from './ottl-config.ts';
import {rfc3339In} from './rfc3339.ts';

/** Formats times in a zone. */
export type FormatTime = (milliseconds: number) => string;

const timezone: ConfigType<FormatTime> = scalar('time zone', (_, written) => {
  const format = rfc3339In(written);
  return format === undefined ? 'expected a time zone such as UTC or Europe/Berlin' : {value: format};
});

export const foldingFields = {
  interval: withDefault(duration(1), 10_000, '10s', 'How long records are gathered before they are handed on.'),
  conditions: withDefault(
    list(ottlCondition('log')),
    [],
    '[]',
    'Conditions of OTTL on records, of which one must hold; others pass as they are. None: all are folded.',
  ),
  timezone: withDefault(timezone, rfc3339In('UTC') as FormatTime, 'UTC', 'The zone of the times that are written.'),
  max_groups: withDefault(
    integer(1),
    100_000,
    '100000',
    'So many different records at most: more are handed on before the interval is over, or refused for a moment.',
  ),
  durable: withDefault(
    bool,
    true,
    'true',
    'Whether records are on disk before their sender is answered; else a crash takes along what is gathered.',
  ),
};

export const logCountAttribute = withDefault(
  text,
  'log_count',
  'log_count',
  'The attribute that says how many records one stands for.',
);

/** Whether a record is folded; one that a condition cannot judge passes, and is counted. */
export function createIsFolded(
  conditions: readonly Condition[],
  {meter, id, log}: Settings,
): (batch: LogBatch, row: number) => boolean {
  if (conditions.length === 0) return () => true;
  const failures: Counter = meter
    .counter('weft_processor_folding_condition_failures', 'Log records that a condition could not judge.')
    .with({processor: id});
  return (batch, row) => {
    try {
      return conditions.some((condition) => condition.test(batch as never, row));
    } catch (error) {
      if (!(error instanceof OttlError)) throw error;
      failures.add(1);
      log.debug({}, `a condition cannot judge a record: ${error.message}`);
      return false;
    }
  };
}

const firstKey = utf8Bytes('first_observed_timestamp');
const lastKey = utf8Bytes('last_observed_timestamp');

/** Tells a group in the attributes of its record: how many there were, and when the first and the last was seen. */
export function createTellGroup({
  log_count_attribute,
  timezone: format,
}: {
  log_count_attribute: string;
  timezone: FormatTime;
}) {
  const countKey = utf8Bytes(log_count_attribute);
  return (editor: AttributeEditor, owner: RangeColumn, row: number, {count, first, last}: Group): void => {
    editor.setConstant(editor.put(owner, row, countKey), constant({type: 'int', value: BigInt(count)}));
    editor.setText(editor.put(owner, row, firstKey), format(first));
    editor.setText(editor.put(owner, row, lastKey), format(last));
  };
}
