/**
 * Gives batches to the first level of pipelines that takes them (the Collector's failover connector). A level that refused is left
 * out until its interval is over; then one batch tries it again, and a success makes it the level in use.
 */
import {errorMessage} from '../base/index.ts';
import {duration, ignored, list, object, pipelineId, withDefault} from '../config/index.ts';
import {type AnyBatch, type ConsumeContext, type Consumer, copyBatch, type Lent, type Signal} from '../model/index.ts';
import {allSignals, type ConnectorFactory, fanOut, type Settings, takes, throwWorst} from '../pipeline/index.ts';

const config = object(
  {
    priority_levels: withDefault(
      list(list(pipelineId)),
      [],
      '',
      'Levels of pipelines, the preferred one first. All pipelines of a level get the data.',
    ),
    retry_interval: withDefault(duration(1), 600_000, '10m', 'How long a level that refused is left out.'),
    retry_gap: ignored('levels are tried again independently'),
    max_retries: ignored('a level is tried again as long as it takes'),
    sending_queue: ignored('senders wait until a level has taken their data'),
  },
  ({priority_levels}, node, report) => {
    if (priority_levels.length === 0 || priority_levels.some((level) => level.length === 0)) {
      report.fault(
        node.at,
        '`priority_levels` is required: lists of pipelines, such as [[traces/first], [traces/second]]',
      );
    }
  },
);

export const failoverConnector: ConnectorFactory<ReturnType<typeof config.read>> = {
  help: 'Gives data to the first level of pipelines that takes it.',
  conversions: {traces: ['traces'], metrics: ['metrics'], logs: ['logs']},
  config,
  create(settings, {priority_levels, retry_interval}, _, pipelines) {
    const ofSignal = new Map(
      allSignals.map((signal) => [
        signal,
        createLevels(settings, signal, levelsOf(signal, priority_levels, pipelines), retry_interval),
      ]),
    );
    return {consumer: takes((batch, context) => ofSignal.get(batch.signal)!(batch, context))};
  },
};

function levelsOf(
  signal: Signal,
  levels: readonly (readonly string[])[],
  pipelines: ReadonlyMap<string, Consumer>,
): Consumer[] {
  return levels
    .map((ids) => ids.filter((id) => id.split('/', 1)[0] === signal).flatMap((id) => pipelines.get(id) ?? []))
    .filter((own) => own.length > 0)
    .map(fanOut);
}

function createLevels(
  {clock, log, meter, id}: Settings,
  signal: Signal,
  consumers: readonly Consumer[],
  intervalMs: number,
) {
  const levels = consumers.map((consumer) => ({consumer, leftOutUntil: 0}));
  const isOut = (level: {readonly leftOutUntil: number}): boolean => clock.now() < level.leftOutUntil;
  if (levels.length > 0) {
    meter
      .gauge('weft_failover_level', 'The level of pipelines in use; 0 is the preferred one.')
      .with({connector: id, otel_signal: signal})
      .observe(() =>
        Math.max(
          0,
          levels.findIndex((level) => !isOut(level)),
        ),
      );
  }
  const failovers = meter
    .counter('weft_failover_refusals', 'Batches that a level refused and another one was asked for.')
    .with({connector: id, otel_signal: signal});

  return async (batch: AnyBatch, context: ConsumeContext): Promise<void> => {
    // Those left out come last: nothing is given up unasked.
    const order = [...levels.filter((level) => !isOut(level)), ...levels.filter(isOut)];
    const failures: PromiseSettledResult<unknown>[] = [];
    for (const [index, level] of order.entries()) {
      const isLast = index === order.length - 1;
      // One batch at a time tries a level that was left out: the others see it as left out meanwhile.
      const wasOut = level.leftOutUntil > 0;
      if (wasOut) level.leftOutUntil = clock.now() + intervalMs;
      try {
        await level.consumer.consume(isLast ? batch : ownFor(level.consumer, batch), context);
        if (wasOut)
          log.info({level: levels.indexOf(level)}, `${id}: level ${levels.indexOf(level)} takes ${signal} again`);
        level.leftOutUntil = 0;
        return;
      } catch (error) {
        failures.push({status: 'rejected', reason: error});
        failovers.add(1);
        level.leftOutUntil = clock.now() + intervalMs;
        log.warn(
          {level: levels.indexOf(level), error: errorMessage(error)},
          `${id}: level ${levels.indexOf(level)} refused ${signal} and is left out for ${intervalMs} ms`,
        );
      }
    }
    throwWorst(failures);
  };
}

/** One that takes the batch may change it before it refuses. */
const ownFor = (consumer: Consumer, batch: AnyBatch): AnyBatch =>
  consumer.access === 'reads' ? batch : copyBatch(batch as Lent<AnyBatch>);
