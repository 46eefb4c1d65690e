/** Adds what this machine, its process, its container or its pod is to resources: the Collector's resource detection processor. */
import {errorMessage, type Log, utf8Bytes} from '../base/index.ts';
import {
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
  oneOf,
  optional,
  text,
  withDefault,
} from '../config/index.ts';

import {allSignals, edits, type Processor, type ProcessorFactory} from '../pipeline/index.ts';
import {AttributeEditor, type Constant, constant} from './attribute-editor.ts';
import {detectDocker} from './resource-detect-docker.ts';
import {detectEnv, detectKubernetes} from './resource-detect-env.ts';
import {detectProcess, detectSystem, hostnameSources} from './resource-detect-system.ts';
import {detectResource, type NamedDetector} from './resource-detection.ts';
import {type Detect, realSurroundings, type Surroundings} from './resource-detector.ts';

/** The attributes of each detector, and whether they are there where nobody says so. */
const attributesOf = {
  system: {
    'host.name': true,
    'os.type': true,
    'host.id': false,
    'host.arch': false,
    'host.ip': false,
    'host.mac': false,
    'host.interface': false,
    'os.name': false,
    'os.version': false,
    'os.build.id': false,
    'os.description': false,
    'host.cpu.vendor.id': false,
    'host.cpu.family': false,
    'host.cpu.model.id': false,
    'host.cpu.model.name': false,
    'host.cpu.stepping': false,
    'host.cpu.cache.l2.size': false,
  },
  docker: {
    'host.name': true,
    'os.type': true,
    'container.name': false,
    'container.image.id': false,
    'container.image.name': false,
    'container.image.tags': false,
  },
  process: {
    'process.pid': true,
    'process.executable.name': true,
    'process.executable.path': true,
    'process.command': true,
    'process.command_args': false,
    'process.owner': true,
    'process.runtime.name': true,
    'process.runtime.version': true,
    'process.runtime.description': true,
  },
  kubernetes: {
    'k8s.node.name': true,
    'k8s.pod.name': true,
    'k8s.pod.uid': true,
    'k8s.pod.ip': false,
    'k8s.namespace.name': true,
    'k8s.container.name': true,
    'k8s.deployment.name': true,
    'k8s.cluster.name': true,
    'container.id': true,
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, boolean>>>>;

/** Detectors of the Collector that ask a cloud or a server. */
const elsewhere = (
  'gcp ec2 ecs elastic_beanstalk elasticbeanstalk eks lambda azure aks azurecontainerapps heroku openshift dynatrace consul k8s_api ' +
  'k8snode kubeadm hetzner akamai scaleway vultr oraclecloud digitalocean nova upcloud alibaba_ecs tencent_cvm ibmcloud_vpc ibmcloud_classic'
).split(' ');
const here = ['env', 'system', 'docker', 'process', 'kubernetes'] as const;
type DetectorName = (typeof here)[number];

const detectorName: ConfigType<DetectorName> = {
  label: `one of: ${here.join(', ')}`,
  read(node, report) {
    const name = text.read(node, report).trim();
    if ((here as readonly string[]).includes(name)) return name as DetectorName;
    const why = elsewhere.includes(name)
      ? `the detector \`${name}\` is not built here${/^k8s|^kube/.test(name) ? '; `kubernetes` reads the downward API' : ''}`
      : `expected a detector, found ${describeNode(node)}`;
    report.fault(node.at, `${why}; the detectors are ${listed(here)}`);
    return 'env';
  },
};

const enabled = object({enabled: withDefault(bool, true, 'true', 'Whether the attribute is detected.')});

/** `resource_attributes` of a detector: which of its attributes it gives. */
function attributeSwitches<A extends Readonly<Record<string, boolean>>>(attributes: A) {
  return optional(
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
}

const http = ignored('no detector here asks a server over the network');
const httpFields: Fields = Object.fromEntries(
  (
    'endpoint proxy_url tls read_buffer_size write_buffer_size headers auth compression compression_params max_idle_conns ' +
    'max_idle_conns_per_host max_conns_per_host idle_conn_timeout disable_keep_alives http2_read_idle_timeout http2_ping_timeout cookies ' +
    'force_attempt_http2 middlewares'
  )
    .split(' ')
    .map((key) => [key, http]),
);
const unasked = ignored('its detector is not built here');
const elsewhereFields: Fields = Object.fromEntries(elsewhere.map((name) => [name, unasked]));

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
    'Whether Weft does not start where the Docker daemon cannot be asked.',
  ),
  retry: withDefault(retryType, defaultRetry, '', 'What happens where a detector fails.'),
  attributes: withDefault(list(text), [], '[]', 'Only these attributes are added; none: all that are detected.'),
  env: optional(
    object({allow_list: optional(list(text), 'The keys of the variable that are taken; without it, all.')}),
    'Settings of `env`.',
  ),
  system: optional(
    object({
      hostname_sources: withDefault(
        list(oneOf(...hostnameSources)),
        [],
        '[dns, os]',
        'Where `host.name` is from: the first that gives one.',
      ),
      resource_attributes: attributeSwitches(attributesOf.system),
    }),
    'Settings of `system`.',
  ),
  docker: optional(object({resource_attributes: attributeSwitches(attributesOf.docker)}), 'Settings of `docker`.'),
  process: optional(object({resource_attributes: attributeSwitches(attributesOf.process)}), 'Settings of `process`.'),
  kubernetes: optional(
    object({resource_attributes: attributeSwitches(attributesOf.kubernetes)}),
    'Settings of `kubernetes`.',
  ),
};
const config = object({...ownFields, ...(elsewhereFields as {}), ...(httpFields as {})}, (values, node, report) => {
  if (values.retry.enabled && values.timeout === 0 && values.retry.max_elapsed_time === 0) {
    report.fault(node.at, '`timeout` and `retry.max_elapsed_time` cannot both be 0: a detector could hang for ever');
  }
  if (values.detectors.length === 0) report.fault(node.at, '`detectors` is empty: the processor would do nothing');
});
export type ResourceDetectionConfig = ReturnType<typeof config.read>;

/** `around` is where detectors look. */
export const createResourceDetection = (around: Surroundings): ProcessorFactory<ResourceDetectionConfig> => ({
  help: 'Adds what this machine, process, container or pod is to resources.',
  signals: allSignals,
  config,
  create({log, meter, id}, wanted, next): Processor {
    const ended = new AbortController();
    let attributes: readonly {readonly key: Uint8Array; readonly value: Constant}[] = [];
    let timer: NodeJS.Timeout | undefined;
    const detect = async (): Promise<void> => {
      const found = await detectResource({
        detectors: detectorsOf(wanted, log),
        around,
        timeout: wanted.timeout,
        retry: wanted.retry,
        log,
        signal: ended.signal,
      });
      attributes = [...found].map(([key, value]) => ({key: utf8Bytes(key), value: constant(value)}));
      log.debug({attributes: attributes.length}, 'detected the resource');
    };
    meter
      .gauge('weft_processor_resourcedetection_attributes', 'Attributes that were detected.')
      .with({processor: id})
      .observe(() => attributes.length);
    const again = (): void => {
      timer = setTimeout(() => {
        // What was found before stays where it cannot be found again.
        void detect()
          .catch((error) => log.warn({}, errorMessage(error)))
          .finally(() => !ended.signal.aborted && again());
      }, wanted.refresh_interval).unref();
    };
    return {
      async start() {
        await detect();
        if (wanted.refresh_interval > 0) again();
      },
      async stop() {
        ended.abort();
        clearTimeout(timer);
      },
      consumer: edits(next, (batch) => {
        const editor = new AttributeEditor(batch);
        const {columns, count} = batch.resources;
        for (let row = 0; row < count; row++) {
          for (const {key, value} of attributes) {
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
});

function detectorsOf(wanted: ResourceDetectionConfig, log: Log): NamedDetector[] {
  const only = new Set(wanted.attributes);
  return wanted.detectors.map((name) => {
    const isEnabled = (attribute: string): boolean => {
      if (only.size > 0 && !only.has(attribute)) return false;
      if (name === 'env') return wanted.env?.allow_list?.includes(attribute) ?? true;
      const given = wanted[name]?.resource_attributes as
        | Readonly<Record<string, {readonly enabled: boolean} | undefined>>
        | undefined;
      const usual = (attributesOf[name] as Readonly<Record<string, boolean>>)[attribute];
      return given?.[attribute]?.enabled ?? usual ?? false;
    };
    return {name, isEnabled, detect: detectOf(name, wanted, isEnabled, log)};
  });
}

function detectOf(
  name: DetectorName,
  wanted: ResourceDetectionConfig,
  isEnabled: (attribute: string) => boolean,
  log: Log,
): Detect {
  switch (name) {
    case 'env':
      return async (around) => detectEnv(around);
    case 'process':
      return async (around) => detectProcess(around);
    case 'kubernetes':
      return detectKubernetes;
    case 'system': {
      const sources = wanted.system?.hostname_sources ?? [];
      return (around) => detectSystem(around, sources.length > 0 ? sources : ['dns', 'os'], isEnabled);
    }
    case 'docker':
      return async (around, signal) => {
        try {
          return await detectDocker(around, signal, isEnabled);
        } catch (error) {
          if (wanted.fail_on_missing_metadata) throw error;
          log.warn({detector: name}, `nothing is known of the container: ${errorMessage(error)}`);
          return {};
        }
      };
  }
}

export const resourceDetectionProcessor = createResourceDetection(realSurroundings);
