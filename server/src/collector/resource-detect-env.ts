/** Resources as environment variables have them: of OpenTelemetry's SDKs, and of Kubernetes' downward API. */
import type {AnyValue} from '../model/index.ts';
import {type Detected, FinalError, type Surroundings, textValue} from './resource-detector.ts';

/** `OTEL_RESOURCE_ATTRIBUTES`, or the older `OTEL_RESOURCE`. */
export function detectEnv({env}: Surroundings): Detected {
  const labels = env.OTEL_RESOURCE_ATTRIBUTES?.trim() || env.OTEL_RESOURCE?.trim();
  return labels === undefined || labels === '' ? {} : parseLabels(labels);
}

/** `key=value,key=value`; values may be percent-encoded. */
export function parseLabels(labels: string): Record<string, AnyValue> {
  const found: Record<string, AnyValue> = {};
  let done = 0;
  for (const match of labels.matchAll(/\s*([^\u0080-\uffff]{1,256}?)\s*=\s*([^\u0080-\uffff]{0,256}?)\s*(?:,|$)/g)) {
    if (match.index !== done)
      throw new FinalError(`invalid text in the resource: "${labels.slice(done, match.index)}"`);
    done = match.index + match[0].length;
    found[match[1] as string] = {type: 'string', value: unescaped(match[2] as string, match[0])};
  }
  if (done !== labels.length) throw new FinalError(`invalid text in the resource: "${labels.slice(done)}"`);
  return found;
}

function unescaped(value: string, pair: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    throw new FinalError(`invalid percent-encoding in the resource: "${pair}"`);
  }
}

/**
 * The pod that this process runs in, as its environment says through the downward API. `HOSTNAME` is the pod's name where nothing else
 * says it, and the service account's files know the namespace.
 */
export async function detectKubernetes(around: Surroundings): Promise<Detected> {
  const {env} = around;
  const first = (...names: readonly string[]): AnyValue | undefined => {
    const name = names.find((each) => env[each] !== undefined && env[each] !== '');
    return textValue(name === undefined ? undefined : env[name]);
  };
  const isInside = env.KUBERNETES_SERVICE_HOST !== undefined && env.KUBERNETES_SERVICE_HOST !== '';
  const namespace = isInside ? await around.read('/var/run/secrets/kubernetes.io/serviceaccount/namespace') : undefined;
  return {
    'k8s.node.name': first('K8S_NODE_NAME', 'KUBE_NODE_NAME', 'NODE_NAME'),
    'k8s.pod.name': first('K8S_POD_NAME', 'POD_NAME') ?? (isInside ? textValue(env.HOSTNAME) : undefined),
    'k8s.pod.uid': first('K8S_POD_UID', 'POD_UID'),
    'k8s.pod.ip': first('K8S_POD_IP', 'POD_IP'),
    'k8s.namespace.name': first('K8S_NAMESPACE_NAME', 'K8S_NAMESPACE', 'POD_NAMESPACE') ?? textValue(namespace?.trim()),
    'k8s.container.name': first('K8S_CONTAINER_NAME', 'CONTAINER_NAME'),
    'k8s.deployment.name': first('K8S_DEPLOYMENT_NAME'),
    'k8s.cluster.name': first('K8S_CLUSTER_NAME'),
    'container.id': textValue(containerId(await around.read('/proc/self/mountinfo'))),
  };
}

/** The id of the container, where a runtime mounts its host name from a directory that is named after it. */
export function containerId(mounts: string | undefined): string | undefined {
  const line = mounts
    ?.split('\n')
    .find((each) => /\/(?:hostname|resolv\.conf)\s/.test(each) && /[0-9a-f]{64}/.test(each));
  return /[0-9a-f]{64}/.exec(line ?? '')?.[0];
}
