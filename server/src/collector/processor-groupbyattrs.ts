/**
 * Moves attributes from items to their resources and brings together what then has the same resource and scope: the Collector's
 * groupbyattrs processor. Without keys it only brings together (compacts).
 */
import {utf8Bytes} from '../base/index.ts';
import {list, object, text, withDefault} from '../config/index.ts';
import type {AnyBatch} from '../model/index.ts';
import {allSignals, edits, type ProcessorFactory, type Settings} from '../pipeline/index.ts';
import {Grouping} from './origin-grouping.ts';

const config = object(
  {keys: withDefault(list(text), [], '[]', 'The attributes that belong to the resource; none: only compacts.')},
  ({keys}, node, report) => {
    if (keys.includes('')) report.fault(node.at, '`keys` has an empty key');
    const twice = keys.find((key, index) => keys.indexOf(key) !== index);
    if (twice !== undefined) report.warn(node.at, `\`keys\` names \`${twice}\` twice`);
  },
);
export type GroupByAttrsConfig = ReturnType<typeof config.read>;

export const groupByAttrsProcessor: ProcessorFactory<GroupByAttrsConfig> = {
  help: 'Moves attributes from items to their resources, and joins items whose resource and scope are the same.',
  signals: allSignals,
  config,
  create(settings, {keys}, next, signal) {
    const prepared = [...new Set(keys)].map((key, index) => ({index, key, bytes: utf8Bytes(key)}));
    const count = createCounts(settings, signal);
    return {
      consumer: edits(next, (batch: AnyBatch) => {
        const grouping = new Grouping(batch, prepared);
        const {grouped, groups} = batch.signal === 'metrics' ? grouping.points(batch) : grouping.items(batch);
        count(grouped, batch.items.count - grouped, groups);
        return batch as never;
      }),
    };
  },
};

/** Under the names of the Collector, which counts points as metrics. */
function createCounts(
  {meter, id}: Settings,
  signal: string,
): (grouped: number, others: number, groups: number) => void {
  const items = signal === 'traces' ? 'spans' : signal;
  const labels = {processor: id};
  const counter = (name: string, help: string) =>
    meter.counter(`otelcol_processor_groupbyattrs_${name}_${items}`, help).with(labels);
  const grouped = counter('num_grouped', `Number of ${items} that had attributes grouped.`);
  const others = counter('num_non_grouped', `Number of ${items} that did not have attributes grouped.`);
  const groups = meter
    .histogram(
      `otelcol_processor_groupbyattrs_${items.replace(/s$/, '')}_groups`,
      `Distribution of groups extracted for ${items}.`,
      [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000],
    )
    .with(labels);
  return (withKeys, without, resources) => {
    if (withKeys > 0) grouped.add(withKeys);
    if (without > 0) others.add(without);
    groups.record(resources);
  };
}
