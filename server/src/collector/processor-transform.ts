/** Changes what passes by statements of OTTL (the Collector's transform processor). */
import {PermanentError} from '../base/index.ts';
import {always, bool, ignored, object, withDefault} from '../config/index.ts';
import type {AnyBatch, Signal} from '../model/index.ts';
import {eachRow, transformFunctions} from '../ottl/index.ts';
import {allSignals, edits, inspects, type ProcessorFactory, type Settings} from '../pipeline/index.ts';
import {Grouping, separateOrigins} from './origin-grouping.ts';
import {type ErrorMode, errorMode} from './ottl-config.ts';
import {type OnOttlError, ottlErrors} from './ottl-errors.ts';
import {anyHolds, type OttlGroup, statementGroups} from './ottl-groups.ts';

const statements = (signal: Signal) =>
  withDefault(
    statementGroups(signal, transformFunctions),
    [],
    '[]',
    `Statements for ${signal}: a list of them, or groups with \`context\`, \`conditions\`, \`statements\`, \`error_mode\` and \`shared_cache\`.`,
  );

const config = object({
  error_mode: withDefault(
    errorMode,
    'ignore',
    'ignore',
    'What becomes of an error in a statement: logged and passed over, passed over silently, or the batch refused.',
  ),
  trace_statements: statements('traces'),
  metric_statements: statements('metrics'),
  log_statements: statements('logs'),
  profile_statements: ignored('no profiles come through here'),
  flatten: always(
    object({
      log: withDefault(
        bool,
        false,
        'false',
        'Whether a statement on a log record changes its own copy of resource and scope; records are joined again where these are equal.',
      ),
    }),
    'What statements do not share.',
  ),
  flatten_data: withDefault(bool, false, 'false', 'The former name of `flatten.log`.'),
});
export type TransformConfig = ReturnType<typeof config.read>;

export const transformProcessor: ProcessorFactory<TransformConfig> = {
  help: 'Changes spans, metrics and log records by statements of OTTL.',
  signals: allSignals,
  config,
  create(settings, values, next, signal) {
    const groups = {
      traces: values.trace_statements,
      metrics: values.metric_statements,
      logs: values.log_statements,
    }[signal];
    if (groups.length === 0) return {consumer: inspects(next, () => {})};
    const transform = transformer(settings, groups, values.error_mode);
    const isFlat = values.flatten.log || values.flatten_data;
    return {
      consumer: edits(next, (batch: AnyBatch) => {
        if (isFlat && batch.signal === 'logs') {
          separateOrigins(batch);
          transform(batch);
          new Grouping(batch, []).items(batch);
        } else transform(batch);
        return batch as never;
      }),
    };
  },
};

function transformer(settings: Settings, groups: readonly OttlGroup[], mode: ErrorMode) {
  const onError = ottlErrors(settings);
  return (batch: AnyBatch): void => {
    for (const {cache, sharesCache} of groups) if (sharesCache) cache.map = new Map();
    for (const group of groups) run(batch, group, group.errorMode ?? mode, onError);
  };
}

/** A statement that copies metrics may see its own copies: somewhere that must end. */
const copiesFor = (metrics: number): number => 10 * metrics + 1000;

function run(batch: AnyBatch, group: OttlGroup, mode: ErrorMode, onError: OnOttlError): void {
  const {cache, sharesCache, conditions, statements, context} = group;
  const most = batch.signal === 'metrics' ? copiesFor(batch.metrics.count) : 0;
  eachRow(batch, context, (row, parent) => {
    if (!sharesCache && cache.map.size > 0) cache.map = new Map();
    if (conditions.length > 0 && !anyHolds(batch, row, parent, group, mode, onError)) return;
    for (const {text, run: statement} of statements) {
      try {
        statement.run(batch, row, parent);
      } catch (error) {
        onError(error, mode, text);
      }
    }
    if (batch.signal === 'metrics' && batch.metrics.count > most) {
      throw new PermanentError('ottl', 'statements that copy metrics go on with their own copies: give them a `where`');
    }
  });
}
