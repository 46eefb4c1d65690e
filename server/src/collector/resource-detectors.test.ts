/**
 * The detectors of clouds and clusters before a local server that answers with the documents that their documentation prints. The
 * attributes are those of the Collector's detectors.
 */
import {createServer, type IncomingMessage} from 'node:http';
import type {AddressInfo} from 'node:net';
import os from 'node:os';
import process from 'node:process';
import {afterEach, describe, expect, test} from 'vitest';
import {takes} from '../pipeline/index.ts';
import {testSettings} from '../pipeline/testing.ts';
import {createResourceDetection} from './processor-resourcedetection.ts';
import type {Surroundings} from './resource-detector.ts';
import {configOf} from './testing-metrics.ts';
import {itemsOf, type PlainMap, spanBatch, testProcessor} from './testing-processor.ts';

/** Answers by `METHOD path`; a function sees the request, and undefined is a 404. */
type Routes = Readonly<Record<string, string | object | ((request: IncomingMessage) => string | object | undefined)>>;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(routes: Routes): Promise<{readonly origin: string; readonly asked: string[]}> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const line = `${request.method} ${request.url}`;
    asked.push(line);
    let route = routes[line];
    if (typeof route === 'function') route = route(request);
    response.setHeader('metadata-flavor', routes.flavor === 'Google' ? 'Google' : 'none');
    if (route === undefined) response.statusCode = 404;
    response.end(typeof route === 'object' ? JSON.stringify(route) : route);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return {origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked};
}

type Env = Readonly<Record<string, string>>;
interface Place {
  readonly env?: Env;
  readonly files?: Readonly<Record<string, string>>;
  readonly routes?: Routes;
}

async function detected(yaml: string, {env = {}, files = {}, routes = {}}: Place): Promise<PlainMap> {
  const {origin} = await serve(routes);
  const around: Surroundings = {
    env: Object.fromEntries(
      Object.entries(env).map(([key, value]) => [
        key,
        value.replace('ORIGIN', origin).replace('HOST', new URL(origin).host),
      ]),
    ),
    process,
    os,
    read: async (path) => files[path],
    locate: () => origin,
  };
  const processor = testProcessor(createResourceDetection(around), yaml, 'traces');
  await processor.start?.();
  const [batch] = await processor.run(spanBatch({}));
  await processor.stop?.();
  return itemsOf(batch!)[0]!.resource as PlainMap;
}

/** A header must have this value, or the answer is a 404. */
const withHeader =
  (name: string, value: string, answer: string | object) =>
  (request: IncomingMessage): string | object | undefined =>
    request.headers[name] === value ? answer : undefined;

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-identity-documents.html
const identity = {
  devpayProductCodes: null,
  availabilityZone: 'us-west-2b',
  privateIp: '10.158.112.84',
  version: '2017-09-30',
  instanceId: 'i-1234567890abcdef0',
  billingProducts: null,
  instanceType: 't2.micro',
  accountId: '123456789012',
  imageId: 'ami-5fb8c835',
  pendingTime: '2016-11-19T16:32:11Z',
  architecture: 'x86_64',
  kernelId: null,
  ramdiskId: null,
  region: 'us-west-2',
};
const hasToken = (answer: string | object) => withHeader('x-aws-ec2-metadata-token', 'TOKEN', answer);
const machine: Routes = {
  'PUT /latest/api/token': withHeader('x-aws-ec2-metadata-token-ttl-seconds', '300', 'TOKEN'),
  'GET /latest/meta-data/instance-id': hasToken('i-1234567890abcdef0'),
  'GET /latest/meta-data/hostname': hasToken('ip-10-158-112-84.us-west-2.compute.internal'),
  'GET /latest/dynamic/instance-identity/document': hasToken(identity),
  'GET /latest/meta-data/tags/instance': hasToken('Name\nteam\nother'),
  'GET /latest/meta-data/tags/instance/Name': hasToken('web-1'),
  'GET /latest/meta-data/tags/instance/team': hasToken('shop'),
};
const ec2Attributes = {
  'cloud.provider': 'aws',
  'cloud.platform': 'aws_ec2',
  'cloud.region': 'us-west-2',
  'cloud.account.id': '123456789012',
  'cloud.availability_zone': 'us-west-2b',
  'host.id': 'i-1234567890abcdef0',
  'host.image.id': 'ami-5fb8c835',
  'host.type': 't2.micro',
  'host.name': 'ip-10-158-112-84.us-west-2.compute.internal',
};

// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-examples.html
const container = (id: string, type = 'NORMAL') => ({
  DockerId: id,
  Type: type,
  KnownStatus: 'RUNNING',
  LogDriver: 'awslogs',
  LogOptions: {
    'awslogs-group': '/ecs/metadata',
    'awslogs-region': 'us-west-2',
    'awslogs-stream': `ecs/curl/${id}`,
  },
});
const task = {
  Cluster: 'default',
  TaskARN: 'arn:aws:ecs:us-west-2:111122223333:task/default/158d1c8083dd49d6b527399fd6414f5c',
  Family: 'curltest',
  Revision: '26',
  AvailabilityZone: 'us-west-2d',
  LaunchType: 'EC2',
  Containers: [container('own'), container('other'), container('pause', 'CNI_PAUSE')],
};

// https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service
const azureMachine = {
  location: 'westus',
  name: 'examplevmname',
  osProfile: {adminUsername: 'admin', computerName: 'examplevmcomputer', disablePasswordAuthentication: 'true'},
  resourceGroupName: 'macikgo-test-may-23',
  subscriptionId: 'xxxxxxxx-xxxxx-xxx-xxx-xxxx',
  tagsList: [
    {name: 'baz', value: 'bash'},
    {name: 'foo', value: 'bar'},
  ],
  vmId: '02aab8a4-74ef-476e-8182-f6d2ba4166a6',
  vmScaleSetName: 'crpteste9vflji9',
  vmSize: 'Standard_A3',
  zone: '1',
};
const azureRoutes = (compute: object): Routes => ({
  'GET /metadata/instance/compute?api-version=2020-09-01&format=json': withHeader('metadata', 'true', compute),
});
const site = {
  WEBSITE_SITE_NAME: 'shop',
  WEBSITE_RESOURCE_GROUP: 'group',
  WEBSITE_OWNER_NAME: 'sub+group-WestEuropewebspace',
  REGION_NAME: 'West Europe',
  WEBSITE_SLOT_NAME: 'staging',
  WEBSITE_INSTANCE_ID: 'instance-1',
};

const google = (paths: Readonly<Record<string, string | object>>): Routes => ({
  flavor: 'Google',
  'GET /': 'computeMetadata/',
  ...Object.fromEntries(
    Object.entries({'project/project-id': 'my-project', 'instance/id': '1234', ...paths}).map(([path, answer]) => [
      `GET /computeMetadata/v1/${path}`,
      withHeader('metadata-flavor', 'Google', answer),
    ]),
  ),
});
const engine = google({
  'instance/machine-type': 'projects/123/machineTypes/n1-standard-1',
  'instance/zone': 'projects/123/zones/us-central1-c',
  'instance/name': 'web-1',
  'instance/hostname': 'web-1.c.my-project.internal',
  'instance/attributes/created-by': 'projects/123/zones/us-central1-c/instanceGroupManagers/web',
  'instance/service-accounts/default/token': {access_token: 'ya29', expires_in: 3599, token_type: 'Bearer'},
});
const compute = withHeader('authorization', 'Bearer ya29', {
  machineType: 'https://www.googleapis.com/compute/v1/projects/p/zones/z/machineTypes/e2-medium',
  labels: {team: 'shop', env: 'prod'},
});

const cluster = {KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443'};
const account = {
  '/var/run/secrets/kubernetes.io/serviceaccount/token': 'pod-token\n',
  '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt': 'CA',
};
const asPod = (answer: string | object) => withHeader('authorization', 'Bearer pod-token', answer);
const node = {
  metadata: {name: 'node-1', uid: 'node-uid'},
  spec: {providerID: 'aws:///us-west-2a/i-049ca2df511bec762'},
  status: {nodeInfo: {machineID: 'machine-1'}},
};
const kubeSystem = {'GET /api/v1/namespaces/kube-system': asPod({metadata: {uid: 'cluster-uid'}})};

const cases: readonly [name: string, yaml: string, place: Place, attributes: PlainMap][] = [
  ['ec2', '{detectors: [ec2]}', {routes: machine}, ec2Attributes],
  [
    'ec2 at the address that AWS’s variable says, without some attributes',
    '{detectors: [ec2], ec2: {resource_attributes: {host.name: {enabled: false}, host.id: {enabled: false}, host.type: {enabled: false}}}}',
    {env: {AWS_EC2_METADATA_SERVICE_ENDPOINT: 'ORIGIN/'}, routes: machine},
    Object.fromEntries(
      Object.entries(ec2Attributes).filter(([name]) => !['host.name', 'host.id', 'host.type'].includes(name)),
    ),
  ],
  [
    'ec2 without tokens (version 1)',
    '{detectors: [ec2]}',
    {
      routes: {
        'GET /latest/meta-data/instance-id': 'i-1',
        'GET /latest/dynamic/instance-identity/document': {instanceId: 'i-1', region: 'us-west-2'},
      },
    },
    {'cloud.provider': 'aws', 'cloud.platform': 'aws_ec2', 'cloud.region': 'us-west-2', 'host.id': 'i-1'},
  ],
  [
    'ec2 with tags of the metadata service',
    '{detectors: [ec2], ec2: {tags: [^Name$, ^te], tags_from_imds: true}}',
    {routes: machine},
    {...ec2Attributes, 'ec2.tag.Name': 'web-1', 'ec2.tag.team': 'shop'},
  ],
  [
    'ec2 with tags of its API',
    '{detectors: [ec2], ec2: {tags: ["^(Name|team)$"]}}',
    {
      env: {AWS_ENDPOINT_URL_EC2: 'ORIGIN'},
      routes: {
        ...machine,
        'GET /latest/meta-data/iam/security-credentials/': hasToken('web-role'),
        'GET /latest/meta-data/iam/security-credentials/web-role': hasToken({
          AccessKeyId: 'ASIA',
          SecretAccessKey: 'secret',
          Token: 'session',
        }),
        'POST /': (request) =>
          /^AWS4-HMAC-SHA256 Credential=ASIA\/\d{8}\/us-west-2\/ec2\/aws4_request, SignedHeaders=.*host.*, Signature=[\da-f]{64}$/.test(
            request.headers.authorization ?? '',
          ) && request.headers['x-amz-security-token'] === 'session'
            ? `<DescribeTagsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><tagSet>
                 <item><resourceId>i-1234567890abcdef0</resourceId><key>Name</key><value>web &amp; shop</value></item>
                 <item><resourceId>i-1234567890abcdef0</resourceId><key>team</key><value/></item>
                 <item><resourceId>i-1234567890abcdef0</resourceId><key>other</key><value>x</value></item>
               </tagSet></DescribeTagsResponse>`
            : undefined,
      },
    },
    {...ec2Attributes, 'ec2.tag.Name': 'web & shop', 'ec2.tag.team': ''},
  ],
  [
    'ec2 whose tags are not to be had',
    '{detectors: [ec2], ec2: {tags: [.]}}',
    {env: {AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b'}, routes: machine},
    ec2Attributes,
  ],
  ['ec2 where OpenStack answers', '{detectors: [ec2]}', {routes: {'GET /latest/meta-data/instance-id': 'i-1'}}, {}],
  ['ec2 that is turned off', '{detectors: [ec2]}', {env: {AWS_EC2_METADATA_DISABLED: 'true'}, routes: machine}, {}],
  [
    'ecs',
    '{detectors: [ecs]}',
    {
      env: {ECS_CONTAINER_METADATA_URI_V4: 'ORIGIN/v4/own'},
      routes: {'GET /v4/own/task': task, 'GET /v4/own': {DockerId: 'own'}},
    },
    {
      'cloud.provider': 'aws',
      'cloud.platform': 'aws_ecs',
      'cloud.region': 'us-west-2',
      'cloud.account.id': '111122223333',
      'cloud.availability_zone': 'us-west-2d',
      'aws.ecs.task.arn': task.TaskARN,
      'aws.ecs.task.family': 'curltest',
      'aws.ecs.task.revision': '26',
      'aws.ecs.task.id': '158d1c8083dd49d6b527399fd6414f5c',
      'aws.ecs.cluster.arn': 'arn:aws:ecs:us-west-2:111122223333:cluster/default',
      'aws.ecs.launchtype': 'ec2',
      'aws.log.group.names': ['/ecs/metadata'],
      'aws.log.group.arns': ['arn:aws:logs:us-west-2:111122223333:log-group:/ecs/metadata'],
      'aws.log.stream.names': ['ecs/curl/other'],
      'aws.log.stream.arns': ['arn:aws:logs:us-west-2:111122223333:log-group:/ecs/metadata:log-stream:ecs/curl/other'],
    },
  ],
  [
    'lambda',
    '{detectors: [lambda]}',
    {
      env: {
        AWS_REGION: 'us-east-1',
        AWS_LAMBDA_FUNCTION_NAME: 'checkout',
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
        AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/checkout',
        AWS_LAMBDA_LOG_STREAM_NAME: '2025/01/01/[$LATEST]ab',
      },
    },
    {
      'cloud.provider': 'aws',
      'cloud.platform': 'aws_lambda',
      'cloud.region': 'us-east-1',
      'faas.name': 'checkout',
      'faas.version': '$LATEST',
      'faas.instance': '2025/01/01/[$LATEST]ab',
      'faas.max_memory': '128',
      'aws.log.group.names': ['/aws/lambda/checkout'],
      'aws.log.stream.names': ['2025/01/01/[$LATEST]ab'],
    },
  ],
  [
    'elastic_beanstalk',
    '{detectors: [elastic_beanstalk], elasticbeanstalk: {resource_attributes: {cloud.provider: {enabled: false}}}}',
    {
      files: {
        '/var/elasticbeanstalk/xray/environment.conf':
          '{"deployment_id":23,"environment_name":"BETA","version_label":"env-version-1234"}',
      },
    },
    {
      'cloud.platform': 'aws_elastic_beanstalk',
      'service.instance.id': '23',
      'deployment.environment': 'BETA',
      'service.version': 'env-version-1234',
    },
  ],
  [
    'eks by the machine',
    '{detectors: [eks], eks: {resource_attributes: {host.id: {enabled: true}, host.name: {enabled: true}, k8s.cluster.name: {enabled: true}}}}',
    {
      env: {
        ...cluster,
        AWS_WEB_IDENTITY_TOKEN_FILE: '/var/run/secrets/eks.amazonaws.com/serviceaccount/token',
        AWS_ROLE_ARN: 'arn:aws:iam::1:role/r',
        AWS_ENDPOINT_URL_STS: 'ORIGIN/sts',
        AWS_ENDPOINT_URL_EC2: 'ORIGIN/ec2',
      },
      files: {...account, '/var/run/secrets/eks.amazonaws.com/serviceaccount/token': 'jwt'},
      routes: {
        ...machine,
        'POST /sts/':
          '<AssumeRoleWithWebIdentityResponse><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken></Credentials></AssumeRoleWithWebIdentityResponse>',
        'POST /ec2/': withHeader(
          'x-amz-security-token',
          't',
          '<r><reservationSet><item><ownerId>1</ownerId><instancesSet><item><tagSet><item><key>Name</key><value>n</value></item><item><key>kubernetes.io/cluster/shop</key><value>owned</value></item></tagSet></item></instancesSet></item></reservationSet></r>',
        ),
      },
    },
    {
      'cloud.provider': 'aws',
      'cloud.platform': 'aws_eks',
      'host.id': 'i-1234567890abcdef0',
      'host.name': 'ip-10-158-112-84.us-west-2.compute.internal',
      'k8s.cluster.name': 'shop',
    },
  ],
  [
    'eks by the node, told by the version of the cluster',
    '{detectors: [eks], eks: {node_from_env_var: NODE, resource_attributes: {host.id: {enabled: true}, host.type: {enabled: true}, cloud.account.id: {enabled: true}, cloud.region: {enabled: true}, cloud.availability_zone: {enabled: true}, k8s.cluster.name: {enabled: true}}}}',
    {
      env: {
        ...cluster,
        NODE: 'node-1',
        AWS_ACCESS_KEY_ID: 'a',
        AWS_SECRET_ACCESS_KEY: 'b',
        AWS_ENDPOINT_URL_EC2: 'ORIGIN/ec2',
      },
      files: account,
      routes: {
        'GET /version': asPod({gitVersion: 'v1.33.4-eks-99d6cc0'}),
        'GET /api/v1/nodes/node-1': asPod(node),
        'POST /ec2/':
          '<r><reservationSet><item><ownerId>123</ownerId><instancesSet><item><instanceType>m5.large</instanceType><tagSet><item><key>aws:eks:cluster-name</key><value>shop</value></item></tagSet></item></instancesSet></item></reservationSet></r>',
      },
    },
    {
      'cloud.provider': 'aws',
      'cloud.platform': 'aws_eks',
      'cloud.region': 'us-west-2',
      'cloud.availability_zone': 'us-west-2a',
      'cloud.account.id': '123',
      'host.id': 'i-049ca2df511bec762',
      'host.type': 'm5.large',
      'k8s.cluster.name': 'shop',
    },
  ],
  [
    'eks in another cluster',
    '{detectors: [eks]}',
    {env: cluster, files: account, routes: {'GET /version': asPod({gitVersion: 'v1.33.4'})}},
    {},
  ],
  [
    'gcp: Compute Engine',
    '{detectors: [gcp], gcp: {labels: [^team$], resource_attributes: {gcp.gce.instance.hostname: {enabled: true}}}}',
    {
      routes: {
        ...engine,
        'GET /compute/v1/projects/my-project/zones/us-central1-c/instances/web-1': compute,
      },
    },
    {
      'cloud.provider': 'gcp',
      'cloud.platform': 'gcp_compute_engine',
      'cloud.account.id': 'my-project',
      'cloud.region': 'us-central1',
      'cloud.availability_zone': 'us-central1-c',
      'host.id': '1234',
      'host.name': 'web-1',
      'host.type': 'projects/123/machineTypes/n1-standard-1',
      'gcp.gce.instance.hostname': 'web-1.c.my-project.internal',
      'gcp.gce.instance_group_manager.name': 'web',
      'gcp.gce.instance_group_manager.zone': 'us-central1-c',
      'gcp.gce.instance.labels.team': 'shop',
    },
  ],
  [
    'gcp: Kubernetes Engine in a region, at the host that Google’s variable says',
    '{detectors: [gcp]}',
    {
      env: {KUBERNETES_SERVICE_HOST: '10.0.0.1', GCE_METADATA_HOST: 'HOST'},
      routes: {
        ...google({
          'instance/attributes/cluster-location': 'us-central1',
          'instance/attributes/cluster-name': 'shop',
          'instance/name': 'gke-1',
          'instance/zone': 'projects/123/zones/us-central1-c',
          'instance/service-accounts/default/token': {access_token: 'ya29'},
        }),
        'GET /compute/v1/projects/my-project/zones/us-central1-c/instances/gke-1': compute,
      },
    },
    {
      'cloud.provider': 'gcp',
      'cloud.platform': 'gcp_kubernetes_engine',
      'cloud.account.id': 'my-project',
      'cloud.region': 'us-central1',
      'k8s.cluster.name': 'shop',
      'host.id': '1234',
      'host.name': 'gke-1',
      'host.type': 'e2-medium',
    },
  ],
  [
    'gcp: Kubernetes Engine in a zone, with workload identity',
    '{detectors: [gcp]}',
    {
      env: {KUBERNETES_SERVICE_HOST: '10.0.0.1'},
      routes: google({
        'instance/attributes/cluster-location': 'us-central1-c',
        'instance/attributes/cluster-name': 'shop',
      }),
    },
    {
      'cloud.provider': 'gcp',
      'cloud.platform': 'gcp_kubernetes_engine',
      'cloud.account.id': 'my-project',
      'cloud.region': 'us-central1',
      'cloud.availability_zone': 'us-central1-c',
      'k8s.cluster.name': 'shop',
      'host.id': '1234',
    },
  ],
  [
    'gcp: Cloud Run',
    '{detectors: [gcp]}',
    {
      env: {K_CONFIGURATION: 'c', K_SERVICE: 'shop', K_REVISION: 'shop-7'},
      routes: google({'instance/region': 'projects/123/regions/us-central1'}),
    },
    {
      'cloud.provider': 'gcp',
      'cloud.platform': 'gcp_cloud_run',
      'cloud.account.id': 'my-project',
      'cloud.region': 'us-central1',
      'faas.name': 'shop',
      'faas.version': 'shop-7',
      'faas.instance': '1234',
    },
  ],
  [
    'gcp: a job of Cloud Run',
    '{detectors: [gcp]}',
    {
      env: {CLOUD_RUN_JOB: 'nightly', CLOUD_RUN_EXECUTION: 'nightly-1', CLOUD_RUN_TASK_INDEX: '0'},
      routes: google({'instance/region': 'projects/123/regions/us-central1'}),
    },
    {
      'cloud.provider': 'gcp',
      'cloud.platform': 'gcp_cloud_run',
      'cloud.account.id': 'my-project',
      'cloud.region': 'us-central1',
      'faas.name': 'nightly',
      'faas.instance': '1234',
      'gcp.cloud_run.job.execution': 'nightly-1',
      'gcp.cloud_run.job.task_index': '0',
    },
  ],
  [
    'gcp: Cloud Functions',
    '{detectors: [gcp]}',
    {
      env: {FUNCTION_TARGET: 'f', K_SERVICE: 'f', K_REVISION: '2'},
      routes: google({'instance/region': 'projects/123/regions/us-central1'}),
    },
    {
      'cloud.provider': 'gcp',
      'cloud.platform': 'gcp_cloud_functions',
      'cloud.account.id': 'my-project',
      'cloud.region': 'us-central1',
      'faas.name': 'f',
      'faas.version': '2',
      'faas.instance': '1234',
    },
  ],
  [
    'gcp: App Engine',
    '{detectors: [gcp]}',
    {
      env: {GAE_ENV: 'standard', GAE_SERVICE: 'shop', GAE_VERSION: '3', GAE_INSTANCE: 'i'},
      routes: google({
        'instance/region': 'projects/123/regions/us-east1',
        'instance/zone': 'projects/123/zones/us-east1-b',
      }),
    },
    {
      'cloud.provider': 'gcp',
      'cloud.platform': 'gcp_app_engine',
      'cloud.account.id': 'my-project',
      'cloud.region': 'us-east1',
      'cloud.availability_zone': 'us-east1-b',
      'faas.name': 'shop',
      'faas.version': '3',
      'faas.instance': 'i',
    },
  ],
  [
    'gcp: Bare Metal Solution',
    '{detectors: [gcp]}',
    {env: {BMS_PROJECT_ID: 'p', BMS_REGION: 'r', BMS_INSTANCE_ID: 'i'}},
    {
      'cloud.provider': 'gcp',
      'cloud.platform': 'gcp_bare_metal_solution',
      'cloud.account.id': 'p',
      'cloud.region': 'r',
      'host.name': 'i',
    },
  ],
  [
    'gcp where another cloud answers',
    '{detectors: [gcp], fail_on_missing_metadata: true}',
    {routes: {'GET /': 'latest'}},
    {},
  ],
  [
    'azure with tags and its zone',
    '{detectors: [azure], azure: {tags: ["^foo$"], resource_attributes: {cloud.availability_zone: {enabled: true}}}}',
    {routes: azureRoutes(azureMachine)},
    {
      'cloud.provider': 'azure',
      'cloud.platform': 'azure.vm',
      'cloud.region': 'westus',
      'cloud.account.id': 'xxxxxxxx-xxxxx-xxx-xxx-xxxx',
      'cloud.availability_zone': '1',
      'host.id': '02aab8a4-74ef-476e-8182-f6d2ba4166a6',
      'host.name': 'examplevmcomputer',
      'azure.vm.name': 'examplevmname',
      'azure.vm.size': 'Standard_A3',
      'azure.vm.scaleset.name': 'crpteste9vflji9',
      'azure.resourcegroup.name': 'macikgo-test-may-23',
      'azure.tag.foo': 'bar',
    },
  ],
  [
    'aks, whose group names the cluster',
    '{detectors: [aks], aks: {resource_attributes: {k8s.cluster.name: {enabled: true}}}}',
    {
      env: {KUBERNETES_SERVICE_HOST: '10.0.0.1'},
      routes: azureRoutes({...azureMachine, resourceGroupName: 'mc_group_shop_westus'}),
    },
    {'cloud.provider': 'azure', 'cloud.platform': 'azure.aks', 'k8s.cluster.name': 'shop'},
  ],
  ['aks on a machine', '{detectors: [aks]}', {routes: azureRoutes(azureMachine)}, {}],
  [
    'azureappservice',
    '{detectors: [azureappservice], azureappservice: {resource_attributes: {azure.app_service.instance.id: {enabled: false}}}}',
    {env: site},
    {
      'cloud.provider': 'azure',
      'cloud.platform': 'azure.app_service',
      'cloud.region': 'West Europe',
      'cloud.account.id': 'sub',
      'cloud.resource_id': '/subscriptions/sub/resourceGroups/group/providers/Microsoft.Web/sites/shop',
      'service.name': 'shop',
      'azure.resource_group.name': 'group',
      'deployment.environment.name': 'staging',
    },
  ],
  [
    'azurefunctions, which App Service leaves to it',
    '{detectors: [azureappservice, azurefunctions]}',
    {env: {...site, FUNCTIONS_WORKER_RUNTIME: 'node'}},
    {
      'cloud.provider': 'azure',
      'cloud.platform': 'azure.functions',
      'cloud.region': 'West Europe',
      'cloud.account.id': 'sub',
      'cloud.resource_id': '/subscriptions/sub/resourceGroups/group/providers/Microsoft.Web/sites/shop',
      'service.name': 'shop',
      'azure.resource_group.name': 'group',
      'faas.instance': 'instance-1',
    },
  ],
  [
    'azurecontainerapps',
    '{detectors: [azurecontainerapps]}',
    {env: {CONTAINER_APP_NAME: 'shop', CONTAINER_APP_REPLICA_NAME: 'shop-1'}},
    {
      'cloud.provider': 'azure',
      'cloud.platform': 'azure.container_apps',
      'service.name': 'shop',
      'azure.container_app.instance.id': 'shop-1',
    },
  ],
  [
    'heroku',
    '{detectors: [heroku]}',
    {
      env: {
        HEROKU_DYNO_ID: 'foo',
        HEROKU_APP_ID: 'appid',
        HEROKU_APP_NAME: 'appname',
        HEROKU_RELEASE_CREATED_AT: 'createdat',
        HEROKU_RELEASE_VERSION: 'v1',
        HEROKU_SLUG_COMMIT: '23456',
      },
    },
    {
      'cloud.provider': 'heroku',
      'heroku.app.id': 'appid',
      'heroku.release.commit': '23456',
      'heroku.release.creation_timestamp': 'createdat',
      'service.instance.id': 'foo',
      'service.name': 'appname',
      'service.version': 'v1',
    },
  ],
  [
    'consul with metadata of the node and a token',
    '{detectors: [consul], consul: {token: t, meta: {rack: "", zone: }}}',
    {
      env: {CONSUL_HTTP_ADDR: 'ORIGIN'},
      routes: {
        'GET /v1/agent/self': withHeader('x-consul-token', 't', {
          Config: {Datacenter: 'dc1', NodeName: 'foobar', NodeID: '9d754d17-d864-b1d3-e758-f3fe25a9874f'},
          Meta: {rack: 'r1', other: 'x'},
        }),
      },
    },
    {
      'cloud.region': 'dc1',
      'host.name': 'foobar',
      'host.id': '9d754d17-d864-b1d3-e758-f3fe25a9874f',
      rack: 'r1',
    },
  ],
  [
    'openshift on AWS',
    '{detectors: [openshift]}',
    {
      env: {KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443'},
      files: account,
      routes: {
        'GET /apis/config.openshift.io/v1/infrastructures/cluster/status': asPod({
          status: {infrastructureName: 'test-d-bm4rt', platformStatus: {type: 'AWS', aws: {region: 'US-East-1'}}},
        }),
      },
    },
    {
      'cloud.provider': 'aws',
      'cloud.platform': 'aws_openshift',
      'cloud.region': 'us-east-1',
      'k8s.cluster.name': 'test-d-bm4rt',
    },
  ],
  [
    'k8s_api with the machine',
    '{detectors: [k8s_api], k8s_api: {resource_attributes: {host.id: {enabled: true}}}}',
    {
      env: {...cluster, K8S_NODE_NAME: 'node-1'},
      files: account,
      routes: {...kubeSystem, 'GET /api/v1/nodes/node-1': asPod(node)},
    },
    {
      'k8s.node.name': 'node-1',
      'k8s.node.uid': 'node-uid',
      'k8s.cluster.uid': 'cluster-uid',
      'host.id': 'machine-1',
    },
  ],
  [
    'k8snode by a kubeconfig',
    '{detectors: [k8snode], k8snode: {auth_type: kubeConfig, node_from_env_var: NODE}}',
    {
      env: {KUBECONFIG: '/kube', NODE: 'node-1'},
      files: {
        '/kube':
          'current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: "http://here/"}}]\nusers: [{name: u, user: {token: pod-token}}]\n',
      },
      routes: {...kubeSystem, 'GET /api/v1/nodes/node-1': asPod(node)},
    },
    {'k8s.node.name': 'node-1', 'k8s.node.uid': 'node-uid', 'k8s.cluster.uid': 'cluster-uid'},
  ],
  [
    'kubeadm',
    '{detectors: [kubeadm]}',
    {
      env: cluster,
      files: account,
      routes: {
        ...kubeSystem,
        'GET /api/v1/namespaces/kube-system/configmaps/kubeadm-config': asPod({
          data: {ClusterConfiguration: 'apiVersion: kubeadm.k8s.io/v1beta4\nclusterName: my-cluster\n'},
        }),
      },
    },
    {'k8s.cluster.name': 'my-cluster', 'k8s.cluster.uid': 'cluster-uid'},
  ],
  ['kubeadm in another cluster', '{detectors: [kubeadm]}', {env: cluster, files: account, routes: kubeSystem}, {}],
  [
    'dynatrace',
    '{detectors: [dynatrace]}',
    {
      files: {
        '/var/lib/dynatrace/enrichment/dt_host_metadata.properties':
          'dt.entity.host=HOST-1\nhost.name= web-1\nother=x\nnonsense\ndt.smartscape.host=HOST-2\n',
      },
    },
    {'dt.entity.host': 'HOST-1', 'host.name': 'web-1', 'dt.smartscape.host': 'HOST-2'},
  ],
  [
    'hetzner',
    '{detectors: [hetzner]}',
    {
      routes: {
        'GET /hetzner/v1/metadata/hostname': 'web-1',
        'GET /hetzner/v1/metadata/instance-id': '42',
        'GET /hetzner/v1/metadata/region': 'eu-central',
        'GET /hetzner/v1/metadata/availability-zone': 'fsn1-dc14',
      },
    },
    {
      'cloud.provider': 'hetzner',
      'cloud.region': 'eu-central',
      'cloud.availability_zone': 'fsn1-dc14',
      'host.id': '42',
      'host.name': 'web-1',
    },
  ],
  [
    'akamai',
    '{detectors: [akamai]}',
    {
      routes: {
        'PUT /v1/token': withHeader('metadata-token-expiry-seconds', '3600', '["T"]'),
        'GET /v1/instance': withHeader('metadata-token', 'T', {
          id: 7,
          label: 'web-1',
          region: 'us-east',
          type: 'g6-standard-1',
          account_euuid: 'A',
          image: {id: 'linode/debian12', label: 'Debian 12'},
        }),
      },
    },
    {
      'cloud.provider': 'akamai_cloud',
      'cloud.platform': 'akamai_cloud.compute',
      'cloud.account.id': 'A',
      'cloud.region': 'us-east',
      'host.id': '7',
      'host.name': 'web-1',
      'host.type': 'g6-standard-1',
      'host.image.id': 'linode/debian12',
      'host.image.name': 'Debian 12',
    },
  ],
  [
    'scaleway',
    '{detectors: [scaleway]}',
    {
      routes: {
        'GET /conf?format=json': {
          id: 'i',
          name: 'web-1',
          organization: 'o',
          commercial_type: 'DEV1-S',
          image: {id: 'img', name: 'Debian'},
          location: {zone_id: 'fr-par-1'},
        },
      },
    },
    {
      'cloud.provider': 'scaleway_cloud',
      'cloud.platform': 'scaleway_cloud_compute',
      'cloud.account.id': 'o',
      'cloud.region': 'fr-par',
      'cloud.availability_zone': 'fr-par-1',
      'host.id': 'i',
      'host.name': 'web-1',
      'host.type': 'DEV1-S',
      'host.image.id': 'img',
      'host.image.name': 'Debian',
    },
  ],
  [
    'vultr with its platform',
    '{detectors: [vultr], vultr: {resource_attributes: {cloud.platform: {enabled: true}}}}',
    {
      routes: {
        'GET /v1.json': {hostname: 'web-1', instanceid: '1', 'instance-v2-id': 'v2', region: {regioncode: 'EWR'}},
      },
    },
    {
      'cloud.provider': 'vultr',
      'cloud.platform': 'vultr.cloud_compute',
      'cloud.region': 'ewr',
      'host.id': 'v2',
      'host.name': 'web-1',
    },
  ],
  [
    'oraclecloud',
    '{detectors: [oraclecloud]}',
    {
      routes: Object.fromEntries(
        ['HEAD', 'GET'].map((method) => [
          `${method} /opc/v2/instance/`,
          withHeader('authorization', 'Bearer Oracle', {
            id: 'ocid1',
            displayName: 'web-1',
            shape: 'VM.Standard.E4',
            canonicalRegionName: 'us-ashburn-1',
            availabilityDomain: 'AD-1',
            metadata: {'oke-cluster-display-name': 'shop', realm: 'oc1'},
          }),
        ]),
      ),
    },
    {
      'cloud.provider': 'oracle_cloud',
      'cloud.platform': 'oracle_cloud_oke',
      'cloud.region': 'us-ashburn-1',
      'cloud.availability_zone': 'AD-1',
      'host.id': 'ocid1',
      'host.name': 'web-1',
      'host.type': 'VM.Standard.E4',
      'k8s.cluster.name': 'shop',
      'oracle_cloud.realm': 'oc1',
    },
  ],
  [
    'digitalocean',
    '{detectors: [digitalocean]}',
    {routes: {'GET /metadata/v1.json': {droplet_id: 2756294, hostname: 'sample-droplet', region: 'nyc3'}}},
    {'cloud.provider': 'digitalocean', 'cloud.region': 'nyc3', 'host.id': '2756294', 'host.name': 'sample-droplet'},
  ],
  [
    'upcloud',
    '{detectors: [upcloud]}',
    {
      routes: {
        'GET /metadata/v1.json': {cloud_name: 'upcloud', instance_id: '00abc', hostname: 'web-1', region: 'us-chi1'},
      },
    },
    {'cloud.provider': 'upcloud', 'cloud.region': 'us-chi1', 'host.id': '00abc', 'host.name': 'web-1'},
  ],
  [
    'nova with labels',
    '{detectors: [nova], nova: {labels: [^tag1$, "^label.*$"]}}',
    {
      routes: {
        'GET /openstack/latest/meta_data.json': {
          uuid: 'u',
          hostname: 'web-1.novalocal',
          project_id: 'p',
          availability_zone: 'nova',
          meta: {tag1: 'a', label2: 'b', other: 'c'},
        },
        'GET /latest/meta-data/instance-type': 'm1.small',
      },
    },
    {
      'cloud.provider': 'openstack',
      'cloud.platform': 'openstack_nova',
      'cloud.account.id': 'p',
      'cloud.availability_zone': 'nova',
      'host.id': 'u',
      'host.name': 'web-1.novalocal',
      'host.type': 'm1.small',
      'openstack.nova.meta.tag1': 'a',
      'openstack.nova.meta.label2': 'b',
    },
  ],
  [
    'alibaba_ecs',
    '{detectors: [alibaba_ecs]}',
    {
      routes: {
        'PUT /latest/api/token': withHeader('x-aliyun-ecs-metadata-token-ttl-seconds', '21600', 'T'),
        ...Object.fromEntries(
          Object.entries({
            hostname: 'web-1',
            'image-id': 'img',
            'instance-id': 'i-1',
            'instance/instance-type': 'ecs.g6.large',
            'owner-account-id': '123',
            'region-id': 'cn-hangzhou',
            'zone-id': 'cn-hangzhou-i',
          }).map(([path, answer]) => [
            `GET /latest/meta-data/${path}`,
            withHeader('x-aliyun-ecs-metadata-token', 'T', answer),
          ]),
        ),
      },
    },
    {
      'cloud.provider': 'alibaba_cloud',
      'cloud.platform': 'alibaba_cloud_ecs',
      'cloud.account.id': '123',
      'cloud.region': 'cn-hangzhou',
      'cloud.availability_zone': 'cn-hangzhou-i',
      'host.id': 'i-1',
      'host.name': 'web-1',
      'host.type': 'ecs.g6.large',
      'host.image.id': 'img',
    },
  ],
  [
    'tencent_cvm',
    '{detectors: [tencent_cvm]}',
    {
      routes: Object.fromEntries(
        Object.entries({
          'instance-name': 'web-1',
          'instance/image-id': 'img',
          'instance-id': 'ins-1',
          'instance/instance-type': 'S5.SMALL2',
          'app-id': '123',
          'placement/region': 'ap-guangzhou',
          'placement/zone': 'ap-guangzhou-3',
        }).map(([path, answer]) => [`GET /latest/meta-data/${path}`, answer]),
      ),
    },
    {
      'cloud.provider': 'tencent_cloud',
      'cloud.platform': 'tencent_cloud_cvm',
      'cloud.account.id': '123',
      'cloud.region': 'ap-guangzhou',
      'cloud.availability_zone': 'ap-guangzhou-3',
      'host.id': 'ins-1',
      'host.name': 'web-1',
      'host.type': 'S5.SMALL2',
      'host.image.id': 'img',
    },
  ],
  [
    'ibmcloud_vpc over HTTPS’s setting',
    '{detectors: [ibmcloud_vpc], ibmcloud_vpc: {protocol: https}}',
    {
      routes: {
        'PUT /identity/v1/token?version=2026-01-30': withHeader('metadata-flavor', 'ibm', {access_token: 'T'}),
        'GET /metadata/v1/instance?version=2026-01-30': withHeader('authorization', 'Bearer T', {
          id: 'i',
          crn: 'crn:v1:bluemix:public:is:us-south-1:a/123456::instance:i',
          name: 'web-1',
          profile: {name: 'bx2-2x8'},
          zone: {name: 'us-south-1'},
          image: {id: 'img', name: 'debian'},
        }),
      },
    },
    {
      'cloud.provider': 'ibm_cloud',
      'cloud.platform': 'ibm_cloud.vpc',
      'cloud.account.id': '123456',
      'cloud.region': 'us-south',
      'cloud.availability_zone': 'us-south-1',
      'cloud.resource_id': 'crn:v1:bluemix:public:is:us-south-1:a/123456::instance:i',
      'host.id': 'i',
      'host.name': 'web-1',
      'host.type': 'bx2-2x8',
      'host.image.id': 'img',
      'host.image.name': 'debian',
    },
  ],
  [
    'ibmcloud_classic',
    '{detectors: [ibmcloud_classic]}',
    {
      routes: Object.fromEntries(
        Object.entries({
          getId: '1',
          getHostname: 'web-1',
          getDatacenter: 'dal10',
          getAccountId: '9',
          getGlobalIdentifier: 'g',
        }).map(([method, answer]) => [`GET /rest/v3.1/SoftLayer_Resource_Metadata/${method}.txt`, answer]),
      ),
    },
    {
      'cloud.provider': 'ibm_cloud',
      'cloud.platform': 'ibm_cloud.classic',
      'cloud.account.id': '9',
      'cloud.availability_zone': 'dal10',
      'cloud.resource_id': 'g',
      'host.id': '1',
      'host.name': 'web-1',
    },
  ],
];

describe('resourcedetection: the attributes of', () => {
  test.each(cases)('%s', async (_, yaml, place, attributes) => {
    expect(await detected(yaml, place)).toEqual(attributes);
  });
});

/** Names of detectors that find nothing where no service answers and no variable is set. */
const everyCloud =
  'ec2 ecs elastic_beanstalk eks lambda gcp azure aks azureappservice azurecontainerapps azurefunctions heroku openshift dynatrace ' +
  'k8s_api k8snode kubeadm hetzner akamai scaleway vultr oraclecloud digitalocean nova upcloud alibaba_ecs tencent_cvm ibmcloud_vpc ' +
  'ibmcloud_classic consul';
const nowhere = {env: {CONSUL_HTTP_ADDR: 'ORIGIN', AWS_EC2_METADATA_SERVICE_ENDPOINT: 'ORIGIN'}};
/** As in the Collector these say nothing of it. */
const silent = ['gcp', 'aks', 'oraclecloud', 'dynatrace'];

describe('resourcedetection: elsewhere', () => {
  test('all detectors of clouds find nothing, and nothing fails', async () => {
    const detectors = everyCloud.split(' ').join(', ');
    expect(await detected(`{detectors: [${detectors}]}`, nowhere)).toEqual({});
  });

  test.each(everyCloud.split(' ').filter((name) => !silent.includes(name)))(
    '%s fails with fail_on_missing_metadata',
    async (name) => {
      const yaml = `{detectors: [${name}], fail_on_missing_metadata: true, retry: {enabled: false}}`;
      await expect(detected(yaml, nowhere)).rejects.toThrow(`the resource could not be detected: ${name}: `);
    },
  );

  test('fail_on_missing_metadata of one detector is for it alone', async () => {
    const rest = 'retry: {enabled: false}';
    await expect(
      detected(`{detectors: [ec2, nova], nova: {fail_on_missing_metadata: true}, ${rest}}`, nowhere),
    ).rejects.toThrow('could not be detected: nova: ');
  });

  test('a service that never answers costs the timeout, and its attributes are left out', async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const around: Surroundings = {env: {}, process, os, read: async () => undefined, locate: () => origin};
    const yaml = '{detectors: [azure, ec2, env], timeout: 200ms}';
    const processor = testProcessor(createResourceDetection(around), yaml, 'traces');
    await processor.start?.();
    const [batch] = await processor.run(spanBatch({resource: {a: 'b'}}));
    await processor.stop?.();
    expect(itemsOf(batch!)[0]!.resource).toEqual({a: 'b'});
  });

  test('one configuration asks once for the instances of the processor in all pipelines, and again after all have stopped', async () => {
    const {origin, asked} = await serve({'GET /metadata/v1.json': {droplet_id: 1, hostname: 'a', region: 'nyc3'}});
    const around: Surroundings = {env: {}, process, os, read: async () => undefined, locate: () => origin};
    const factory = createResourceDetection(around);
    const wanted = configOf(factory.config, '{detectors: [digitalocean]}');
    const outcomes: number[] = [];
    const create = () =>
      factory.create(
        testSettings(),
        wanted,
        takes(async () => {}),
        'traces',
      );
    for (let round = 0; round < 2; round++) {
      const instances = [create(), create(), create()];
      for (const each of instances) await each.start?.();
      for (const each of instances) await each.stop?.();
      outcomes.push(asked.length);
    }
    expect(outcomes).toEqual([1, 2]);
  });

  test('a service that answers later is asked again with fail_on_missing_metadata', async () => {
    let asked = 0;
    const droplet = {droplet_id: 1, hostname: 'late', region: 'nyc3'};
    const routes = {'GET /metadata/v1.json': () => (++asked < 3 ? undefined : droplet)};
    const yaml =
      '{detectors: [digitalocean], fail_on_missing_metadata: true, retry: {initial_interval: 10ms, max_interval: 10ms}}';
    expect(await detected(yaml, {routes})).toMatchObject({'host.name': 'late'});
    expect(asked).toBe(3);
  });
});
