/** Questions to the API of the Kubernetes cluster that this process runs in, or that a kubeconfig names. */
import {homedir} from 'node:os';
import {join} from 'node:path';
import {bool, ignored, list, oneOf, optional, parseForeignYaml, record, text, withDefault} from '../config/index.ts';
import {askJson, type MetadataRequest, NotThereError} from './metadata-request.ts';
import type {Surroundings} from './resource-detector.ts';

const account = '/var/run/secrets/kubernetes.io/serviceaccount';

export const kubernetesFields = {
  auth_type: withDefault(
    oneOf('serviceAccount', 'none', 'kubeConfig', 'tls'),
    'serviceAccount',
    'serviceAccount',
    'How to log in: as the pod, not at all, or as a kubeconfig says.',
  ),
  context: withDefault(text, '', '', 'The context of the kubeconfig; empty: its current one.'),
  kube_api_qps: ignored('a few questions are asked at the start'),
  kube_api_burst: ignored('a few questions are asked at the start'),
};

interface Settings {
  readonly auth_type: 'serviceAccount' | 'none' | 'kubeConfig' | 'tls';
  readonly context: string;
}

export interface KubernetesApi {
  /** The answer at a path such as `/api/v1/nodes/NAME`. Throws a NotThereError where there is none. */
  get(path: string): Promise<unknown>;
}

interface Access {
  readonly origin: string;
  readonly token?: string | undefined;
  readonly tls?: MetadataRequest['tls'];
}

/** Throws a NotThereError outside a cluster. */
export async function kubernetesApi(
  around: Surroundings,
  signal: AbortSignal,
  settings: Settings,
): Promise<KubernetesApi> {
  const {origin, token, tls} =
    settings.auth_type === 'kubeConfig' ? await ofKubeConfig(around, settings) : await inCluster(around, settings);
  const headers = {accept: 'application/json', ...(token ? {authorization: `Bearer ${token}`} : {})};
  return {get: (path) => askJson(origin + path, {headers, signal, ...(tls === undefined ? {} : {tls})})};
}

/** The address of the API server that pods are told; undefined outside. */
export function clusterOrigin({env}: Surroundings): string | undefined {
  const {KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port} = env;
  if (!host || !port) return undefined;
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

export const accountToken = async ({read}: Surroundings): Promise<string | undefined> =>
  (await read(`${account}/token`))?.trim() || undefined;
export const accountCa = ({read}: Surroundings): Promise<string | undefined> => read(`${account}/ca.crt`);

async function inCluster(around: Surroundings, {auth_type}: Settings): Promise<Access> {
  const origin = clusterOrigin(around);
  if (origin === undefined) {
    throw new NotThereError('KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is no pod');
  }
  const ca = await accountCa(around);
  // Where no authority is given, nobody is asked who it is, as in the Collector.
  if (auth_type === 'none') return {origin: around.locate(origin), tls: {rejectUnauthorized: false}};
  const token = await accountToken(around);
  if (token === undefined) throw new Error(`${account}/token cannot be read: the pod has no service account`);
  return {origin: around.locate(origin), token, tls: ca === undefined ? {} : {ca}};
}

const named = <K extends string>(key: K, fields: Parameters<typeof record>[0]) =>
  withDefault(list(record({name: withDefault(text, '', '', ''), [key]: optional(record(fields), '')})), [], '', '');
const texts = (...keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, optional(text, '')]));

const kubeConfig = record({
  'current-context': withDefault(text, '', '', ''),
  contexts: named('context', texts('cluster', 'user')),
  clusters: named('cluster', {
    ...texts('server', 'certificate-authority', 'certificate-authority-data'),
    'insecure-skip-tls-verify': withDefault(bool, false, '', ''),
  }),
  users: named('user', {
    ...texts('token', 'tokenFile', 'client-certificate', 'client-certificate-data', 'client-key', 'client-key-data'),
  }),
});

type Entry = Readonly<Record<string, Readonly<Record<string, string | boolean | undefined>> | undefined>>;

async function ofKubeConfig(around: Surroundings, {context}: Settings): Promise<Access> {
  const path = around.env.KUBECONFIG?.split(':')[0] || join(homedir(), '.kube', 'config');
  const written = await around.read(path);
  if (written === undefined) throw new Error(`the kubeconfig ${path} cannot be read`);
  const config = parseForeignYaml(kubeConfig, written, path);
  const find = (entries: readonly unknown[], key: string, name: unknown) => {
    const entry = (entries as readonly (Entry & {readonly name: string})[]).find((each) => each.name === name)?.[key];
    if (entry === undefined) throw new Error(`${path}: there is no ${key} \`${String(name)}\``);
    return entry;
  };
  const chosen = find(config.contexts, 'context', context || config['current-context']);
  const cluster = find(config.clusters, 'cluster', chosen.cluster);
  const user = find(config.users, 'user', chosen.user);
  const file = async (of: typeof user, key: string): Promise<string | undefined> => {
    const data = of[`${key}-data`];
    if (typeof data === 'string') return Buffer.from(data, 'base64').toString();
    return typeof of[key] === 'string' ? around.read(of[key]) : undefined;
  };
  const [ca, cert, key] = [
    await file(cluster, 'certificate-authority'),
    await file(user, 'client-certificate'),
    await file(user, 'client-key'),
  ];
  const token = user.token ?? (typeof user.tokenFile === 'string' ? await around.read(user.tokenFile) : undefined);
  return {
    origin: around.locate(String(cluster.server ?? '').replace(/\/$/, '')),
    token: typeof token === 'string' ? token.trim() : undefined,
    tls: {
      ...(ca === undefined ? {} : {ca}),
      ...(cert === undefined ? {} : {cert}),
      ...(key === undefined ? {} : {key}),
      rejectUnauthorized: cluster['insecure-skip-tls-verify'] !== true,
    },
  };
}
