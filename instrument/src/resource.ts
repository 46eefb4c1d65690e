import {existsSync, readFileSync} from 'node:fs';
import {arch, hostname} from 'node:os';
import {dirname, join} from 'node:path';
import type {Attributes} from '@opentelemetry/api';
import {
  defaultResource,
  detectResources,
  osDetector,
  type Resource,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import type {Config} from './config.ts';
import type {Env} from './config-env.ts';
import {plainAttributes} from './odd-values.ts';

/**
 * The sender: service, deployment, host, process, container and Kubernetes pod. Later sources win: package.json,
 * what is detected, `OTEL_RESOURCE_ATTRIBUTES`, the options of `start`. Everything is known at once (the published host
 * and container detectors answer later, which is too late for a process that exits early), and command-line arguments
 * are left out: they carry secrets.
 */
export function buildResource(config: Config, env: Env, entry: string | undefined): Resource {
  const manifest = nearestManifest(entry);
  return defaultResource()
    .merge(
      attributes({
        'service.name': manifest?.name,
        'service.version': manifest?.version,
        'deployment.environment.name': env.NODE_ENV,
        'host.name': hostname(),
        'host.arch': architectures[arch()] ?? arch(),
        'host.id': readText('/etc/machine-id')?.trim(),
        'process.pid': process.pid,
        'process.executable.name': process.title,
        'process.executable.path': process.execPath,
        'process.command': process.argv[1],
        'process.runtime.name': 'nodejs',
        'process.runtime.version': process.versions.node,
        'container.id': containerId(readText('/proc/self/cgroup'), readText('/proc/self/mountinfo')),
        ...kubernetes(env),
      }),
    )
    .merge(detectResources({detectors: [osDetector, serviceInstanceIdDetector]}))
    .merge(attributes(config.environmentAttributes))
    .merge(
      attributes({
        'service.name': config.serviceName,
        'service.version': config.serviceVersion,
        'deployment.environment.name': config.environment,
        ...plainAttributes(config.resourceAttributes),
      }),
    );
}

const architectures: Readonly<Record<string, string>> = {x64: 'amd64', arm: 'arm32', ppc: 'ppc32'};

/** The container's id from the process's control groups (version 1) or mounts (version 2). */
export function containerId(cgroup: string | undefined, mountinfo: string | undefined): string | undefined {
  const id = /(?:^|[/:-])([0-9a-f]{64})(?:\.scope)?\s*$/m.exec(cgroup ?? '')?.[1];
  return id ?? /\/(?:containers|overlay-containers|sandboxes)\/([0-9a-f]{64})\//.exec(mountinfo ?? '')?.[1];
}

/** The attributes that a pod's downward API commonly sets; none outside Kubernetes. */
function kubernetes(env: Env): Record<string, string | undefined> {
  if (env.KUBERNETES_SERVICE_HOST === undefined) return {};
  return {
    'k8s.pod.name': env.K8S_POD_NAME ?? env.POD_NAME ?? env.HOSTNAME,
    'k8s.pod.uid': env.K8S_POD_UID ?? env.POD_UID,
    'k8s.namespace.name':
      env.K8S_NAMESPACE_NAME ??
      env.POD_NAMESPACE ??
      readText('/var/run/secrets/kubernetes.io/serviceaccount/namespace')?.trim(),
    'k8s.node.name': env.K8S_NODE_NAME ?? env.NODE_NAME,
    'k8s.deployment.name': env.K8S_DEPLOYMENT_NAME,
    'k8s.container.name': env.K8S_CONTAINER_NAME,
  };
}

type Manifest = {readonly name?: string; readonly version?: string};

/** The package.json nearest above the program that runs. */
function nearestManifest(entry: string | undefined): Manifest | undefined {
  if (entry === undefined) return undefined;
  for (let folder = dirname(entry); ; folder = dirname(folder)) {
    const text = readText(join(folder, 'package.json'));
    if (text !== undefined) {
      try {
        const {name, version} = JSON.parse(text) as Record<string, unknown>;
        if (typeof name === 'string') return {name, ...(typeof version === 'string' ? {version} : {})};
      } catch {
        return undefined; // A package.json that is not JSON names nothing.
      }
    }
    if (folder === dirname(folder)) return undefined;
  }
}

/** A file that may be absent or unreadable. */
function readText(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const attributes = (record: Readonly<Record<string, Attributes[string]>>): Resource =>
  resourceFromAttributes(Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)));
