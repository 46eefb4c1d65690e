/** Machines, clusters, apps and functions of Azure. */
import {withDefault} from '../config/index.ts';
import {askJson, NotThereError, textAt, valueAt} from './metadata-request.ts';
import {type Detected, type Detection, detector, expressions, matching, off, on, texts} from './resource-detector.ts';

const cloud = ['cloud.platform', 'cloud.provider'] as const;

/** The machine as its metadata service (IMDS) describes it. */
const compute = ({around, signal}: Detection<object>): Promise<unknown> =>
  askJson(`${around.locate('http://169.254.169.254')}/metadata/instance/compute?api-version=2020-09-01&format=json`, {
    headers: {metadata: 'true'},
    signal,
  });

const azure = detector({
  about: 'the virtual machine in Azure',
  attributes: {
    ...on(...cloud, 'cloud.account.id', 'cloud.region', 'host.id', 'host.name'),
    // The second is what the Collector gives unless a feature gate renames it.
    ...on(
      'azure.resource_group.name',
      'azure.resourcegroup.name',
      'azure.vm.name',
      'azure.vm.scaleset.name',
      'azure.vm.size',
    ),
    ...off('cloud.availability_zone'),
  },
  fields: {tags: withDefault(expressions, [], '[]', 'Tags of the machine whose keys match become `azure.tag.KEY`.')},
  async detect(detection): Promise<Detected> {
    const machine = await compute(detection);
    const tags = valueAt(machine, 'tagsList');
    return {
      ...texts({
        'cloud.provider': 'azure',
        'cloud.platform': 'azure.vm',
        'cloud.region': textAt(machine, 'location'),
        'cloud.account.id': textAt(machine, 'subscriptionId'),
        'cloud.availability_zone': textAt(machine, 'zone'),
        'host.id': textAt(machine, 'vmId'),
        // Machines of specialized disks have no computer name.
        'host.name': textAt(machine, 'osProfile', 'computerName') || textAt(machine, 'name'),
        'azure.vm.name': textAt(machine, 'name'),
        'azure.vm.size': textAt(machine, 'vmSize'),
        'azure.vm.scaleset.name': textAt(machine, 'vmScaleSetName'),
        'azure.resourcegroup.name': textAt(machine, 'resourceGroupName'),
      }),
      ...matching(
        'azure.tag.',
        detection.settings.tags,
        (Array.isArray(tags) ? tags : []).map((tag: unknown) => [textAt(tag, 'name') ?? '', textAt(tag, 'value')]),
      ),
    };
  },
});

const aks = detector({
  about: 'the cluster in Azure Kubernetes Service',
  attributes: {...on(...cloud), ...off('k8s.cluster.name')},
  async detect(detection): Promise<Detected> {
    if (!detection.around.env.KUBERNETES_SERVICE_HOST) return {};
    const group = textAt(await compute(detection), 'resourceGroupName') ?? '';
    // The nodes' own group is MC_GROUP_CLUSTER_LOCATION; whoever named it otherwise has no better name.
    const parts = group.split('_');
    return texts({
      'cloud.provider': 'azure',
      'cloud.platform': 'azure.aks',
      'k8s.cluster.name': parts.length === 4 && parts[0]?.toLowerCase() === 'mc' ? parts[2] : group,
    });
  },
});

const containerApps = detector({
  about: 'the app in Azure Container Apps',
  attributes: on(...cloud, 'azure.container_app.instance.id', 'service.name'),
  async detect({around: {env}}) {
    if (!env.CONTAINER_APP_NAME) throw new NotThereError('CONTAINER_APP_NAME is not set: this is no container app');
    return texts({
      'cloud.provider': 'azure',
      'cloud.platform': 'azure.container_apps',
      'service.name': env.CONTAINER_APP_NAME,
      'azure.container_app.instance.id': env.CONTAINER_APP_REPLICA_NAME,
    });
  },
});

type Variables = Readonly<Record<string, string | undefined>>;

/** What App Service and Functions have in common: a site in a group of a subscription. */
function siteOf(env: Variables): Readonly<Record<string, string | undefined>> {
  const {WEBSITE_SITE_NAME: site, WEBSITE_RESOURCE_GROUP: group} = env;
  // SUBSCRIPTION+GROUP-REGIONwebspace
  const subscription = env.WEBSITE_OWNER_NAME?.split('+', 1)[0];
  return {
    'cloud.provider': 'azure',
    'cloud.region': env.REGION_NAME,
    'cloud.account.id': subscription,
    'cloud.resource_id':
      site && group && subscription
        ? `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Web/sites/${site}`
        : undefined,
    'service.name': site,
    'azure.resource_group.name': group,
    'deployment.environment.name': env.WEBSITE_SLOT_NAME,
  };
}

const ofSite = ['azure.resource_group.name', 'cloud.account.id', 'cloud.region', 'cloud.resource_id', 'service.name'];

const appService = detector({
  about: 'the app in Azure App Service',
  attributes: on(...cloud, ...ofSite, 'azure.app_service.instance.id', 'deployment.environment.name'),
  async detect({around: {env}}) {
    const isApp = env.WEBSITE_SITE_NAME && env.WEBSITE_RESOURCE_GROUP && env.WEBSITE_OWNER_NAME;
    // Functions run on App Service and have a detector of their own.
    if (!isApp || env.FUNCTIONS_WORKER_RUNTIME) throw new NotThereError('this is no app of Azure App Service');
    return texts({
      ...siteOf(env),
      'cloud.platform': 'azure.app_service',
      'azure.app_service.instance.id': env.WEBSITE_INSTANCE_ID,
    });
  },
});

const functions = detector({
  about: 'the function app in Azure Functions',
  attributes: {...on(...cloud, ...ofSite, 'faas.instance'), ...off('deployment.environment.name')},
  async detect({around: {env}}) {
    if (!env.FUNCTIONS_WORKER_RUNTIME && !env.FUNCTIONS_EXTENSION_VERSION) {
      throw new NotThereError('FUNCTIONS_WORKER_RUNTIME is not set: this is no app of Azure Functions');
    }
    return texts({
      ...siteOf(env),
      'cloud.platform': 'azure.functions',
      'faas.instance': env.WEBSITE_INSTANCE_ID || env.WEBSITE_POD_NAME || env.CONTAINER_NAME,
    });
  },
});

export const azureDetectors = {
  azure,
  aks,
  azureappservice: appService,
  azurecontainerapps: containerApps,
  azurefunctions: functions,
};
