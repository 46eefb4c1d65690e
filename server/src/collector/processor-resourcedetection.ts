/** Adds what this machine, its process, its container or its pod is to resources: the Collector's resource detection processor. */
import {errorMessage, type Log, utf8Bytes} from '../base/index.ts';
import {
  always,
  bool,
  type ConfigType,
  describeNode,
  duration,
  emptyMap,
  type Fields,
  ignored,
  list,
  listed,
  number,
  object,
  optional,
  suggestion,
  text,
  withDefault,
} from '../config/index.ts';
import type {AnyValue} from '../model/index.ts';
import {allSignals, edits, type Processor, type ProcessorFactory} from '../pipeline/index.ts';
import {AttributeEditor, type Constant, constant} from './attribute-editor.ts';
import {NotThereError} from './metadata-request.ts';
import {detectResource, type NamedDetector} from './resource-detection.ts';
import {type Detector, realSurroundings, type Surroundings} from './resource-detector.ts';
import {type DetectorName, detectorNames, detectors} from './resource-detectors.ts';

const detectorName: ConfigType<DetectorName> = {
  label: `one of: ${detectorNames.join(', ')}`,
  read(node, report) {
    const name = text.read(node, report).trim();
    if ((detectorNames as readonly string[]).includes(name)) return name as DetectorName;
    const close = suggestion(name, detectorNames);
    const known = close === '' ? `; the detectors are ${listed(detectorNames)}` : close;
    report.fault(node.at, `expected a detector, found ${describeNode(node)}${known}`);
    return 'env';
  },
};

const enabled = object({enabled: withDefault(bool, true, 'true', 'Whether the attribute is detected.')});

/** `resource_attributes` of a detector: which of its attributes it gives. */
const attributeSwitches = (attributes: Detector['attributes']) =>
  optional(
    object(
      Object.fromEntries(
        Object.entries(attributes).map(([name, isOn]) => [
          name,
          optional(enabled, `\`${name}\`; ${isOn ? 'on' : 'off'} unless \`enabled\` says otherwise.`),
        ]),
      ),
    ),
    'Which attributes are detected.',
  );

const sectionOf = (name: DetectorName): string => (detectors[name] as Detector).section ?? name;

/** The sections of the detectors' settings. */
const sections: Fields = Object.fromEntries(
  detectorNames.map((name) => {
    const {about, attributes, fields} = detectors[name] as Detector;
    const switches = Object.keys(attributes).length === 0 ? {} : {resource_attributes: attributeSwitches(attributes)};
    const type = object({...fields, ...switches});
    return [sectionOf(name), always(type, `Settings of \`${name}\`: ${about}.`)];
  }),
);

const http = ignored('detectors ask as their services want to be asked');
const httpFields: Fields = Object.fromEntries(
  (
    'endpoint proxy_url tls read_buffer_size write_buffer_size headers auth compression compression_params max_idle_conns ' +
    'max_idle_conns_per_host max_conns_per_host idle_conn_timeout disable_keep_alives http2_read_idle_timeout http2_ping_timeout cookies ' +
    'force_attempt_http2 middlewares dialer_middleware keepalive'
  )
    .split(' ')
    .map((key) => [key, http]),
);

const retryType = object({
  enabled: withDefault(bool, true, 'true', 'Whether a detector that fails is tried again.'),
  initial_interval: withDefault(duration(), 1000, '1s', 'The wait before the second time.'),
  randomization_factor: withDefault(
    number((value) => value >= 0 && value <= 1, 'a number from 0 to 1'),
    0.5,
    '0.5',
    'How much waits vary.',
  ),
  multiplier: withDefault(
    number((value) => value >= 1, 'a number of at least 1'),
    2,
    '2',
    'How much longer each wait is.',
  ),
  max_interval: withDefault(duration(), 30_000, '30s', 'The longest wait.'),
  max_elapsed_time: withDefault(duration(), 0, '0s', 'How long all tries may take; 0: `timeout`.'),
});
const defaultRetry = retryType.read(emptyMap({source: '', line: 0, column: 0}), {
  fault() {},
  warn() {},
  listens() {},
  refers() {},
});

const ownFields = {
  detectors: withDefault(
    list(detectorName),
    ['env'],
    '[env]',
    'What is detected; the first that knows an attribute says it.',
  ),
  override: withDefault(bool, true, 'true', 'Whether attributes that a resource has already are replaced.'),
  timeout: withDefault(duration(), 5000, '5s', 'How long detectors may take.'),
  refresh_interval: withDefault(duration(), 0, '0s', 'How often to detect again; 0: only at the start.'),
  fail_on_missing_metadata: withDefault(
    bool,
    false,
    'false',
    'Whether a detector that does not find what it looks for (the metadata service of a cloud, the Docker daemon) is tried again, and Weft then does not start; else its attributes are left out.',
  ),
  retry: withDefault(retryType, defaultRetry, '', 'What happens where a detector fails.'),
  attributes: withDefault(list(text), [], '[]', 'Only these attributes are added; none: all that are detected.'),
};
const config = object({...ownFields, ...(sections as object), ...(httpFields as object)}, (values, node, report) => {
  if (values.retry.enabled && values.timeout === 0 && values.retry.max_elapsed_time === 0) {
    report.fault(node.at, '`timeout` and `retry.max_elapsed_time` cannot both be 0: a detector could hang for ever');
  }
  if (values.detectors.length === 0) report.fault(node.at, '`detectors` is empty: the processor would do nothing');
});
export type ResourceDetectionConfig = ReturnType<typeof config.read>;

type Attributes = readonly {readonly key: Uint8Array; readonly value: Constant}[];

/** What was detected by one configuration, for the processor's instances in all pipelines: each would ask the same again. */
class SharedDetection {
  attributes: Attributes = [];
  private readonly detect: (signal: AbortSignal) => Promise<ReadonlyMap<string, AnyValue>>;
  private readonly refreshMs: number;
  private readonly log: Log;
  private users = 0;
  private ended = new AbortController();
  private first: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(around: Surroundings, wanted: ResourceDetectionConfig, log: Log) {
    const {timeout, retry} = wanted;
    const detecting = {detectors: detectorsOf(wanted, log), around, timeout, retry, log};
    this.detect = (signal) => detectResource({...detecting, signal});
    this.refreshMs = wanted.refresh_interval;
    this.log = log;
  }

  /** Resolves when there is something to add. */
  start(): Promise<void> {
    this.users++;
    this.first ??= this.look().then(() => this.refreshMs > 0 && this.again()) as Promise<void>;
    return this.first;
  }

  stop(): void {
    if (--this.users > 0) return;
    this.ended.abort();
    clearTimeout(this.timer);
    // A later start looks again.
    this.ended = new AbortController();
    this.first = undefined;
  }

  private async look(): Promise<void> {
    const found = await this.detect(this.ended.signal);
    this.attributes = [...found].map(([key, value]) => ({key: utf8Bytes(key), value: constant(value)}));
    this.log.debug({attributes: this.attributes.length}, 'detected the resource');
  }

  private again(): void {
    const {signal} = this.ended;
    this.timer = setTimeout(() => {
      // What was found before stays where it cannot be found again.
      void this.look()
        .catch((error) => this.log.warn({}, errorMessage(error)))
        .finally(() => !signal.aborted && this.again());
    }, this.refreshMs).unref();
  }
}

/** `around` is where detectors look. */
export function createResourceDetection(around: Surroundings): ProcessorFactory<ResourceDetectionConfig> {
  const shared = new WeakMap<ResourceDetectionConfig, SharedDetection>();
  return {
    help: 'Adds what this machine, process, container, cluster or cloud is to resources.',
    signals: allSignals,
    config,
    create({log, meter, id}, wanted, next): Processor {
      const detection = shared.get(wanted) ?? new SharedDetection(around, wanted, log);
      shared.set(wanted, detection);
      let isStarted = false;
      meter
        .gauge('weft_processor_resourcedetection_attributes', 'Attributes that were detected.')
        .with({processor: id})
        .observe(() => detection.attributes.length);
      return {
        async check() {
          for (const name of wanted.detectors) await detectorOf(name).check?.(sectionFor(name, wanted), around);
        },
        start() {
          isStarted = true;
          return detection.start();
        },
        async stop() {
          if (isStarted) detection.stop();
          isStarted = false;
        },
        consumer: edits(next, (batch) => {
          const editor = new AttributeEditor(batch);
          const {columns, count} = batch.resources;
          for (let row = 0; row < count; row++) {
            for (const {key, value} of detection.attributes) {
              const before = columns.attributes.count(row);
              const at = editor.put(columns.attributes, row, key);
              const isNew = columns.attributes.count(row) > before;
              if (isNew || wanted.override) editor.setConstant(at, value);
            }
          }
          return batch;
        }),
      };
    },
  };
}

/** What a detector is told of itself: its section of the configuration. */
type Section = Readonly<Record<string, unknown>> & {
  readonly fail_on_missing_metadata?: boolean;
  readonly resource_attributes?: Readonly<Record<string, {readonly enabled: boolean} | undefined>> | undefined;
};

const detectorOf = (name: DetectorName): Detector<Section> => detectors[name] as unknown as Detector<Section>;
const sectionFor = (name: DetectorName, wanted: ResourceDetectionConfig): Section =>
  (wanted as unknown as Readonly<Record<string, Section>>)[sectionOf(name)] as Section;

function detectorsOf(wanted: ResourceDetectionConfig, log: Log): NamedDetector[] {
  const only = new Set(wanted.attributes);
  return wanted.detectors.map((name) => {
    const detector = detectorOf(name);
    const settings = sectionFor(name, wanted);
    const isEnabled = (attribute: string): boolean => {
      if (only.size > 0 && !only.has(attribute)) return false;
      // Tags and the like, which somebody asked for, have no switch.
      return settings.resource_attributes?.[attribute]?.enabled ?? detector.attributes[attribute] ?? true;
    };
    const mustBeThere = wanted.fail_on_missing_metadata || settings.fail_on_missing_metadata === true;
    return {
      name,
      isEnabled,
      async detect(around, signal) {
        try {
          return await detector.detect({around, signal, settings, isEnabled, mustBeThere, log});
        } catch (error) {
          if (mustBeThere || !(error instanceof NotThereError)) throw error;
          log.debug({detector: name}, `nothing is detected: ${errorMessage(error)}`);
          return {};
        }
      },
    };
  });
}

export const resourceDetectionProcessor = createResourceDetection(realSurroundings);
