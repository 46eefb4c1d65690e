/** Sums the numbers in an attribute of spans, events, points and log records (the Collector's sum connector). */
import {utf8Bytes} from '../base/index.ts';
import {ignored, mapOf, object, required, withDefault} from '../config/index.ts';
import {type AnyValue, goText} from '../model/index.ts';
import {type ConnectorFactory, reads} from '../pipeline/index.ts';
import {attributeKey, createTally, noProfiles, type Section, type TallyConfig, tallyFields} from './connector-tally.ts';

interface SumConfig extends TallyConfig {
  readonly source_attribute: string;
}

const section = (name: Section) =>
  withDefault(
    mapOf<SumConfig>(
      object({
        ...tallyFields(name),
        source_attribute: required(attributeKey, 'the attribute whose numbers are summed'),
      }),
    ),
    new Map(),
    '{}',
    `Metrics over ${name}, by their names.`,
  );

const config = object({
  spans: section('spans'),
  spanevents: section('spanevents'),
  metrics: ignored('metrics have no attributes to sum; use `datapoints`'),
  datapoints: section('datapoints'),
  logs: section('logs'),
  profiles: noProfiles,
});

export const sumConnector: ConnectorFactory<ReturnType<typeof config.read>> = {
  help: 'Sums the numbers in an attribute of spans, their events, points or log records that fit conditions.',
  conversions: {traces: ['metrics'], metrics: ['metrics'], logs: ['metrics']},
  config,
  create(settings, given, {metrics: next}) {
    if (next === undefined) return {consumer: reads(async () => {})};
    const keys = new Map<string, Uint8Array>();
    const bytesOf = (key: string): Uint8Array => {
      let known = keys.get(key);
      // As many as the configuration names.
      if (known === undefined) keys.set(key, (known = utf8Bytes(key)));
      return known;
    };
    return createTally<SumConfig>(
      settings,
      {
        scope: '',
        config: {...given, metrics: new Map()},
        amount: ({source_attribute: source}, read) => numberIn(read(bytesOf(source))),
        number: (value) => value,
        label: (value) => ({type: 'string', value: goText(value)}),
        usesTimes: false,
      },
      (batch, context) => next.consume(batch, context),
    );
  },
};

/** What is no number adds nothing. */
function numberIn(value: AnyValue | undefined): number {
  switch (value?.type) {
    case 'int':
      return Number(value.value);
    case 'double':
      return value.value;
    case 'string': {
      const number = value.value.trim() === '' ? 0 : Number(value.value);
      return Number.isFinite(number) ? number : 0;
    }
    default:
      return 0;
  }
}
