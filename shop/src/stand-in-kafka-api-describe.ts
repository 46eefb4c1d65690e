/** Consumer groups seen from outside. Layouts: `DescribeGroups`, `ListGroups`, `DeleteGroups` in Apache Kafka 4.1. */
import {type Api, api, operationsNotAsked} from './stand-in-kafka-api.ts';
import {kafkaError} from './stand-in-kafka-errors.ts';
import * as f from './stand-in-kafka-fields.ts';

const describeGroups = api({
  key: 15,
  versions: [0, 6],
  flexible: 5,
  request: {groups: f.array(f.string), includeOperations: f.from(3, f.boolean, false)},
  response: {
    throttle: f.from(1, f.int32, 0),
    groups: f.array(
      f.struct({
        error: f.int16,
        message: f.from(6, f.nullableString, undefined),
        group: f.string,
        state: f.string,
        protocolType: f.string,
        protocol: f.string,
        members: f.array(
          f.struct({
            id: f.string,
            instance: f.from(4, f.nullableString, undefined),
            clientId: f.string,
            clientHost: f.string,
            metadata: f.bytes,
            assignment: f.bytes,
          }),
        ),
        operations: f.from(3, f.int32, operationsNotAsked),
      }),
    ),
  },
  answer: ({groups}, {broker, version}) => ({
    groups: groups.map((name) => {
      const group = broker.groups.get(name);
      if (group === undefined) {
        const error = version >= 6 ? kafkaError.groupIdNotFound : kafkaError.none;
        const message = `Group ${name} not found.`;
        return {error, message, group: name, state: 'Dead', protocolType: '', protocol: '', members: []};
      }
      const {state, protocolType} = group;
      const protocol = state === 'Stable' ? group.protocol : '';
      return {error: kafkaError.none, group: name, state, protocolType, protocol, members: group.members()};
    }),
  }),
});

const listGroups = api({
  key: 16,
  versions: [0, 5],
  flexible: 3,
  request: {states: f.from(4, f.array(f.string), []), types: f.from(5, f.array(f.string), [])},
  response: {
    throttle: f.from(1, f.int32, 0),
    error: f.int16,
    groups: f.array(
      f.struct({
        group: f.string,
        protocolType: f.string,
        state: f.from(4, f.string, ''),
        type: f.from(5, f.string, ''),
      }),
    ),
  },
  answer({states, types}, {broker}) {
    const wants = (list: readonly string[], value: string): boolean =>
      list.length === 0 || list.some((one) => one.toLowerCase() === value.toLowerCase());
    const groups = [...broker.groups.all()]
      .map(([group, {protocolType, state}]) => ({group, protocolType, state, type: 'classic'}))
      .filter(({state, type}) => wants(states, state) && wants(types, type));
    return {error: kafkaError.none, groups};
  },
});

const deleteGroups = api({
  key: 42,
  versions: [0, 2],
  flexible: 2,
  request: {groups: f.array(f.string)},
  response: {throttle: f.int32, results: f.array(f.struct({group: f.string, error: f.int16}))},
  answer: ({groups}, {broker}) => ({
    throttle: 0,
    results: groups.map((group) => ({group, error: broker.groups.delete(group)})),
  }),
});

export const describeApis: readonly Api[] = [describeGroups, listGroups, deleteGroups];
