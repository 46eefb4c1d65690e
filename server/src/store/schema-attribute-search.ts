/**
 * Search by an attribute wherever it stands: on the span, its resource, its scope, one of its events or its links. One filter
 * over the pairs of all five, since ClickHouse combines filters on several expressions for a handful of conditions only. See
 * docs/decisions/0040-attributes-wherever-they-stand.md.
 */
import {addColumn, attributePairs, column, localName, onCluster, pairHash, type SchemaTarget} from './schema.ts';

/** Within a lambda: ClickHouse does not find a filter by an `indexHint` whose expression has a literal outside of one. */
const digestsOf = (hashes: string): string => `arrayMap(d -> ${digestHash('d')}, splitByChar(' ', ${hashes}))`;
const pairsOfAll = (maps: string): string => `arrayFlatten(arrayMap(m -> ${attributePairs('m')}, ${maps}))`;

/** Of a word of `origin_hashes`. */
export const digestHash = (digest: string): string => `cityHash64(${digest})`;

/**
 * Hashes of every pair that a span has; the name of an event is the pair `event=NAME`. A query must spell it out alike. Pairs of
 * the resource and scope are hashed as digests: a map that stands in a part once would be copied for every span.
 */
export const spanPairs = `arrayConcat(${[
  attributePairs('attributes'),
  `arrayFlatten(arrayMap(o -> ${digestsOf('o')}, [origin_hashes]))`,
  `arrayMap(n -> ${pairHash("'event'", 'n')}, events.name)`,
  pairsOfAll('events.attributes'),
  pairsOfAll('links.attributes'),
].join(', ')})`;

/** Spans of an earlier version have no digests: the filter rules none of them out. */
export function changeAttributeSearch(target: SchemaTarget): string[] {
  const alter = `ALTER TABLE ${localName(target, 'spans')}${onCluster(target)}`;
  return [
    ...addColumn(target, 'spans', 'origin_hashes', column.label),
    `${alter} DROP INDEX IF EXISTS pairs`,
    `${alter} DROP INDEX IF EXISTS pair_hashes`,
    `${alter} ADD INDEX IF NOT EXISTS span_pairs ${spanPairs} TYPE bloom_filter(0.02) GRANULARITY 1`,
  ];
}

export function addAttributeSearch(target: SchemaTarget): string[] {
  const addition =
    'ADD COLUMN IF NOT EXISTS scope_attributes Map(LowCardinality(String), LowCardinality(String)) CODEC(ZSTD(1)) AFTER scope_version';
  const alter = `ALTER TABLE ${localName(target, 'spans')}${onCluster(target)}`;
  return [
    `${alter} ${addition}`,
    ...(target.cluster === undefined
      ? []
      : [
          `ALTER TABLE \`${target.database}\`.\`spans\`${onCluster(target)} ${addition.replace(/ CODEC\([^ ]*\)/, '')}`,
        ]),
    // Nothing asks these any more. Their successor copied a large resource for every span: version 5 has another.
    `${alter} DROP INDEX IF EXISTS attribute_pairs`,
    `${alter} DROP INDEX IF EXISTS resource_pairs`,
  ];
}
