/** One request of Kafka's protocol: its versions, the layouts of question and answer, and what the stand-in answers. */

import {type Field, type Fields, type Read, struct, type Written} from './stand-in-kafka-fields.ts';
import type {Groups} from './stand-in-kafka-groups.ts';
import type {Topic, TopicReference, Topics} from './stand-in-kafka-topics.ts';
import {type KafkaReader, KafkaWriter} from './stand-in-kafka-wire.ts';

export interface Broker {
  readonly host: string;
  readonly port: number;
  readonly topics: Topics;
  readonly groups: Groups;
  /** A number that no producer had before. */
  nextProducerId(): bigint;
}
export interface Context {
  readonly broker: Broker;
  readonly version: number;
  readonly clientId: string;
  readonly clientHost: string;
  /** Aborted when the client's connection ends. */
  readonly gone: AbortSignal;
}
export interface Api {
  readonly key: number;
  readonly minimum: number;
  readonly maximum: number;
  /** The first version with compact lengths and tagged fields. */
  readonly flexible: number;
  /** Reads the question and writes the answer's body; undefined where the protocol wants no answer. */
  answer(context: Context, body: KafkaReader): Promise<KafkaWriter | undefined>;
}

/** The reference broker's id; any number serves. */
export const nodeId = 1;
export const clusterId = 'weft-shop-stand-in';
/** A leader's epoch rises when leadership moves, which it cannot here. */
export const leaderEpoch = 0;
/** The answer of Kafka where a client did not ask for the operations that it may carry out. */
export const operationsNotAsked = -2_147_483_648;

export function api<Q extends Fields, A extends Fields>(its: {
  readonly key: number;
  readonly versions: readonly [number, number];
  readonly flexible: number;
  readonly request: Q;
  readonly response: A;
  readonly answer: (request: Read<Q>, context: Context) => Written<A> | undefined | Promise<Written<A> | undefined>;
}): Api {
  const [minimum, maximum] = its.versions;
  const question = struct(its.request);
  const reply: Field<Read<A>, Written<A>> = struct(its.response);
  return {
    key: its.key,
    minimum,
    maximum,
    flexible: its.flexible,
    async answer(context, body) {
      const answer = await its.answer(question.read(body, context.version), context);
      if (answer === undefined) return undefined;
      const writer = new KafkaWriter();
      writer.flexible = context.version >= its.flexible;
      reply.write(writer, answer, context.version);
      return writer;
    },
  };
}

/** The topic that a request means by its id where the version has ids, else by its name. */
export function topicOf({topics}: Broker, {name, id}: TopicReference, hasIds: boolean): Topic | undefined {
  return hasIds ? topics.byId(id) : topics.get(name);
}
