/** Attributes, resources and scopes of every sort. */
import type {AnyValue, KeyValue} from '../../server/src/model/index.ts';
import {arbitraryValue} from '../../server/src/model/testing.ts';
import type {Random} from './random.ts';
import type {Resource, Scope} from './span.ts';

const string = (value: string): AnyValue => ({type: 'string', value});

/** Controls, quotes, what separates a key from its value, other scripts, and bytes that are not UTF-8. */
export const oddTexts = [
  '',
  'a=b',
  '=',
  'it\'s \\ "quoted"',
  '\\',
  'nul\0nul',
  Array.from({length: 32}, (_, code) => String.fromCharCode(code)).join(''),
  '\u0001',
  '\u001f\u001e',
  'line\nline\ttab\r',
  'caf\udce9',
  '\udcff\udcfe raw \udc80',
  '訂單 🦀',
  '{p0:String}',
  '%25%',
  ' blank ',
  '@00000000000000000001',
  "') OR 1 --",
] as const;

/** Keys that stand on several levels, with few values. */
const sharedKeys = ['shared', 'region', 'event', 'http.route'] as const;
const sharedValues = ['a', 'ab', 'A', 'b', '', 'eu-1', 'eu-10', 'GET /', '5'] as const;
const numberTexts = [
  '10',
  '-5',
  '0.5',
  '1e3',
  '9007199254740993',
  '9007199254740992',
  'abc',
  '',
  '007',
  '+3',
  '-0',
] as const;
const ints = [0n, 1n, -1n, 200n, 404n, 500n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)] as const;
const doubles = [0, -0, 0.5, 200, 500, 1e21, -1e300, 5e-324, Number.NaN, Infinity, -Infinity] as const;

export interface AttributeOptions {
  /** Of spans: how often a value of 100 KiB comes. */
  readonly longShare: number;
}

/** What an owner of attributes may have. */
export function attributesOf(random: Random, {longShare}: AttributeOptions): KeyValue[] {
  const kinds: (() => KeyValue)[] = [
    () => ({key: random.pick(sharedKeys), value: string(random.pick(sharedValues))}),
    () => ({key: random.pick(sharedKeys), value: string(random.pick(sharedValues))}),
    () => ({key: 'constant', value: string('same')}),
    () => ({key: 'varying', value: string(random.hex(8))}),
    () => ({
      key: random.pick(['http.response.status_code', 'http.status_code', 'rpc.grpc.status_code']),
      value: random.pick<AnyValue>([
        {type: 'int', value: random.pick([200n, 404n, 500n, 503n])},
        string(random.pick(['200', '500', 'UNAVAILABLE', ''])),
        {type: 'double', value: 500},
      ]),
    }),
    () => ({
      key: 'n',
      value: random.chance(0.5) ? string(random.pick(numberTexts)) : {type: 'int', value: random.pick(ints)},
    }),
    () => ({key: 'n', value: {type: 'double', value: random.pick(doubles)}}),
    () => ({key: 'any', value: arbitraryValue(random)}),
    () => ({key: 'nested', value: nested(random)}),
    () => ({key: random.pick(['error', 'flag']), value: {type: 'bool', value: random.chance(0.5)}}),
    () => ({key: random.pick(oddTexts), value: string(random.pick(oddTexts))}),
    () => ({key: random.pick(oddTexts), value: string(random.pick(sharedValues))}),
    () => ({key: 'odd', value: string(random.pick(oddTexts))}),
    () => ({key: `wide.${random.below(3000)}`, value: string(random.pick(sharedValues))}),
  ];
  const list = random.list(random.below(7), () => random.pick(kinds)());
  // OTLP forbids that a key comes twice, and some send it.
  const kept = random.chance(0.1) ? list : distinctKeys(list);
  if (random.chance(longShare)) kept.push({key: 'long', value: string(`${random.hex(4)}${'x'.repeat(100 * 1024)}`)});
  return kept;
}

export const distinctKeys = (list: readonly KeyValue[]): KeyValue[] => [
  ...new Map(list.map((one) => [one.key, one])).values(),
];

/** Lists and maps that differ in little: in the order of their keys, in the types of their numbers. */
const nested = (random: Random): AnyValue =>
  random.pick<AnyValue>([
    {type: 'array', value: [{type: 'int', value: 1n}, string('a')]},
    {type: 'array', value: [{type: 'double', value: 1}, string('a')]},
    {
      type: 'map',
      value: [
        {key: 'a', value: {type: 'int', value: 1n}},
        {key: 'b', value: {type: 'empty'}},
      ],
    },
    {
      type: 'map',
      value: [
        {key: 'b', value: {type: 'empty'}},
        {key: 'a', value: {type: 'int', value: 1n}},
      ],
    },
    {
      type: 'map',
      value: [{key: 'k', value: {type: 'array', value: [{type: 'bytes', value: Uint8Array.of(1, 2, 255)}]}}],
    },
    {type: 'array', value: []},
    {type: 'map', value: []},
    {type: 'bytes', value: Uint8Array.of(0, 255, 10)},
    {type: 'empty'},
  ]);

export function resourceOf(random: Random, service: string | undefined, large: boolean): Resource {
  const versions: AnyValue[] = [string('1.0'), string('1.1'), {type: 'int', value: 1n}, string('')];
  const environments = ['prod', 'staging', 'Prod', ''];
  const attributes: KeyValue[] = [
    ...(service === undefined ? [] : [{key: 'service.name', value: string(service)}]),
    ...(random.chance(0.7) ? [{key: 'service.version', value: random.pick(versions)}] : []),
    ...(random.chance(0.5) ? [{key: 'deployment.environment.name', value: string(random.pick(environments))}] : []),
    ...(random.chance(0.4) ? [{key: 'deployment.environment', value: string(random.pick(environments))}] : []),
    ...(random.chance(0.5)
      ? [{key: random.pick(['host.id', 'host.name', 'host.ip']), value: string(`host-${random.below(3)}`)}]
      : []),
    ...(random.chance(0.2)
      ? [{key: 'host.ip', value: {type: 'array', value: [string('10.0.0.1'), string('::1')]} as const}]
      : []),
    ...attributesOf(random, {longShare: large ? 0.5 : 0}),
    ...(large ? random.list(300, (i) => ({key: `resource.${i}`, value: string(`value ${i} ${random.below(9)}`)})) : []),
  ];
  return {
    attributes: random.chance(0.15) ? attributes : distinctKeys(attributes),
    droppedAttributes: random.below(3),
    schemaUrl: random.pick(['', 'https://opentelemetry.io/schemas/1.30.0']),
  };
}

export const scopeOf = (random: Random): Scope => ({
  name: random.pick(['', 'lib', 'lib.http', random.pick(oddTexts)]),
  version: random.pick(['', '1.0', '2.0']),
  attributes: random.chance(0.5) ? attributesOf(random, {longShare: 0}) : [],
  droppedAttributes: random.below(2),
  schemaUrl: random.pick(['', 'https://example.test/schema']),
});
