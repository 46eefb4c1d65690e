/** Asks another server for sampling strategies, over `jaeger.api_v2.SamplingManager`. */
import {defaultTenant} from '../base/index.ts';
import type {GrpcClient} from '../net/index.ts';
import {clientAuth, fixedHeaders, type Settings} from '../pipeline/index.ts';
import {decodeStrategy, encodeStrategyRequest, remoteStrategies, type StrategiesSource} from '../sampling/index.ts';
import type {RemoteSamplingConfig, RemoteServer} from './extension-remote-sampling-settings.ts';
import {openGrpcClient} from './grpc-forwarder.ts';
import {samplingPath} from './sampling-answers.ts';

/** Connects with the first question. Throws where the TLS material cannot be used. */
export async function followRemote(
  settings: Settings,
  remote: RemoteServer,
  file: NonNullable<RemoteSamplingConfig['file']>,
): Promise<StrategiesSource> {
  const client: GrpcClient = await openGrpcClient(remote, remote.endpoint);
  const auth = remote.auth && clientAuth(settings, remote.auth.authenticator);
  const fixed = fixedHeaders(remote.headers);
  const ask = async (service: string) => {
    const headers = auth?.authorize(fixed, {tenant: defaultTenant}) ?? fixed;
    return decodeStrategy(await client.unary(samplingPath, encodeStrategyRequest(service), headers, remote.timeout));
  };
  const stop = (): void => client.close();
  return remoteStrategies({...file, ask, stop, now: () => settings.clock.now()}, settings.log);
}
