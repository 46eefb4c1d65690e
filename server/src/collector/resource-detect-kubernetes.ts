/** Clusters and nodes as the API of Kubernetes tells them. */
import {errorMessage} from '../base/index.ts';
import {optional, parseForeignYaml, record, text, withDefault} from '../config/index.ts';
import {type TlsClient, tlsClient, tlsClientOptions} from '../pipeline/index.ts';
import {describeInstance} from './aws-api.ts';
import {instanceMetadata} from './aws-metadata.ts';
import {
  accountCa,
  accountToken,
  clusterOrigin,
  type KubernetesApi,
  kubernetesApi,
  kubernetesFields,
} from './kubernetes-api.ts';
import {askJson, type MetadataRequest, NotThereError, textAt} from './metadata-request.ts';
import {type Detected, type Detection, detector, off, on, type Surroundings, texts} from './resource-detector.ts';

const nodeField = withDefault(text, '', 'K8S_NODE_NAME', 'The variable that holds the name of the node.');

const systemUid = async (api: KubernetesApi): Promise<string> => {
  const uid = textAt(await api.get('/api/v1/namespaces/kube-system'), 'metadata', 'uid');
  if (!uid) throw new NotThereError('the namespace kube-system has no uid');
  return uid;
};

const k8sApi = detector({
  about: 'the node and the cluster in Kubernetes, as its API tells',
  attributes: {...on('k8s.cluster.uid', 'k8s.node.name', 'k8s.node.uid'), ...off('host.id')},
  fields: {...kubernetesFields, node_from_env_var: nodeField},
  async detect({around, signal, settings, isEnabled, log}): Promise<Detected> {
    const variable = settings.node_from_env_var || 'K8S_NODE_NAME';
    const api = await kubernetesApi(around, signal, settings);
    const node = around.env[variable];
    if (!node) throw new NotThereError(`${variable} is not set: the node is not known`);
    const found: Record<string, string | undefined> = {};
    if (['k8s.node.name', 'k8s.node.uid', 'host.id'].some(isEnabled)) {
      const answer = await api.get(`/api/v1/nodes/${encodeURIComponent(node)}`);
      found['k8s.node.name'] = textAt(answer, 'metadata', 'name');
      found['k8s.node.uid'] = textAt(answer, 'metadata', 'uid');
      found['host.id'] = textAt(answer, 'status', 'nodeInfo', 'machineID');
    }
    if (isEnabled('k8s.cluster.uid')) {
      try {
        found['k8s.cluster.uid'] = await systemUid(api);
      } catch (error) {
        const {status} = error as NotThereError;
        if (status !== 401 && status !== 403) throw new Error(errorMessage(error), {cause: error});
        log.warn({detector: 'k8s_api'}, `the cluster is not known: ${errorMessage(error)}`);
      }
    }
    return texts(found);
  },
});

const clusterConfiguration = record({clusterName: optional(text, '')});

const kubeadm = detector({
  about: 'the cluster that kubeadm made',
  attributes: on('k8s.cluster.name', 'k8s.cluster.uid'),
  fields: kubernetesFields,
  async detect({around, signal, settings, mustBeThere}): Promise<Detected> {
    const api = await kubernetesApi(around, signal, settings);
    const map = await api.get('/api/v1/namespaces/kube-system/configmaps/kubeadm-config').catch((error) => {
      if (error.status === 404 || mustBeThere) throw error;
      return undefined;
    });
    const failed = (error: unknown): undefined => {
      if (mustBeThere) throw error;
    };
    let name: string | undefined;
    try {
      const written = textAt(map, 'data', 'ClusterConfiguration') ?? '';
      name = parseForeignYaml(clusterConfiguration, written, 'kubeadm-config').clusterName;
    } catch (error) {
      failed(error);
    }
    return texts({'k8s.cluster.name': name, 'k8s.cluster.uid': await systemUid(api).catch(failed)});
  },
});

const openshift = detector({
  about: 'the cluster in OpenShift',
  attributes: on('cloud.platform', 'cloud.provider', 'cloud.region', 'k8s.cluster.name'),
  fields: {
    address: withDefault(text, '', '', 'The address of the API server; empty: as pods are told.'),
    token: withDefault(text, '', '', 'The token to log in with; empty: that of the pod.'),
    tls: optional(tlsClient, 'Whom to trust; without it, as pods are told.'),
  },
  async check({tls}) {
    if (tls !== undefined) tlsClientOptions(tls);
  },
  async detect({around, signal, settings}): Promise<Detected> {
    const address = settings.address.replace(/\/+$/, '') || clusterOrigin(around);
    const token = settings.token || (await accountToken(around));
    if (!address || !token) throw new NotThereError('this is no pod, or it has no service account');
    const origin = around.locate(address);
    const tls = await openshiftTls(around, settings.tls, origin);
    const answer = await askJson(`${origin}/apis/config.openshift.io/v1/infrastructures/cluster/status`, {
      headers: {authorization: `Bearer ${token}`, accept: 'application/json'},
      signal,
      timeoutMs: 5000,
      ...(tls === undefined ? {} : {tls}),
    });
    const at = (...path: readonly string[]): string | undefined => textAt(answer, 'status', ...path);
    const kind = at('platformStatus', 'type')?.toLowerCase() ?? '';
    const [provider, platform, ...region] = openshiftPlatforms[kind] ?? [];
    return texts({
      'cloud.provider': provider,
      'cloud.platform': platform,
      'cloud.region': at('platformStatus', ...region)?.toLowerCase(),
      'k8s.cluster.name': at('infrastructureName'),
    });
  },
});

/** As pods are told, where the settings say nothing of whom to trust. */
async function openshiftTls(
  around: Surroundings,
  tls: TlsClient | undefined,
  origin: string,
): Promise<MetadataRequest['tls'] | undefined> {
  if (!origin.startsWith('https:')) return undefined;
  const says =
    tls !== undefined &&
    (tls.insecure || tls.insecure_skip_verify || tls.include_system_ca_certs_pool || tls.ca_file || tls.ca_pem);
  const ca = says ? undefined : await accountCa(around);
  if (!says && ca === undefined) throw new Error('the certificate authority of the pod cannot be read');
  return {...(tls === undefined ? {} : tlsClientOptions(tls)), ...(ca === undefined ? {} : {ca})};
}

/** By the infrastructure: provider, platform, and where the region is. Azure and OpenStack tell the name of the cloud instead of one. */
const openshiftPlatforms: Readonly<Record<string, readonly string[]>> = {
  aws: ['aws', 'aws_openshift', 'aws', 'region'],
  azure: ['azure', 'azure.openshift', 'azure', 'cloudName'],
  gcp: ['gcp', 'gcp_openshift', 'gcp', 'region'],
  ibmcloud: ['ibm_cloud', 'ibm_cloud_openshift', 'ibmcloud', 'location'],
  openstack: ['', '', 'openstack', 'cloudName'],
};

const eks = detector({
  about: 'the cluster and the machine in Amazon EKS',
  attributes: {
    ...on('cloud.platform', 'cloud.provider'),
    ...off('cloud.account.id', 'cloud.availability_zone', 'cloud.region', 'host.id', 'host.image.id', 'host.name'),
    ...off('host.type', 'k8s.cluster.name'),
  },
  fields: {...kubernetesFields, node_from_env_var: nodeField},
  async detect(detection): Promise<Detected> {
    const {around, signal, settings, mustBeThere, log} = detection;
    if (!around.env.KUBERNETES_SERVICE_HOST) throw new NotThereError('this is no pod');
    const api = await kubernetesApi(around, signal, settings);
    if (!(await isEks(around.env, api))) throw new NotThereError('this is no cluster of EKS');
    const found: Record<string, string | undefined> = {'cloud.provider': 'aws', 'cloud.platform': 'aws_eks'};
    try {
      const metadata = instanceMetadata(around, signal, {maxAttempts: 1, maxBackoffMs: 0});
      const isReached = await metadata.get('meta-data/instance-id').then(
        () => true,
        () => false,
      );
      if (isReached) await addByMachine(detection, metadata, found);
      else await addByNode(detection, api, found);
    } catch (error) {
      if (mustBeThere) throw error;
      log.debug({detector: 'eks'}, `not all of the machine is known: ${errorMessage(error)}`);
    }
    return texts(found);
  },
});

type Found = Record<string, string | undefined>;
type EksDetection = Detection<{readonly node_from_env_var: string}>;

async function isEks(env: Surroundings['env'], api: KubernetesApi): Promise<boolean> {
  if (env.AWS_WEB_IDENTITY_TOKEN_FILE?.includes('eks.amazonaws.com')) return true;
  if (env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE?.includes('eks-pod-identity')) return true;
  const openId = await api.get('/.well-known/openid-configuration').catch(() => undefined);
  if (textAt(openId, 'issuer')?.includes('oidc.eks.')) return true;
  return textAt(await api.get('/version'), 'gitVersion')?.includes('-eks-') === true;
}

async function addByMachine(
  {around, signal, isEnabled}: EksDetection,
  metadata: ReturnType<typeof instanceMetadata>,
  found: Found,
): Promise<void> {
  const document: unknown = JSON.parse(await metadata.get('dynamic/instance-identity/document'));
  const [instance, region] = [textAt(document, 'instanceId') ?? '', textAt(document, 'region') ?? ''];
  found['host.id'] = instance;
  found['cloud.region'] = region;
  found['cloud.availability_zone'] = textAt(document, 'availabilityZone');
  found['cloud.account.id'] = textAt(document, 'accountId');
  found['host.image.id'] = textAt(document, 'imageId');
  found['host.type'] = textAt(document, 'instanceType');
  found['host.name'] = await metadata.get('meta-data/hostname');
  if (!isEnabled('k8s.cluster.name')) return;
  found['k8s.cluster.name'] = clusterIn((await describeInstance(around, signal, region, instance)).tags);
}

/** Where the metadata service is closed to pods: the node says which machine it is, and the API of EC2 the rest. */
async function addByNode({around, signal, settings}: EksDetection, api: KubernetesApi, found: Found): Promise<void> {
  const variable = settings.node_from_env_var || 'K8S_NODE_NAME';
  const node = around.env[variable];
  if (!node) throw new NotThereError(`${variable} is not set: the node is not known`);
  const provider = textAt(await api.get(`/api/v1/nodes/${encodeURIComponent(node)}`), 'spec', 'providerID') ?? '';
  const [, zone, instance] = /^aws:\/\/[^/]*\/([^/]+)\/([^/]+)/.exec(provider) ?? [];
  if (zone === undefined || instance === undefined) throw new NotThereError(`"${provider}" is no machine of EC2`);
  const region = zone.slice(0, -1);
  found['host.id'] = instance;
  found['cloud.availability_zone'] = zone;
  found['cloud.region'] = region;
  const machine = await describeInstance(around, signal, region, instance);
  found['cloud.account.id'] = machine.account;
  found['host.image.id'] = machine.image;
  found['host.type'] = machine.type;
  found['host.name'] = machine.hostname;
  found['k8s.cluster.name'] = clusterIn(machine.tags);
}

function clusterIn(tags: readonly (readonly [key: string, value: string])[]): string | undefined {
  for (const [key, value] of tags) {
    if (key === 'aws:eks:cluster-name' || key === 'eks:cluster-name') return value;
    if (key.startsWith('kubernetes.io/cluster/')) return key.slice('kubernetes.io/cluster/'.length);
  }
  return undefined;
}

export const kubernetesDetectors = {k8s_api: k8sApi, k8snode: k8sApi, kubeadm, openshift, eks};
