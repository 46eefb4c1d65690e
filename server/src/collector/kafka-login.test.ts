/** Logging in to Kafka with tokens; `e2e/kafka/weft.test.ts` has every way on Apache Kafka. */
import {expect, it} from 'vitest';
import {mskToken} from './kafka-login.ts';
import {kafkaReceiverConfig} from './receiver-kafka-settings.ts';
import {realSurroundings} from './resource-detector.ts';
import {configOf} from './testing-metrics.ts';

it('Kafka login: a token for Amazon MSK is what its own signer for Go makes of these credentials', async () => {
  const env = {
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    AWS_SESSION_TOKEN: 'session/token+=',
  };
  const token = await mskToken(
    'eu-west-1',
    {...realSurroundings, env},
    AbortSignal.timeout(5000),
    new Date('2026-11-30T11:42:38Z'),
  );
  const url = new URL(Buffer.from(token, 'base64url').toString());
  expect(url.origin).toBe('https://kafka.eu-west-1.amazonaws.com');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    Action: 'kafka-cluster:Connect',
    'User-Agent': 'weft',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIDEXAMPLE/20261130/eu-west-1/kafka-cluster/aws4_request',
    'X-Amz-Date': '20261130T114238Z',
    'X-Amz-Expires': '900',
    'X-Amz-Security-Token': 'session/token+=',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': '917bf54f372a8e3d5365127aea8c4058bdc3316a6aa1e9ec2fae601c66255d3b',
  });
});

it.each([
  ['{mechanism: PLAIN, password: p}', '`username` is required with PLAIN'],
  ['{mechanism: SCRAM-SHA-256, username: u}', '`password` is required with SCRAM-SHA-256'],
  ['{mechanism: OAUTHBEARER}', '`oauthbearer_token_source` is required with OAUTHBEARER'],
  ['{mechanism: AWS_MSK_IAM_OAUTHBEARER}', '`aws_msk.region` is required with AWS_MSK_IAM_OAUTHBEARER'],
  ['{mechanism: GSSAPI}', 'expected one of `PLAIN`'],
])('Kafka login: `sasl: %s` is a fault', (sasl, message) => {
  expect(() => configOf(kafkaReceiverConfig, `{auth: {sasl: ${sasl}}}`)).toThrow(message);
});

it('Kafka login: Kerberos is a fault that names what a broker can offer instead', () => {
  const kerberos = '{auth: {kerberos: {service_name: kafka, realm: R, username: u, password: p}}}';
  expect(() => configOf(kafkaReceiverConfig, kerberos)).toThrow('use `sasl` with SCRAM-SHA-512 or OAUTHBEARER');
});
