/** What a client of Kafka shows to log in: a name and password, or a token that it gets anew for each connection. */
import type {SASLOptions} from '@platformatic/kafka';
import {AwsV4Signer} from 'aws4fetch';
import {defaultTenant} from '../base/index.ts';
import type {Settings} from '../pipeline/index.ts';
import {credentials} from './aws-api.ts';
import type {KafkaClientConfig} from './kafka-settings.ts';
import {realSurroundings, type Surroundings} from './resource-detector.ts';

/** How long AWS may take to give credentials. */
const credentialsMs = 10_000;

export function kafkaLogin(
  {sasl, plain_text: plain}: NonNullable<KafkaClientConfig['auth']>,
  settings: Settings,
): SASLOptions | undefined {
  if (sasl === undefined) return plain && {...plain, mechanism: 'PLAIN'};
  const {mechanism, username, password, aws_msk: msk, oauthbearer_token_source: source} = sasl;
  if (mechanism === 'AWS_MSK_IAM_OAUTHBEARER') {
    const token = (): Promise<string> =>
      mskToken(msk.region, realSurroundings, AbortSignal.timeout(credentialsMs), new Date());
    return {mechanism: 'OAUTHBEARER', token};
  }
  if (mechanism === 'OAUTHBEARER') return {mechanism, token: () => tokenOf(settings, source ?? '')};
  return {mechanism, username: username ?? '', password: password ?? ''};
}

/** The token that an authenticator of exporters would put into the header of a request. */
function tokenOf(settings: Settings, id: string): string {
  const headers = settings.extension(id).clientAuth?.authorize({}, {tenant: defaultTenant});
  const token = /^bearer +(\S+)$/i.exec(headers?.authorization ?? '')?.[1];
  if (token === undefined) throw new Error(`${settings.id}: extension ${id} has no bearer token to log in with`);
  return token;
}

/** A token for Amazon MSK: the address of a request to connect, signed by the machine's credentials and valid for 15 minutes. */
export async function mskToken(region: string, around: Surroundings, signal: AbortSignal, now: Date): Promise<string> {
  const {accessKeyId, secretAccessKey, sessionToken} = await credentials(around, signal, region);
  const url = new URL(`https://kafka.${region}.amazonaws.com/`);
  url.search = new URLSearchParams({Action: 'kafka-cluster:Connect', 'X-Amz-Expires': '900'}).toString();
  const signed = await new AwsV4Signer({
    method: 'GET',
    url: url.href,
    service: 'kafka-cluster',
    region,
    signQuery: true,
    datetime: now.toISOString().replace(/[-:]|\.\d+/g, ''),
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : {sessionToken}),
  }).sign();
  // Of the sender, and not signed, as AWS's own signers have it.
  signed.url.searchParams.set('User-Agent', 'weft');
  return Buffer.from(signed.url.href).toString('base64url');
}
