/** One component of the running graph: its configuration as it runs, and the documentation of its settings. */
import {type ConfigNode, type Field, type Fields, maskedYaml} from '../config/index.ts';
import type {CollectorConfig} from './config-check.ts';
import type {PartKind, PlanNode} from './plan.ts';

export interface ComponentView {
  readonly key: string;
  readonly kind: PartKind;
  readonly id: string;
  readonly type: string;
  readonly help: string;
  /** YAML of what is written, references replaced and secrets masked; empty where all is at its default. */
  readonly configuration: string;
  readonly settings: readonly SettingView[];
}

export interface SettingView {
  /** `sending_queue.queue_size`. */
  readonly path: string;
  readonly type: string;
  /** As written in YAML; empty for none. */
  readonly default: string;
  readonly help: string;
  readonly required: boolean;
  readonly isSet: boolean;
}

export function viewComponent({factories}: CollectorConfig, {key, kind, id, defined}: PlanNode): ComponentView {
  const {type, node} = defined;
  const factory = factories[`${kind}s`][type];
  return {
    key,
    kind,
    id,
    type,
    help: factory?.help ?? '',
    configuration: maskedYaml(node),
    settings: settingsOf(factory?.config.fields ?? {}, node, ''),
  };
}

/** Every setting, those inside of others behind them. `node` is what is written of them, if anything is. */
function settingsOf(fields: Fields, node: ConfigNode | undefined, prefix: string): SettingView[] {
  return Object.entries(fields).flatMap(([key, field]: [string, Field<unknown>]) => {
    const written = node?.kind === 'map' ? node.entries.get(key)?.value : undefined;
    const isList = field.type.label.startsWith('list');
    const path = `${prefix}${key}`;
    return [
      {
        path,
        type: field.type.label,
        default: field.fallbackText,
        help: field.help,
        required: field.required,
        isSet: written !== undefined,
      },
      ...settingsOf(field.type.fields ?? {}, isList ? undefined : written, `${path}${isList ? '[]' : ''}.`),
    ];
  });
}
