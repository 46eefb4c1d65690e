/** Google Cloud: its platforms are told by variables, the facts by the metadata server. */
import {errorMessage} from '../base/index.ts';
import {withDefault} from '../config/index.ts';
import {askJson, askMetadata, NotThereError, textAt, valueAt} from './metadata-request.ts';
import {
  type Detected,
  type Detection,
  detector,
  expressions,
  matching,
  off,
  on,
  type Surroundings,
  texts,
} from './resource-detector.ts';

/** The text at a path of the metadata server; throws a NotThereError where it has none. */
type Ask = (path: string) => Promise<string>;
type Facts = Readonly<Record<string, string | undefined>>;

interface Gcp {
  readonly ask: Ask;
  readonly env: Surroundings['env'];
  /** The API of Compute Engine's answer about this instance. */
  readonly instance: () => Promise<unknown>;
}

const flavor = {'metadata-flavor': 'Google'};

const lastOf = (path: string): string => path.replace(/\/$/, '').split('/').at(-1) as string;
const zone = async (ask: Ask): Promise<string> => lastOf(await ask('instance/zone'));

/** `us-central1` of `us-central1-a`. */
const regionOf = (zoneName: string): string => zoneName.slice(0, Math.max(0, zoneName.lastIndexOf('-')));

async function zoneAndRegion(ask: Ask): Promise<Facts> {
  const name = await zone(ask);
  if (name.split('-').length !== 3) throw new NotThereError(`"${name}" is no zone`);
  return {'cloud.availability_zone': name, 'cloud.region': regionOf(name)};
}

const fact = (name: string, value: string | undefined): Facts => {
  if (value === undefined) throw new NotThereError(`nothing says \`${name}\``);
  return {[name]: value};
};
const told = async (name: string, value: Promise<string>): Promise<Facts> => fact(name, await value);

/** The facts of a platform: each is asked for by itself, and one that is missing hides no other. */
interface Platform {
  readonly platform: string;
  facts(gcp: Gcp, isEnabled: (attribute: string) => boolean): readonly (Promise<Facts> | (() => Facts))[];
}

const ofRun = ({env, ask}: Gcp): readonly (Promise<Facts> | (() => Facts))[] => [
  () => fact('faas.name', env.K_SERVICE ?? env.CLOUD_RUN_JOB ?? env.CLOUD_RUN_WORKER_POOL),
  told('faas.instance', ask('instance/id')),
  told('cloud.region', ask('instance/region').then(lastOf)),
];
const runRevision =
  ({env}: Gcp) =>
  (): Facts =>
    fact('faas.version', env.CLOUD_RUN_REVISION ?? env.K_REVISION);

const ofAppEngine = ({env}: Gcp): readonly (() => Facts)[] => [
  () => fact('faas.name', env.GAE_SERVICE),
  () => fact('faas.version', env.GAE_VERSION),
  () => fact('faas.instance', env.GAE_INSTANCE),
];

const kubernetesEngine: Platform = {
  platform: 'gcp_kubernetes_engine',
  facts: ({ask, instance}, isEnabled) => [
    ask('instance/attributes/cluster-location').then((location): Facts => {
      const dashes = location.split('-').length - 1;
      if (dashes === 1) return {'cloud.region': location};
      return dashes === 2 ? {'cloud.availability_zone': location, 'cloud.region': regionOf(location)} : {};
    }),
    told('k8s.cluster.name', ask('instance/attributes/cluster-name')),
    told('host.id', ask('instance/id')),
    // With workload identity there is no name; the type takes a permission that few have.
    ask('instance/name').then(
      (name): Facts => ({'host.name': name}),
      () => ({}),
    ),
    isEnabled('host.type')
      ? instance().then(
          (found): Facts => ({'host.type': lastOf(textAt(found, 'machineType') ?? '')}),
          () => ({}),
        )
      : () => ({}),
  ],
};
const cloudRun: Platform = {platform: 'gcp_cloud_run', facts: (gcp) => [...ofRun(gcp), runRevision(gcp)]};
const cloudRunJob: Platform = {
  platform: 'gcp_cloud_run',
  facts: (gcp) => [
    ...ofRun(gcp),
    () => fact('gcp.cloud_run.job.execution', gcp.env.CLOUD_RUN_EXECUTION),
    () => fact('gcp.cloud_run.job.task_index', gcp.env.CLOUD_RUN_TASK_INDEX),
  ],
};
const cloudFunctions: Platform = {platform: 'gcp_cloud_functions', facts: cloudRun.facts};
const appEngineStandard: Platform = {
  platform: 'gcp_app_engine',
  facts: (gcp) => [
    ...ofAppEngine(gcp),
    told('cloud.availability_zone', zone(gcp.ask)),
    told('cloud.region', gcp.ask('instance/region').then(lastOf)),
  ],
};
const appEngineFlex: Platform = {
  platform: 'gcp_app_engine',
  facts: (gcp) => [...ofAppEngine(gcp), zoneAndRegion(gcp.ask)],
};
const computeEngine: Platform = {
  platform: 'gcp_compute_engine',
  facts: ({ask}) => [
    zoneAndRegion(ask),
    told('host.type', ask('instance/machine-type')),
    told('host.id', ask('instance/id')),
    told('host.name', ask('instance/name')),
    told('gcp.gce.instance.hostname', ask('instance/hostname')),
    told('gcp.gce.instance.name', ask('instance/name')),
    ask('instance/attributes/created-by').then(groupManager, (error) => {
      if (error.status === 404) return {};
      throw error;
    }),
  ],
};

/** Of `projects/NUMBER/zones/ZONE/instanceGroupManagers/NAME`. */
function groupManager(createdBy: string): Facts {
  const match = /^projects\/[^/]+\/(zone|region)s\/([^/]+)\/instanceGroupManagers\/([^/]+)$/.exec(createdBy);
  if (match === null) return {};
  const [, kind, place, name] = match;
  return {
    'gcp.gce.instance_group_manager.name': name,
    [`gcp.gce.instance_group_manager.${kind}`]: place,
  };
}

async function platformOf({ask, env}: Gcp): Promise<Platform | undefined> {
  const knows = (path: string): Promise<boolean> =>
    ask(path).then(
      () => true,
      () => false,
    );
  if (env.KUBERNETES_SERVICE_HOST !== undefined && (await knows('instance/attributes/cluster-location')))
    return kubernetesEngine;
  if (env.FUNCTION_TARGET !== undefined) return cloudFunctions;
  if (env.K_CONFIGURATION !== undefined) return cloudRun;
  if (env.CLOUD_RUN_JOB !== undefined) return cloudRunJob;
  if (env.CLOUD_RUN_WORKER_POOL !== undefined) return cloudRun;
  if (env.GAE_ENV === 'standard') return appEngineStandard;
  if (env.GAE_SERVICE !== undefined) return appEngineFlex;
  return (await knows('instance/machine-type')) ? computeEngine : undefined;
}

/** The metadata server, whose place `GCE_METADATA_HOST` says as it does for Google's clients; undefined where there is none. */
async function connect({around, signal}: Detection<object>): Promise<Gcp | undefined> {
  const {env} = around;
  const given = env.GCE_METADATA_HOST;
  const origin = given ? `http://${given}` : around.locate('http://169.254.169.254');
  if (!given) {
    // Other clouds have a service at the same address: this one says who it is.
    const answer = await askMetadata(`${origin}/`, {headers: flavor, signal}).catch(() => undefined);
    if (answer?.headers['metadata-flavor'] !== 'Google') return undefined;
  }
  const ask: Ask = async (path) =>
    (await askMetadata(`${origin}/computeMetadata/v1/${path}`, {headers: flavor, signal})).text.trim();
  const instance = async (): Promise<unknown> => {
    const [project, zoneName, name, token] = await Promise.all([
      ask('project/project-id'),
      zone(ask),
      ask('instance/name'),
      ask('instance/service-accounts/default/token'),
    ]);
    const compute = `${around.locate('https://compute.googleapis.com')}/compute/v1`;
    const authorization = `Bearer ${textAt(JSON.parse(token), 'access_token') ?? ''}`;
    const path = [project, 'zones', zoneName, 'instances', name].map(encodeURIComponent).join('/');
    return askJson(`${compute}/projects/${path}`, {headers: {authorization}, signal, timeoutMs: 2000});
  };
  return {ask, env, instance};
}

/** Bare Metal Solution has variables and no metadata server. */
function bareMetal(env: Surroundings['env']): Detected | undefined {
  const {BMS_PROJECT_ID: project, BMS_REGION: region, BMS_INSTANCE_ID: instance} = env;
  if (!project || !region || !instance) return undefined;
  return texts({
    'cloud.provider': 'gcp',
    'cloud.platform': 'gcp_bare_metal_solution',
    'cloud.account.id': project,
    'cloud.region': region,
    'host.name': instance,
  });
}

const gcp = detector({
  about: 'the machine, container, function or app in Google Cloud',
  attributes: {
    ...on('cloud.account.id', 'cloud.availability_zone', 'cloud.platform', 'cloud.provider', 'cloud.region'),
    ...on('faas.instance', 'faas.name', 'faas.version', 'gcp.cloud_run.job.execution', 'gcp.cloud_run.job.task_index'),
    ...off('gcp.gce.instance.hostname', 'gcp.gce.instance.name'),
    ...on('gcp.gce.instance_group_manager.name', 'gcp.gce.instance_group_manager.region'),
    ...on('gcp.gce.instance_group_manager.zone', 'host.id', 'host.name', 'host.type', 'k8s.cluster.name'),
  },
  fields: {
    labels: withDefault(
      expressions,
      [],
      '[]',
      'Labels of a Compute Engine instance whose keys match become `gcp.gce.instance.labels.KEY`; they take the role `roles/compute.viewer`.',
    ),
  },
  async detect(detection): Promise<Detected> {
    const {around, settings, isEnabled, mustBeThere, log} = detection;
    const metal = bareMetal(around.env);
    if (metal !== undefined) return metal;
    const server = await connect(detection);
    // As in the Collector no failure: this is another place.
    if (server === undefined) return {};
    const found: Record<string, string | undefined> = {'cloud.provider': 'gcp'};
    const platform = await platformOf(server);
    const facts = [
      told('cloud.account.id', server.ask('project/project-id')),
      ...(platform?.facts(server, isEnabled) ?? []),
    ];
    const results = await Promise.allSettled(facts.map(async (each) => (typeof each === 'function' ? each() : each)));
    for (const result of results) {
      if (result.status === 'fulfilled') Object.assign(found, result.value);
      else if (mustBeThere) throw result.reason;
    }
    if (platform !== undefined) found['cloud.platform'] = platform.platform;
    if (platform !== computeEngine || settings.labels.length === 0) return texts(found);
    try {
      const labels = valueAt(await server.instance(), 'labels') ?? {};
      const entries = Object.keys(labels as object).map((key) => [key, textAt(labels, key)] as const);
      return {...texts(found), ...matching('gcp.gce.instance.labels.', settings.labels, entries)};
    } catch (error) {
      log.warn({detector: 'gcp'}, `the labels of the instance are not known: ${errorMessage(error)}`);
      return texts(found);
    }
  },
});

export const gcpDetectors = {gcp};
