import {existsSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import type {Attributes} from '@opentelemetry/api';
import {containerDetector} from '@opentelemetry/resource-detector-container';
import {
  defaultResource,
  detectResources,
  envDetector,
  hostDetector,
  osDetector,
  type Resource,
  type ResourceDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import type {Config, Env} from './config.ts';

/**
 * Who sends: service, deployment, host, process, container and Kubernetes pod. Later sources win: package.json,
 * detectors, `OTEL_RESOURCE_ATTRIBUTES`, the options of `start`. Command-line arguments are left out on purpose:
 * they carry secrets.
 */
export function buildResource(config: Config, env: Env, entry: string | undefined): Resource {
  const manifest = nearestManifest(entry);
  const detected = detectResources({
    detectors: [hostDetector, osDetector, processDetector, serviceInstanceIdDetector, containerDetector],
  });
  return defaultResource()
    .merge(attributes({'service.name': manifest?.name, 'service.version': manifest?.version}))
    .merge(detected)
    .merge(attributes(kubernetes(env)))
    .merge(attributes({'deployment.environment.name': env.NODE_ENV}))
    .merge(detectResources({detectors: [envDetector]}))
    .merge(
      attributes({
        'service.name': config.serviceName,
        'service.version': config.serviceVersion,
        'deployment.environment.name': config.environment,
        ...config.resourceAttributes,
      }),
    );
}

/** The process without its arguments. */
const processDetector: ResourceDetector = {
  detect: () => ({
    attributes: {
      'process.pid': process.pid,
      'process.executable.name': process.title,
      'process.executable.path': process.execPath,
      'process.runtime.name': 'nodejs',
      'process.runtime.version': process.versions.node,
      ...(process.argv[1] === undefined ? {} : {'process.command': process.argv[1]}),
    },
  }),
};

/** The variables that a pod's downward API commonly sets; absent outside Kubernetes. */
function kubernetes(env: Env): Record<string, string | undefined> {
  if (env.KUBERNETES_SERVICE_HOST === undefined) return {};
  return {
    'k8s.pod.name': env.K8S_POD_NAME ?? env.POD_NAME ?? env.HOSTNAME,
    'k8s.pod.uid': env.K8S_POD_UID ?? env.POD_UID,
    'k8s.namespace.name': env.K8S_NAMESPACE_NAME ?? env.POD_NAMESPACE ?? serviceAccountNamespace(),
    'k8s.node.name': env.K8S_NODE_NAME ?? env.NODE_NAME,
    'k8s.deployment.name': env.K8S_DEPLOYMENT_NAME,
    'k8s.container.name': env.K8S_CONTAINER_NAME,
  };
}

function serviceAccountNamespace(): string | undefined {
  const file = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

type Manifest = {readonly name?: string; readonly version?: string};

/** The package.json nearest above the program that runs. */
function nearestManifest(entry: string | undefined): Manifest | undefined {
  if (entry === undefined) return undefined;
  for (let folder = dirname(entry); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) {
      try {
        const {name, version} = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
        if (typeof name === 'string') return {name, ...(typeof version === 'string' ? {version} : {})};
      } catch {
        return undefined; // A package.json that is not JSON names nothing.
      }
    }
    if (folder === dirname(folder)) return undefined;
  }
}

const attributes = (record: Readonly<Record<string, Attributes[string]>>): Resource =>
  resourceFromAttributes(Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)));
