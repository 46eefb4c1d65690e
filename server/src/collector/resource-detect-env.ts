/** Resources as environment variables have them: of OpenTelemetry's SDKs, and of Kubernetes' downward API. */

import {always, type ConfigType, list, object, optional, text, withDefault} from '../config/index.ts';
import type {AnyValue} from '../model/index.ts';
import {compilePattern, type Pattern} from '../regexp/index.ts';
import {type Detected, detector, FinalError, off, on, type Surroundings, textValue} from './resource-detector.ts';

const wildcards: ConfigType<readonly Pattern[]> = list({
  label: 'pattern of keys',
  read(node, report) {
    const literal = text.read(node, report).replace(/[\\^$.+()[\]{}|]/g, '\\$&');
    return compilePattern(`(?s)^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`) as Pattern;
  },
});

export const env = detector({
  about: 'the variable `OTEL_RESOURCE_ATTRIBUTES`, or the older `OTEL_RESOURCE`',
  attributes: {},
  fields: {
    attributes: always(
      object({
        included: withDefault(wildcards, [], '[]', 'Keys that are taken, with `*` and `?` as wildcards; none: all.'),
        excluded: withDefault(wildcards, [], '[]', 'Keys that are left out of these.'),
      }),
      'Which keys of the variable are taken.',
    ),
    allow_list: optional(list(text), "Weft's own: the keys that are taken, without wildcards."),
  },
  async detect({around, settings: {attributes, allow_list}}): Promise<Detected> {
    const labels = around.env.OTEL_RESOURCE_ATTRIBUTES?.trim() || around.env.OTEL_RESOURCE?.trim() || '';
    if (labels === '') return {};
    const {included, excluded} = attributes;
    const isTaken = (key: string): boolean =>
      (allow_list?.includes(key) ?? true) &&
      (included.length === 0 || included.some((each) => each.test(key))) &&
      !excluded.some((each) => each.test(key));
    return Object.fromEntries(Object.entries(parseLabels(labels)).filter(([key]) => isTaken(key)));
  },
});

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
async function detectPod(around: Surroundings): Promise<Detected> {
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

export const kubernetes = detector({
  about: 'the pod, as the downward API tells it',
  attributes: {
    ...on('k8s.node.name', 'k8s.pod.name', 'k8s.pod.uid', 'k8s.namespace.name', 'k8s.container.name'),
    ...on('k8s.deployment.name', 'k8s.cluster.name', 'container.id'),
    ...off('k8s.pod.ip'),
  },
  detect: ({around}) => detectPod(around),
});

/** The id of the container, where a runtime mounts its host name from a directory that is named after it. */
export function containerId(mounts: string | undefined): string | undefined {
  const line = mounts
    ?.split('\n')
    .find((each) => /\/(?:hostname|resolv\.conf)\s/.test(each) && /[0-9a-f]{64}/.test(each));
  return /[0-9a-f]{64}/.exec(line ?? '')?.[0];
}
