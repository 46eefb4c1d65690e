/** Machines, tasks, functions and environments of AWS. */

import {errorMessage} from '../base/index.ts';
import {anyLength, bool, duration, integer, withDefault} from '../config/index.ts';
import type {Pattern} from '../regexp/index.ts';
import {describeTags} from './aws-api.ts';
import {instanceMetadata, usualAttempts} from './aws-metadata.ts';
import {askJson, NotThereError, textAt, valueAt} from './metadata-request.ts';
import {
  type Detected,
  detector,
  expressions,
  matching,
  on,
  ownMissing,
  type Surroundings,
  textList,
  texts,
} from './resource-detector.ts';

const ec2 = detector({
  about: 'the machine in Amazon EC2',
  attributes: on(
    'cloud.account.id',
    'cloud.availability_zone',
    'cloud.platform',
    'cloud.provider',
    'cloud.region',
    'host.id',
    'host.image.id',
    'host.name',
    'host.type',
  ),
  fields: {
    ...ownMissing,
    tags: withDefault(expressions, [], '[]', 'Tags of the machine whose keys match become `ec2.tag.KEY`.'),
    tags_from_imds: withDefault(
      bool,
      false,
      'false',
      'Whether tags are asked of the metadata service, where the instance allows that, instead of the API of EC2 (`ec2:DescribeTags`).',
    ),
    max_attempts: withDefault(integer(), usualAttempts.maxAttempts, '3', 'How often the metadata service is asked.'),
    max_backoff: withDefault(duration(0, anyLength), usualAttempts.maxBackoffMs, '20s', 'The longest wait between.'),
  },
  async detect({around, signal, settings, mustBeThere, log}): Promise<Detected> {
    const attempts = {maxAttempts: settings.max_attempts, maxBackoffMs: settings.max_backoff};
    const metadata = instanceMetadata(around, signal, attempts);
    await metadata.get('meta-data/instance-id');
    // Others answer the first question as EC2 does (OpenStack), and do not know this document.
    const document: unknown = await metadata.get('dynamic/instance-identity/document').then(JSON.parse, (error) => {
      if ((error as NotThereError).status === 404) throw error;
      throw new Error(`no identity of the instance: ${errorMessage(error)}`, {cause: error});
    });
    const name = await metadata.get('meta-data/hostname').catch((error) => {
      if (mustBeThere) throw error;
      return undefined;
    });
    const instance = textAt(document, 'instanceId') ?? '';
    const region = textAt(document, 'region') ?? '';
    const found = texts({
      'cloud.provider': 'aws',
      'cloud.platform': 'aws_ec2',
      'cloud.region': region,
      'cloud.account.id': textAt(document, 'accountId'),
      'cloud.availability_zone': textAt(document, 'availabilityZone'),
      'host.id': instance,
      'host.image.id': textAt(document, 'imageId'),
      'host.type': textAt(document, 'instanceType'),
      'host.name': name,
    });
    if (settings.tags.length === 0) return found;
    try {
      const tags = settings.tags_from_imds
        ? await instanceTags(metadata, settings.tags)
        : await describeTags(around, signal, region, instance);
      return {...found, ...matching('ec2.tag.', settings.tags, tags)};
    } catch (error) {
      log.warn({detector: 'ec2'}, `the tags of the instance are not known: ${errorMessage(error)}`);
      return found;
    }
  },
});

async function instanceTags(
  metadata: ReturnType<typeof instanceMetadata>,
  wanted: readonly Pattern[],
): Promise<readonly (readonly [string, string])[]> {
  const keys = (await metadata.get('meta-data/tags/instance')).split('\n').map((key) => key.trim());
  const asked = keys.filter((key) => key !== '' && wanted.some((each) => each.test(key)));
  return Promise.all(asked.map(async (key) => [key, await metadata.get(`meta-data/tags/instance/${key}`)] as const));
}

const ecs = detector({
  about: 'the task in Amazon ECS',
  attributes: on(
    'aws.ecs.cluster.arn',
    'aws.ecs.launchtype',
    'aws.ecs.task.arn',
    'aws.ecs.task.family',
    'aws.ecs.task.id',
    'aws.ecs.task.revision',
    'aws.log.group.arns',
    'aws.log.group.names',
    'aws.log.stream.arns',
    'aws.log.stream.names',
    'cloud.account.id',
    'cloud.availability_zone',
    'cloud.platform',
    'cloud.provider',
    'cloud.region',
  ),
  async detect({around: {env}, signal, mustBeThere}): Promise<Detected> {
    const base = [env.ECS_CONTAINER_METADATA_URI_V4, env.ECS_CONTAINER_METADATA_URI]
      .map((each) => each?.trim() ?? '')
      .find((each) => URL.canParse(each));
    if (base === undefined) throw new NotThereError('ECS_CONTAINER_METADATA_URI_V4 is not set: this is no task of ECS');
    const task = await askJson(`${base}/task`, {signal}).catch((error) => {
      throw new Error(`no metadata of the task: ${errorMessage(error)}`, {cause: error});
    });
    const arn = textAt(task, 'TaskARN') ?? '';
    // arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID, or without the cluster.
    const [, , , region = '', account = '', path] = arn.split(':');
    const cluster = textAt(task, 'Cluster') ?? '';
    const launch = textAt(task, 'LaunchType')?.toLowerCase();
    const own = await askJson(base, {signal}).catch((error) => {
      if (mustBeThere) throw error;
      return undefined;
    });
    return {
      ...texts({
        'cloud.provider': 'aws',
        'cloud.platform': 'aws_ecs',
        'cloud.region': region,
        'cloud.account.id': account,
        'cloud.availability_zone': textAt(task, 'AvailabilityZone'),
        'aws.ecs.task.arn': arn,
        'aws.ecs.task.family': textAt(task, 'Family'),
        'aws.ecs.task.revision': textAt(task, 'Revision'),
        'aws.ecs.task.id': path?.split('/').at(-1),
        'aws.ecs.cluster.arn': cluster.includes(':') ? cluster : `arn:aws:ecs:${region}:${account}:cluster/${cluster}`,
        'aws.ecs.launchtype': launch === 'ec2' || launch === 'fargate' ? launch : undefined,
      }),
      ...(own === undefined ? {} : logsOf(task, own, account)),
    };
  },
});

/** Where the other containers of the task log to, in CloudWatch. */
function logsOf(task: unknown, own: unknown, account: string): Detected {
  const containers = valueAt(task, 'Containers');
  const logs = (Array.isArray(containers) ? containers : []).flatMap((container: unknown) => {
    const isWanted =
      textAt(container, 'Type') === 'NORMAL' &&
      textAt(container, 'KnownStatus') === 'RUNNING' &&
      textAt(container, 'LogDriver') === 'awslogs' &&
      textAt(container, 'DockerId') !== textAt(own, 'DockerId');
    const option = (name: string): string => textAt(container, 'LogOptions', `awslogs-${name}`) ?? '';
    const [group, stream, region] = [option('group'), option('stream'), option('region')];
    if (!isWanted || `${group}${stream}${region}` === '') return [];
    const arn = `arn:aws:logs:${region}:${account}:log-group:${group}`;
    return [{group, stream, arn, streamArn: `${arn}:log-stream:${stream}`}];
  });
  return {
    'aws.log.group.names': textList(logs.map(({group}) => group)),
    'aws.log.group.arns': textList(logs.map(({arn}) => arn)),
    'aws.log.stream.names': textList(logs.map(({stream}) => stream)),
    'aws.log.stream.arns': textList(logs.map(({streamArn}) => streamArn)),
  };
}

const lambda = detector({
  about: 'the function in AWS Lambda',
  attributes: on(
    'aws.log.group.names',
    'aws.log.stream.names',
    'cloud.platform',
    'cloud.provider',
    'cloud.region',
    'faas.instance',
    'faas.max_memory',
    'faas.name',
    'faas.version',
  ),
  async detect({around: {env}}): Promise<Detected> {
    const name = env.AWS_LAMBDA_FUNCTION_NAME;
    if (!name) throw new NotThereError('AWS_LAMBDA_FUNCTION_NAME is not set: this is no function of Lambda');
    const {AWS_LAMBDA_LOG_GROUP_NAME: group, AWS_LAMBDA_LOG_STREAM_NAME: stream} = env;
    return {
      ...texts({
        'cloud.provider': 'aws',
        'cloud.platform': 'aws_lambda',
        'cloud.region': env.AWS_REGION,
        'faas.name': name,
        'faas.version': env.AWS_LAMBDA_FUNCTION_VERSION,
        'faas.instance': stream,
        'faas.max_memory': env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      }),
      'aws.log.group.names': textList(group === undefined ? [] : [group]),
      'aws.log.stream.names': textList(stream === undefined ? [] : [stream]),
    };
  },
});

const elasticBeanstalk = detector({
  about: 'the environment in AWS Elastic Beanstalk, where X-Ray is on',
  section: 'elasticbeanstalk',
  attributes: on(
    'cloud.platform',
    'cloud.provider',
    'deployment.environment',
    'deployment.environment.name',
    'deployment.id',
    'service.instance.id',
    'service.version',
  ),
  async detect({around}) {
    const path = beanstalkFile(around);
    const written = await around.read(path);
    if (written === undefined)
      throw new NotThereError(`${path} is not there: this is no environment of Elastic Beanstalk`);
    let environment: unknown;
    try {
      environment = JSON.parse(written);
    } catch (error) {
      throw new Error(`${path}: ${errorMessage(error)}`, {cause: error});
    }
    // The Collector gives `deployment.id` and `deployment.environment.name` behind a feature gate only, which is off.
    return texts({
      'cloud.provider': 'aws',
      'cloud.platform': 'aws_elastic_beanstalk',
      'service.instance.id': textAt(environment, 'deployment_id'),
      'deployment.environment': textAt(environment, 'environment_name'),
      'service.version': textAt(environment, 'version_label'),
    });
  },
});

const beanstalkFile = ({os}: Surroundings): string =>
  os.platform() === 'win32'
    ? 'C:\\Program Files\\Amazon\\XRay\\environment.conf'
    : '/var/elasticbeanstalk/xray/environment.conf';

export const awsDetectors = {ec2, ecs, elastic_beanstalk: elasticBeanstalk, lambda};
