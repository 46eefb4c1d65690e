/** The metadata service of EC2 (IMDS), by version 2 with a token, or by version 1 where it has no tokens. */
import {setTimeout as sleep} from 'node:timers/promises';
import {askMetadata, type MetadataRequest, NotThereError} from './metadata-request.ts';
import type {Surroundings} from './resource-detector.ts';

export interface InstanceMetadata {
  /** The text at a path below `/latest/`, such as `meta-data/instance-id`. */
  get(path: string): Promise<string>;
}

export interface InstanceMetadataOptions {
  /** How often a question is asked, where nobody answers or the service fails. */
  readonly maxAttempts: number;
  /** The longest wait between. */
  readonly maxBackoffMs: number;
}

/** Those of AWS's SDKs. */
export const usualAttempts: InstanceMetadataOptions = {maxAttempts: 3, maxBackoffMs: 20_000};

/** Its variables are those of AWS's SDKs. */
export function instanceMetadata(
  {env, locate}: Surroundings,
  signal: AbortSignal,
  {maxAttempts, maxBackoffMs}: InstanceMetadataOptions,
): InstanceMetadata {
  const isSix = env.AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE?.toLowerCase() === 'ipv6';
  const usual = locate(isSix ? 'http://[fd00:ec2::254]' : 'http://169.254.169.254');
  const base = `${(env.AWS_EC2_METADATA_SERVICE_ENDPOINT || usual).replace(/\/$/, '')}/latest/`;
  const ask = async (path: string, request: Omit<MetadataRequest, 'signal'>): Promise<string> => {
    if (env.AWS_EC2_METADATA_DISABLED?.toLowerCase() === 'true') {
      throw new NotThereError('the metadata of EC2 is turned off by AWS_EC2_METADATA_DISABLED');
    }
    for (let attempt = 1; ; attempt++) {
      try {
        return (await askMetadata(base + path, {...request, signal})).text;
      } catch (error) {
        const {status} = error as NotThereError;
        const mayHelp = status === undefined || status === 401 || status === 429 || status >= 500;
        if (!mayHelp || signal.aborted || (maxAttempts > 0 && attempt >= maxAttempts)) throw error;
        const wait = Math.min(Math.random() * 1000 * 2 ** (attempt - 1), maxBackoffMs);
        await sleep(wait, undefined, {signal}).catch(() => Promise.reject(error));
      }
    }
  };
  let token: Promise<string | undefined> | undefined;
  const newToken = async (): Promise<string | undefined> => {
    try {
      return await ask('api/token', {method: 'PUT', headers: {'x-aws-ec2-metadata-token-ttl-seconds': '300'}});
    } catch (error) {
      const isOlder = [403, 404, 405].includes((error as NotThereError).status ?? 0);
      if (isOlder && env.AWS_EC2_METADATA_V1_DISABLED?.toLowerCase() !== 'true') return undefined;
      throw error;
    }
  };
  return {
    async get(path) {
      token ??= newToken();
      const known = await token;
      return ask(path, known === undefined ? {} : {headers: {'x-aws-ec2-metadata-token': known}});
    },
  };
}
