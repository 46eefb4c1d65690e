import {expect, it, test} from 'vitest';
import {utf8Bytes} from '../base/index.ts';
import {otlp} from '../wire/index.ts';
import {metricHash, resourceIdentity, streamIdentity, xxh64} from './loadbalancing-identity.ts';

/** Of the reference implementation. */
test.each([
  ['', 0xef46db3751d8e999n],
  ['a', 0xd24ec4f1a98c6e5bn],
  ['abc', 0x44bc2cf5ad770999n],
  ['xxhash', 0x32dd38952c4bc720n],
  ['Call me Ishmael. Some years ago--never mind how long precisely-', 0x02a2e85470d6fd96n],
])('identity: XXH64 of %j', (text, hash) => {
  expect(xxh64(utf8Bytes(text))).toBe(hash);
});

const text = (key: string, value: string) => ({key, value: {stringValue: value}});
const metrics = (resource: string) =>
  otlp.metrics.decodeJson(
    utf8Bytes(
      JSON.stringify({
        resourceMetrics: [
          {
            resource: {attributes: [text('resource_key', resource)]},
            scopeMetrics: [
              {
                scope: {name: 'MyTestInstrument', version: '1.2.3', attributes: [text('scope_key', 'foo')]},
                metrics: ['cumulative.monotonic.sum'].map((name) => ({
                  name,
                  sum: {
                    aggregationTemporality: 2,
                    isMonotonic: true,
                    dataPoints: [
                      {timeUnixNano: '50', asDouble: 1, attributes: [text('aaa', 'bbb')]},
                      {timeUnixNano: '80', asDouble: 2, attributes: [text('bbb', 'ccc')]},
                    ],
                  },
                })),
              },
            ],
          },
        ],
      }),
    ),
  ).batch;

/** The Collector's own cases (testdata/metrics/split_metrics). */
it('identity: resources have the identity that the Collector gives them', () => {
  expect(resourceIdentity(metrics('foo'), 0)).toBe('resource/99d9e3f8e25dd8f6');
  expect(resourceIdentity(metrics('bar'), 0)).toBe('resource/561be85f9d0f9beb');
});

it('identity: streams have the identity that the Collector gives them', () => {
  const batch = metrics('foo');
  const streams = Array.from({length: 2}, (_, point) => streamIdentity(batch, point, metricHash(batch, 0)));
  expect(streams).toEqual(['stream/c7006b564eec22c9', 'stream/e2d32621d2dcda0f']);
});
