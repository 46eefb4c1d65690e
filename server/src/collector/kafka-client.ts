/** Options for the clients of `@platformatic/kafka`, from the settings. */
import {isIP} from 'node:net';
import type {BaseOptions} from '@platformatic/kafka';
import {type Settings, tlsClientOptions} from '../pipeline/index.ts';
import {kafkaLogin} from './kafka-login.ts';
import type {KafkaClientConfig} from './kafka-settings.ts';

/** The longest wait between two attempts of one request. */
const longestBackoffMs = 5000;

/** Attempts of one request beside the first. What goes on for longer is tried again by those who asked. */
const retries = 3;

/** `timeoutMs` is how long an answer may take. Throws an Error that names the certificate that cannot be read. */
export function kafkaClientOptions(config: KafkaClientConfig, timeoutMs: number, settings: Settings): BaseOptions {
  const {backoff} = config.metadata.retry;
  const longest = Math.max(longestBackoffMs, backoff);
  const tls = config.tls ?? config.auth?.tls;
  const login = config.auth && kafkaLogin(config.auth, settings);
  return {
    clientId: config.client_id,
    bootstrapBrokers: [...config.brokers],
    timeout: timeoutMs,
    connectTimeout: Math.min(timeoutMs, config.dial_timeout),
    requestTimeout: timeoutMs,
    retries,
    retryDelay: (_client: object, _operation: string, attempt: number) =>
      Math.min(longest, backoff * 2 ** (attempt - 1)) * (0.8 + 0.4 * Math.random()),
    ...(config.rack_id === '' ? {} : {clientRack: config.rack_id}),
    ...(tls === undefined || tls.insecure
      ? {}
      : {
          tls: tlsClientOptions(tls),
          // A server's name (SNI) may not be an address.
          ...(tls.server_name_override === undefined && config.brokers.some(isNamed) ? {tlsServerName: true} : {}),
        }),
    ...(login === undefined ? {} : {sasl: login}),
  };
}

const isNamed = (broker: string): boolean => isIP(broker.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')) === 0;
