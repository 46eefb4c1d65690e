/** Counts spans, events of spans, metrics, points and log records (the Collector's count connector). */
import {mapOf, object, withDefault} from '../config/index.ts';
import {type ConnectorFactory, reads} from '../pipeline/index.ts';
import {createTally, noProfiles, type Section, type TallyConfig, tallyFields} from './connector-tally.ts';

const defaults: Readonly<Record<Section, {readonly name: string; readonly noun: string}>> = {
  spans: {name: 'trace.span.count', noun: 'spans'},
  spanevents: {name: 'trace.span.event.count', noun: 'span events'},
  metrics: {name: 'metric.count', noun: 'metrics'},
  datapoints: {name: 'metric.datapoint.count', noun: 'data points'},
  logs: {name: 'log.record.count', noun: 'log records'},
};

const section = (name: Section) => {
  const {name: metric, noun} = defaults[name];
  const all: TallyConfig = {description: `The number of ${noun} observed.`, conditions: [], attributes: []};
  return withDefault(
    mapOf<TallyConfig>(object(tallyFields(name))),
    new Map([[metric, all]]),
    `{${metric}: }`,
    `Metrics that count ${noun}, by their names.`,
  );
};

const config = object({
  spans: section('spans'),
  spanevents: section('spanevents'),
  metrics: section('metrics'),
  datapoints: section('datapoints'),
  logs: section('logs'),
  profiles: noProfiles,
});

export const countConnector: ConnectorFactory<ReturnType<typeof config.read>> = {
  help: 'Counts spans, their events, metrics, points and log records that fit conditions, by their attributes.',
  conversions: {traces: ['metrics'], metrics: ['metrics'], logs: ['metrics']},
  config,
  create(settings, given, {metrics: next}) {
    if (next === undefined) return {consumer: reads(async () => {})};
    return createTally(
      settings,
      {
        scope: 'github.com/open-telemetry/opentelemetry-collector-contrib/connector/countconnector',
        config: given,
        amount: () => 1,
        number: BigInt,
        label: (value) => value,
        usesTimes: true,
      },
      (batch, context) => next.consume(batch, context),
    );
  },
};
