/**
 * Clouds whose metadata service tells all of a machine in one document, or each fact at a path of its own. Sources: the Collector's
 * detectors of the same names, and the clouds' documentation of their services.
 */
import {oneOf, withDefault} from '../config/index.ts';
import {askJson, askMetadata, type MetadataRequest, NotThereError, textAt} from './metadata-request.ts';
import {type Detected, detector, expressions, matching, off, on, ownMissing, texts} from './resource-detector.ts';

/** The address of metadata services on most clouds. */
const linkLocal = 'http://169.254.169.254';
/** How long a service on the same machine may take. */
const nearMs = 2000;

const host = ['host.id', 'host.name'] as const;
const machine = [
  'cloud.account.id',
  'cloud.availability_zone',
  'cloud.platform',
  'cloud.provider',
  'cloud.region',
  'host.image.id',
  'host.type',
  ...host,
] as const;

/** `us-east-1` of `us-east-1a` and the like is not it: the text before the last dash. */
const beforeLastDash = (zone: string | undefined): string | undefined =>
  zone?.slice(0, Math.max(0, zone.lastIndexOf('-')));

/** The facts at these paths below `base`, by the names of their attributes; all of them must be there. */
async function askPaths(
  base: string,
  paths: Readonly<Record<string, string>>,
  request: MetadataRequest,
): Promise<Record<string, string>> {
  const entries = Object.entries(paths).map(async ([attribute, path]) => {
    const {text} = await askMetadata(`${base}${path}`, request);
    return [attribute, text.trim()] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

const digitalOcean = detector({
  about: 'the Droplet in DigitalOcean',
  attributes: on('cloud.provider', 'cloud.region', ...host),
  async detect({around, signal}) {
    const droplet = await askJson(`${around.locate(linkLocal)}/metadata/v1.json`, {signal, timeoutMs: nearMs});
    return texts({
      'cloud.provider': 'digitalocean',
      'cloud.region': textAt(droplet, 'region'),
      'host.id': textAt(droplet, 'droplet_id'),
      'host.name': textAt(droplet, 'hostname'),
    });
  },
});

const upCloud = detector({
  about: 'the server in UpCloud',
  fields: ownMissing,
  attributes: on('cloud.provider', 'cloud.region', ...host),
  async detect({around, signal}) {
    const server = await askJson(`${around.locate(linkLocal)}/metadata/v1.json`, {signal, timeoutMs: nearMs});
    return texts({
      'cloud.provider': textAt(server, 'cloud_name'),
      'cloud.region': textAt(server, 'region'),
      'host.id': textAt(server, 'instance_id'),
      'host.name': textAt(server, 'hostname'),
    });
  },
});

const vultr = detector({
  about: 'the instance in Vultr',
  fields: ownMissing,
  attributes: {...on('cloud.provider', 'cloud.region', ...host), ...off('cloud.platform')},
  async detect({around, signal}) {
    const instance = await askJson(`${around.locate(linkLocal)}/v1.json`, {signal, timeoutMs: nearMs});
    return texts({
      'cloud.provider': 'vultr',
      'cloud.platform': 'vultr.cloud_compute',
      'cloud.region': textAt(instance, 'region', 'regioncode')?.toLowerCase(),
      'host.id': textAt(instance, 'instance-v2-id') || textAt(instance, 'instanceid'),
      'host.name': textAt(instance, 'hostname'),
    });
  },
});

const oracleCloud = detector({
  about: 'the instance in Oracle Cloud',
  attributes: {
    ...on('cloud.availability_zone', 'cloud.platform', 'cloud.provider', 'cloud.region', 'host.type', ...host),
    ...on('k8s.cluster.name', 'oracle_cloud.realm'),
    ...off('cloud.resource_id'),
  },
  async detect({around, signal}) {
    const url = `${around.locate(linkLocal)}/opc/v2/instance/`;
    const headers = {authorization: 'Bearer Oracle'};
    // A quick question first: elsewhere it is no failure that nobody answers, whatever `fail_on_missing_metadata` says.
    const isOracle = await askMetadata(url, {method: 'HEAD', headers, signal, timeoutMs: 200}).catch(() => undefined);
    if (isOracle === undefined) return {};
    const instance = await askJson(url, {headers, signal});
    return texts({
      'cloud.provider': 'oracle_cloud',
      'cloud.platform': 'oracle_cloud_oke',
      'cloud.region': textAt(instance, 'canonicalRegionName'),
      'cloud.resource_id': textAt(instance, 'id'),
      'cloud.availability_zone': textAt(instance, 'availabilityDomain'),
      'host.id': textAt(instance, 'id'),
      'host.name': textAt(instance, 'displayName'),
      'host.type': textAt(instance, 'shape'),
      'k8s.cluster.name': textAt(instance, 'metadata', 'oke-cluster-display-name'),
      'oracle_cloud.realm': textAt(instance, 'metadata', 'realm'),
    });
  },
});

const scaleway = detector({
  about: 'the instance in Scaleway',
  attributes: on(...machine, 'host.image.name'),
  async detect({around, signal}) {
    const origins = ['http://169.254.42.42', 'http://[fd00:42::42]'].map(around.locate);
    const ask = (origin: string): Promise<unknown> => askJson(`${origin}/conf?format=json`, {signal, timeoutMs: 3000});
    const instance = await ask(origins[0] as string).catch(() => ask(origins[1] as string));
    const zone = textAt(instance, 'location', 'zone_id');
    return texts({
      'cloud.provider': 'scaleway_cloud',
      'cloud.platform': 'scaleway_cloud_compute',
      'cloud.account.id': textAt(instance, 'organization'),
      'cloud.availability_zone': zone,
      'cloud.region': beforeLastDash(zone),
      'host.id': textAt(instance, 'id'),
      'host.image.id': textAt(instance, 'image', 'id'),
      'host.image.name': textAt(instance, 'image', 'name'),
      'host.name': textAt(instance, 'name'),
      'host.type': textAt(instance, 'commercial_type'),
    });
  },
});

const akamai = detector({
  about: 'the Linode in Akamai',
  attributes: on(...machine.filter((name) => name !== 'cloud.availability_zone'), 'host.image.name'),
  async detect({around, signal}) {
    const base = `${around.locate(linkLocal)}/v1`;
    const {text} = await askMetadata(`${base}/token`, {
      method: 'PUT',
      headers: {'metadata-token-expiry-seconds': '3600', accept: 'text/plain'},
      signal,
    });
    // Its own client asks for JSON, which wraps the token in a list.
    const token = /^\s*\["([^"]*)"\]\s*$/.exec(text)?.[1] ?? text.trim();
    const headers = {'metadata-token': token, accept: 'application/json'};
    const instance = await askJson(`${base}/instance`, {headers, signal});
    return texts({
      'cloud.provider': 'akamai_cloud',
      'cloud.platform': 'akamai_cloud.compute',
      'cloud.account.id': textAt(instance, 'account_euuid'),
      'cloud.region': textAt(instance, 'region'),
      'host.id': textAt(instance, 'id'),
      'host.image.id': textAt(instance, 'image', 'id'),
      'host.image.name': textAt(instance, 'image', 'label'),
      'host.name': textAt(instance, 'label'),
      'host.type': textAt(instance, 'type'),
    });
  },
});

const hetzner = detector({
  about: 'the server in Hetzner Cloud',
  attributes: {...on('cloud.availability_zone', 'cloud.provider', 'cloud.region', ...host), ...off('cloud.platform')},
  async detect({around, signal}) {
    const base = `${around.locate(linkLocal)}/hetzner/v1/metadata`;
    const ask = (path: string): Promise<string> =>
      askMetadata(`${base}/${path}`, {signal}).then(({text}) => text.trim());
    const name = await ask('hostname');
    if (name === '') throw new NotThereError(`${base}: it knows no host name`);
    // What else there is: a fact that is missing hides no other.
    const more = await Promise.all(
      ['instance-id', 'region', 'availability-zone'].map((path) => ask(path).catch(() => undefined)),
    );
    return texts({
      'cloud.provider': 'hetzner',
      'cloud.platform': 'hetzner.cloud_server',
      'host.name': name,
      'host.id': more[0],
      'cloud.region': more[1],
      'cloud.availability_zone': more[2],
    });
  },
});

const alibabaEcs = detector({
  about: 'the instance of Alibaba Cloud ECS',
  fields: ownMissing,
  attributes: on(...machine),
  async detect({around, signal}) {
    const base = `${around.locate('http://100.100.100.200')}/latest`;
    const limits = {signal, timeoutMs: 5000};
    const ttl = {'x-aliyun-ecs-metadata-token-ttl-seconds': '21600'};
    const {text: token} = await askMetadata(`${base}/api/token`, {method: 'PUT', headers: ttl, ...limits});
    const paths = {
      'host.name': 'hostname',
      'host.image.id': 'image-id',
      'host.id': 'instance-id',
      'host.type': 'instance/instance-type',
      'cloud.account.id': 'owner-account-id',
      'cloud.region': 'region-id',
      'cloud.availability_zone': 'zone-id',
    };
    const headers = {'x-aliyun-ecs-metadata-token': token};
    const found = await askPaths(`${base}/meta-data/`, paths, {headers, ...limits});
    return texts({'cloud.provider': 'alibaba_cloud', 'cloud.platform': 'alibaba_cloud_ecs', ...found});
  },
});

const tencentCvm = detector({
  about: 'the instance of Tencent Cloud CVM',
  fields: ownMissing,
  attributes: on(...machine),
  async detect({around, signal}) {
    const base = `${around.locate('http://metadata.tencentyun.com')}/latest/meta-data/`;
    const paths = {
      'host.name': 'instance-name',
      'host.image.id': 'instance/image-id',
      'host.id': 'instance-id',
      'host.type': 'instance/instance-type',
      'cloud.account.id': 'app-id',
      'cloud.region': 'placement/region',
      'cloud.availability_zone': 'placement/zone',
    };
    const found = await askPaths(base, paths, {signal, timeoutMs: 5000});
    return texts({'cloud.provider': 'tencent_cloud', 'cloud.platform': 'tencent_cloud_cvm', ...found});
  },
});

const ibmClassic = detector({
  about: 'the machine in IBM Cloud Classic',
  attributes: on(
    'cloud.account.id',
    'cloud.availability_zone',
    'cloud.platform',
    'cloud.provider',
    'cloud.resource_id',
    ...host,
  ),
  async detect({around, signal}) {
    const base = `${around.locate('https://api.service.softlayer.com')}/rest/v3.1/SoftLayer_Resource_Metadata/`;
    const paths = {
      'host.id': 'getId.txt',
      'host.name': 'getHostname.txt',
      'cloud.availability_zone': 'getDatacenter.txt',
      'cloud.account.id': 'getAccountId.txt',
      'cloud.resource_id': 'getGlobalIdentifier.txt',
    };
    const found = await askPaths(base, paths, {signal, timeoutMs: 5000});
    return texts({'cloud.provider': 'ibm_cloud', 'cloud.platform': 'ibm_cloud.classic', ...found});
  },
});

const ibmVpc = detector({
  about: 'the instance in an IBM Cloud VPC',
  attributes: on(...machine, 'cloud.resource_id', 'host.image.name'),
  fields: {
    protocol: withDefault(oneOf('http', 'https'), 'http', 'http', 'How the metadata service is reached.'),
  },
  async detect({around, signal, settings}) {
    const base = around.locate(`${settings.protocol}://api.metadata.cloud.ibm.com`);
    const version = 'version=2026-01-30';
    const limits = {signal, timeoutMs: 5000};
    const identity = await askJson(`${base}/identity/v1/token?${version}`, {
      method: 'PUT',
      headers: {'metadata-flavor': 'ibm', accept: 'application/json', 'content-type': 'application/json'},
      body: '{"expires_in":300}',
      ...limits,
    });
    const authorization = `Bearer ${textAt(identity, 'access_token') ?? ''}`;
    const headers = {authorization, accept: 'application/json'};
    const instance = await askJson(`${base}/metadata/v1/instance?${version}`, {headers, ...limits});
    const zone = textAt(instance, 'zone', 'name');
    const crn = textAt(instance, 'crn');
    return texts({
      'cloud.provider': 'ibm_cloud',
      'cloud.platform': 'ibm_cloud.vpc',
      'cloud.region': beforeLastDash(zone) || zone,
      'cloud.availability_zone': zone,
      // crn:version:cname:ctype:service:location:a/ACCOUNT:…
      'cloud.account.id': crn?.split(':')[6]?.replace(/^a\//, ''),
      'cloud.resource_id': crn,
      'host.id': textAt(instance, 'id'),
      'host.image.id': textAt(instance, 'image', 'id'),
      'host.image.name': textAt(instance, 'image', 'name'),
      'host.name': textAt(instance, 'name'),
      'host.type': textAt(instance, 'profile', 'name'),
    });
  },
});

const nova = detector({
  about: 'the server in OpenStack Nova',
  attributes: on(
    'cloud.account.id',
    'cloud.availability_zone',
    'cloud.platform',
    'cloud.provider',
    'host.type',
    ...host,
  ),
  fields: {
    ...ownMissing,
    labels: withDefault(
      expressions,
      [],
      '[]',
      'Metadata of the server whose keys match become `openstack.nova.meta.KEY`.',
    ),
  },
  async detect({around, signal, settings}): Promise<Detected> {
    const origin = around.locate(linkLocal);
    const limits = {signal, timeoutMs: nearMs};
    const server = await askJson(`${origin}/openstack/latest/meta_data.json`, limits);
    if (!textAt(server, 'uuid')) throw new NotThereError(`${origin}: it knows no \`uuid\` of this server`);
    if (!textAt(server, 'hostname')) throw new Error(`${origin}: it knows no \`hostname\` of this server`);
    const type = await askMetadata(`${origin}/latest/meta-data/instance-type`, limits).catch(() => undefined);
    const meta = (server as {readonly meta?: object}).meta ?? {};
    return {
      ...texts({
        'cloud.provider': 'openstack',
        'cloud.platform': 'openstack_nova',
        'cloud.account.id': textAt(server, 'project_id'),
        'cloud.availability_zone': textAt(server, 'availability_zone'),
        'host.id': textAt(server, 'uuid'),
        'host.name': textAt(server, 'hostname'),
        'host.type': type?.text,
      }),
      ...matching(
        'openstack.nova.meta.',
        settings.labels,
        Object.keys(meta).map((key) => [key, textAt(meta, key)]),
      ),
    };
  },
});

export const documentDetectors = {
  hetzner,
  akamai,
  scaleway,
  vultr,
  oraclecloud: oracleCloud,
  digitalocean: digitalOcean,
  nova,
  upcloud: upCloud,
  alibaba_ecs: alibabaEcs,
  tencent_cvm: tencentCvm,
  ibmcloud_vpc: ibmVpc,
  ibmcloud_classic: ibmClassic,
};
