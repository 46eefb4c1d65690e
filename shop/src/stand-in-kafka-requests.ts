/** The table of all requests that the Kafka stand-in answers, and how one is answered or refused. */
import {type Api, api, type Context} from './stand-in-kafka-api.ts';
import {clusterApis} from './stand-in-kafka-api-cluster.ts';
import {commitApis} from './stand-in-kafka-api-commits.ts';
import {describeApis} from './stand-in-kafka-api-describe.ts';
import {groupApis} from './stand-in-kafka-api-groups.ts';
import {offsetApis} from './stand-in-kafka-api-offsets.ts';
import {recordApis} from './stand-in-kafka-api-records.ts';
import {topicApis} from './stand-in-kafka-api-topics.ts';
import {kafkaError} from './stand-in-kafka-errors.ts';
import * as f from './stand-in-kafka-fields.ts';
import {KafkaProtocolError, KafkaReader, KafkaWriter} from './stand-in-kafka-wire.ts';

const softwareName = /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?$/;

/** `ApiVersions` in Apache Kafka 4.1: which requests are answered, in which versions. */
const apiVersions: Api = api({
  key: 18,
  versions: [0, 4],
  flexible: 3,
  request: {name: f.from(3, f.string, 'unnamed'), version: f.from(3, f.string, '0')},
  response: {
    error: f.int16,
    apis: f.array(f.struct({key: f.int16, minimum: f.int16, maximum: f.int16})),
    throttle: f.from(1, f.int32, 0),
  },
  answer({name, version}) {
    if (!softwareName.test(name) || !softwareName.test(version)) return {error: kafkaError.invalidRequest, apis: []};
    // librdkafka takes a broker whose Produce does not begin at 0 for one without compression; Kafka says 0 as well.
    return {
      error: kafkaError.none,
      apis: apis.map(({key, minimum, maximum}) => ({key, minimum: key === 0 ? 0 : minimum, maximum})),
    };
  },
});

export const apis: readonly Api[] = [
  ...recordApis,
  ...offsetApis,
  ...clusterApis,
  ...topicApis,
  ...groupApis,
  ...commitApis,
  ...describeApis,
  apiVersions,
].sort((one, other) => one.key - other.key);
const byKey = new Map(apis.map((one) => [one.key, one]));

/**
 * Answers one request frame (without its length) with the parts of the answer's; undefined where the protocol wants none.
 * Throws a KafkaProtocolError on what it cannot read, and on versions that it does not have, as Kafka ends the connection
 * then. Only `ApiVersions`, by which clients find a version, is answered in any: by UNSUPPORTED_VERSION in version 0.
 */
export async function answer(
  frame: Buffer,
  client: Omit<Context, 'version' | 'clientId'>,
): Promise<readonly Buffer[] | undefined> {
  const reader = new KafkaReader(frame);
  const key = reader.int16();
  const version = reader.int16();
  const correlation = reader.int32();
  const its = byKey.get(key);
  if (its === undefined) throw new KafkaProtocolError(`request ${key} is not served`);
  const isKnown = version >= its.minimum && version <= its.maximum;
  if (!isKnown && its !== apiVersions)
    throw new KafkaProtocolError(`request ${key} is not served in version ${version}`);
  const body = isKnown ? await answerKnown(its, reader, version, client) : unsupportedVersion();
  if (body === undefined) return undefined;
  const head = new KafkaWriter();
  const parts = body.finish();
  // The answer to `ApiVersions` has the old header in every version, since its reader may not know the new one.
  const isFlexible = body.flexible && its !== apiVersions;
  head.int32(body.size + (isFlexible ? 5 : 4)).int32(correlation);
  if (isFlexible) head.varint(0);
  return [...head.finish(), ...parts];
}

async function answerKnown(
  its: Api,
  reader: KafkaReader,
  version: number,
  client: Omit<Context, 'version' | 'clientId'>,
): Promise<KafkaWriter | undefined> {
  const clientId = reader.classicString() ?? '';
  reader.flexible = version >= its.flexible;
  reader.tags();
  return its.answer({...client, version, clientId}, reader);
}

function unsupportedVersion(): KafkaWriter {
  return new KafkaWriter()
    .int16(kafkaError.unsupportedVersion)
    .count(1)
    .int16(apiVersions.key)
    .int16(apiVersions.minimum)
    .int16(apiVersions.maximum);
}
