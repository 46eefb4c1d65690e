/** The short form of `npm run compare:collector`: some cases, the same every time, where a Collector was built before. */
import {expect, it} from 'vitest';
import {findCollector} from './build-collector.ts';
import {cases} from './cases.ts';
import {judge} from './judge.ts';
import {compare} from './run.ts';
import {collectorSide, weftSide} from './side.ts';

/** Of each component some that do not wait. */
const names: readonly string[] = [
  'attributes: insert a map',
  'attributes: hash of every type',
  'attributes: extract from every type',
  'attributes: include kinds by pattern',
  'resource: upsert from an attribute',
  'span: attributes from several rules',
  'span: the first rule only',
  'filter: span: attributes["http.status_code"] >= 500',
  'filter: points by value',
  'filter: records by type of body',
  'filter: older form: metrics by name and resource',
  'transform: Murmur3Hash128($v)',
  'transform: XXH3($v)',
  'transform: ParseKeyValue($v)',
  'transform: $v > 1',
  'transform: ExtractPatterns("ab", "(?P<a>a)|(?P<b>b)")',
  'transform: span: keep_matching_keys(attributes, "^n$")',
  'transform: log: set(body, attributes["v"])',
  'deltatorate: sums of deltas',
  'probabilistic_sampler: hash_seed 12.5 %',
  'probabilistic_sampler: records by an attribute',
  'count: spans by attributes',
];

it('comparison with the Collector: some cases of each component give the same', async (context) => {
  const collector = findCollector();
  if (collector === undefined) {
    return context.skip('there is no Collector: `npm run compare:collector` builds one, or name one in WEFT_COLLECTOR');
  }
  const some = cases.filter(
    ({name, needs}) => names.includes(name) && needs.every((type) => collector.types.has(type)),
  );
  expect(some.length).toBeGreaterThan(0);
  const unknown: string[] = [];
  await compare(some, [collectorSide(collector.binary), weftSide], (compared) => {
    for (const {one, lines} of compared) {
      unknown.push(...judge(one.name, lines).unknown.map((line) => `${one.name}: ${line}`));
    }
  });
  expect(unknown.join('\n')).toBe('');
});
