import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest';
import {commandText} from './document-shape.ts';
import type {CapturedSpan} from './testing/captured.ts';
import {assertChildOf} from './testing/index.ts';
import {exportEverything, sentinel} from './testing-exported.ts';
import {isMissing, sayMissing, startMongo} from './testing-servers.ts';
import {traced} from './traced.ts';

const exported = await exportEverything();
const server = await startMongo();
const skip = sayMissing(server);
afterAll(async () => {
  if (!isMissing(server)) await server.stop();
  await exported.stop();
});

test.each<[object, string]>([
  [{find: 'users', filter: {mail: 'a@b.c', age: {$gt: 7}}}, '{"find":"?","filter":{"mail":"?","age":{"$gt":"?"}}}'],
  [
    {insert: 'u', documents: [{a: 1}, {a: 2}, {b: {c: null}}]},
    '{"insert":"?","documents":[{"a":"?"},{"b":{"c":"?"}}]}',
  ],
  [{filter: {'a@b.c': 1, _id: {_bsontype: 'ObjectId'}, at: new Date(0)}}, '{"filter":{"?":"?","_id":"?","at":"?"}}'],
  [{find: 'u', lsid: {id: 1}, $db: 'shop', sort: new Map([['at', -1]])}, '{"find":"?","sort":{"at":"?"}}'],
])('commandText: %j keeps operators and field names, no value', (command, text) =>
  expect(commandText(command)).toBe(text),
);

describe('mongodb against FerretDB', () => {
  let client: import('mongodb').MongoClient;
  let fresh: CapturedSpan[] = [];
  const commands = async (): Promise<CapturedSpan[]> => {
    fresh = await exported.spans();
    return fresh.filter(({attributes}) => attributes['db.system.name'] === 'mongodb');
  };
  beforeAll(async () => {
    if (isMissing(server)) return;
    const {MongoClient} = await import('mongodb');
    client = new MongoClient(`mongodb://${server.host}:${server.port}/?directConnection=true`);
    await client.connect();
    await client.db('shop').collection('customers').createIndex({mail: 1}, {unique: true});
    await client.db('shop').collection('customers').insertOne({mail: sentinel, age: 40});
  });
  beforeEach(() => exported.spans());
  afterAll(() => client?.close());

  test.skipIf(skip)('mongodb: a command is a child with its shape, without its values', async () => {
    const customers = client.db('shop').collection('customers');
    await traced('request', async () => {
      expect(await customers.findOne({mail: sentinel})).toMatchObject({age: 40});
      await customers.insertMany([{mail: `${sentinel}1`}, {mail: `${sentinel}2`}]);
      await customers.updateOne({mail: sentinel}, {$set: {age: 41, note: sentinel}});
      await customers.aggregate([{$match: {mail: sentinel}}, {$group: {_id: '$age', n: {$sum: 1}}}]).toArray();
      await customers.deleteMany({mail: {$in: [`${sentinel}1`, `${sentinel}2`]}});
    });
    const spans = await commands();
    expect(spans.map(({name}) => name)).toEqual([
      'find customers',
      'insert customers',
      'update customers',
      'aggregate $cmd', // As the driver addresses it.
      'delete customers',
    ]);
    expect(spans[0]!.attributes).toMatchObject({'db.namespace': 'shop', 'db.collection.name': 'customers'});
    expect(spans[0]!.attributes['db.query.text']).toContain('"filter":{"mail":"?"}');
    for (const span of spans) assertChildOf(span, fresh.find(({name}) => name === 'request')!);
    await exported.expectNoSentinel();
  });

  test.skipIf(skip)('mongodb: no failure tells a value', async () => {
    const customers = client.db('shop').collection('customers');
    const ways: (() => Promise<unknown>)[] = [
      () => customers.insertOne({mail: sentinel}),
      () => customers.insertMany([{mail: sentinel}]),
      () => customers.find({$where: sentinel}).toArray(),
      () => customers.find({mail: {$noSuchOperator: sentinel}}).toArray(),
      () => customers.aggregate([{$match: {mail: {$regex: `(${sentinel}`}}}]).toArray(),
      () => customers.updateOne({mail: sentinel}, {$inc: {mail: 1}}),
      () => client.db('shop').command({noSuchCommand: sentinel}),
    ];
    for (const ask of ways) await expect(traced('request', ask)).rejects.toThrow();
    await commands();
    const parents = fresh.filter(({name}) => name === 'request');
    expect(parents).toHaveLength(ways.length);
    for (const {statusMessage} of parents) expect(statusMessage).toMatch(/^Mongo\w+Error( \d+)?( \w+)?$/);
    await exported.expectNoSentinel();
  });
});
