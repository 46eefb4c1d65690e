/** Questions to the API of EC2, signed with the credentials that AWS's SDKs would find in the same place. */
import {AwsV4Signer} from 'aws4fetch';
import {instanceMetadata, usualAttempts} from './aws-metadata.ts';
import {askJson, askMetadata, textAt} from './metadata-request.ts';
import type {Surroundings} from './resource-detector.ts';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Tags of an instance. Throws an Error where they cannot be asked for. */
export async function describeTags(
  around: Surroundings,
  signal: AbortSignal,
  region: string,
  instance: string,
): Promise<readonly (readonly [key: string, value: string])[]> {
  const filter = {'Filter.1.Name': 'resource-id', 'Filter.1.Value.1': instance};
  return tagsIn(await askEc2(around, signal, region, {Action: 'DescribeTags', ...filter}));
}

export interface DescribedInstance {
  readonly account: string | undefined;
  readonly image: string | undefined;
  readonly type: string | undefined;
  readonly hostname: string | undefined;
  readonly tags: readonly (readonly [key: string, value: string])[];
}

export async function describeInstance(
  around: Surroundings,
  signal: AbortSignal,
  region: string,
  instance: string,
): Promise<DescribedInstance> {
  const answer = await askEc2(around, signal, region, {Action: 'DescribeInstances', 'InstanceId.1': instance});
  return {
    account: elementIn(answer, 'ownerId'),
    image: elementIn(answer, 'imageId'),
    type: elementIn(answer, 'instanceType'),
    hostname: elementIn(answer, 'privateDnsName'),
    tags: tagsIn(/<tagSet>.*?<\/tagSet>/s.exec(answer)?.[0] ?? ''),
  };
}

/** The answer's XML. */
async function askEc2(
  around: Surroundings,
  signal: AbortSignal,
  region: string,
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const {env} = around;
  const usual = around.locate(`https://ec2.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`);
  const url = `${(env.AWS_ENDPOINT_URL_EC2 || env.AWS_ENDPOINT_URL || usual).replace(/\/$/, '')}/`;
  const body = new URLSearchParams({Version: '2016-11-15', ...parameters}).toString();
  const {accessKeyId, secretAccessKey, sessionToken} = await credentials(around, signal, region);
  const signed = await new AwsV4Signer({
    method: 'POST',
    url,
    body,
    headers: {'content-type': 'application/x-www-form-urlencoded; charset=utf-8'},
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : {sessionToken}),
    service: 'ec2',
    region,
  }).sign();
  const headers = Object.fromEntries(signed.headers);
  return (await askMetadata(url, {method: 'POST', headers, body, signal})).text;
}

/** From variables, a token of the cluster, the container's agent, or the role of the machine: in the order of AWS's SDKs. */
export async function credentials(around: Surroundings, signal: AbortSignal, region: string): Promise<Credentials> {
  const {env} = around;
  if (env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY) {
    const {AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey} = env;
    return {accessKeyId, secretAccessKey, sessionToken: env.AWS_SESSION_TOKEN};
  }
  if (env.AWS_WEB_IDENTITY_TOKEN_FILE && env.AWS_ROLE_ARN) return ofWebIdentity(around, signal, region);
  const relative = env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI;
  const container = relative
    ? around.locate('http://169.254.170.2') + relative
    : env.AWS_CONTAINER_CREDENTIALS_FULL_URI;
  if (container) {
    const file = env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE;
    const token = file ? (await around.read(file))?.trim() : env.AWS_CONTAINER_AUTHORIZATION_TOKEN;
    return fromJson(await askJson(container, {headers: token ? {authorization: token} : {}, signal}));
  }
  const metadata = instanceMetadata(around, signal, usualAttempts);
  const roles = 'meta-data/iam/security-credentials/';
  const role = (await metadata.get(roles)).trim().split('\n')[0];
  return fromJson(JSON.parse(await metadata.get(roles + role)));
}

async function ofWebIdentity(around: Surroundings, signal: AbortSignal, region: string): Promise<Credentials> {
  const {env} = around;
  const token = (await around.read(env.AWS_WEB_IDENTITY_TOKEN_FILE as string))?.trim() ?? '';
  const parameters = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: env.AWS_ROLE_ARN as string,
    RoleSessionName: env.AWS_ROLE_SESSION_NAME || 'weft',
    WebIdentityToken: token,
  });
  const usual = around.locate(`https://sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`);
  const url = `${(env.AWS_ENDPOINT_URL_STS || env.AWS_ENDPOINT_URL || usual).replace(/\/$/, '')}/`;
  const headers = {'content-type': 'application/x-www-form-urlencoded'};
  const {text} = await askMetadata(url, {method: 'POST', headers, body: parameters.toString(), signal});
  return {
    accessKeyId: elementIn(text, 'AccessKeyId') ?? '',
    secretAccessKey: elementIn(text, 'SecretAccessKey') ?? '',
    sessionToken: elementIn(text, 'SessionToken'),
  };
}

const fromJson = (answer: unknown): Credentials => ({
  accessKeyId: textAt(answer, 'AccessKeyId') ?? '',
  secretAccessKey: textAt(answer, 'SecretAccessKey') ?? '',
  sessionToken: textAt(answer, 'Token'),
});

const entities: Readonly<Record<string, string>> = {lt: '<', gt: '>', quot: '"', apos: "'", amp: '&'};
const unescaped = (text: string): string =>
  text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[name] ?? whole;
    return String.fromCodePoint(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal));
  });

/** The text of the first element of this name, in the flat XML of AWS. */
function elementIn(xml: string, name: string): string | undefined {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return found === undefined ? undefined : unescaped(found);
}

const tagsIn = (xml: string): readonly (readonly [key: string, value: string])[] =>
  [...xml.matchAll(/<item>(?:(?!<\/item>).)*<\/item>/gs)].flatMap(([item]) => {
    const key = elementIn(item, 'key');
    return key === undefined ? [] : [[key, elementIn(item, 'value') ?? ''] as const];
  });
