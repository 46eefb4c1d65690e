/**
 * Search by an attribute wherever it stands: on the span, its resource, its scope, one of its events or its links. One filter
 * over the pairs of all five, since ClickHouse combines filters on several expressions for a handful of conditions only. See
 * docs/decisions/0040-attributes-wherever-they-stand.md.
 */
import {attributePairs, localName, onCluster, pairHash, type SchemaTarget} from './schema.ts';

const pairsOfAll = (maps: string): string => `arrayFlatten(arrayMap(m -> ${attributePairs('m')}, ${maps}))`;

/** Hashes of every pair that a span has; the name of an event is the pair `event=NAME`. A query must spell it out alike. */
export const spanPairs = `arrayConcat(${[
  attributePairs('attributes'),
  attributePairs('resource_attributes'),
  attributePairs('scope_attributes'),
  `arrayMap(n -> ${pairHash("'event'", 'n')}, events.name)`,
  pairsOfAll('events.attributes'),
  pairsOfAll('links.attributes'),
].join(', ')})`;

export function addAttributeSearch(target: SchemaTarget): string[] {
  const column =
    'ADD COLUMN IF NOT EXISTS scope_attributes Map(LowCardinality(String), LowCardinality(String)) CODEC(ZSTD(1)) AFTER scope_version';
  const alter = `ALTER TABLE ${localName(target, 'spans')}${onCluster(target)}`;
  return [
    `${alter} ${column}`,
    ...(target.cluster === undefined
      ? []
      : [`ALTER TABLE \`${target.database}\`.\`spans\`${onCluster(target)} ${column.replace(/ CODEC\([^ ]*\)/, '')}`]),
    `${alter} ADD INDEX IF NOT EXISTS pairs ${spanPairs} TYPE bloom_filter(0.02) GRANULARITY 1`,
    // Nothing asks these any more.
    `${alter} DROP INDEX IF EXISTS attribute_pairs`,
    `${alter} DROP INDEX IF EXISTS resource_pairs`,
    // Of what is there already: in the background. Until then it is found all the same, more slowly.
    `${alter} MATERIALIZE INDEX pairs`,
  ];
}
