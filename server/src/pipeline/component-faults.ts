/** What hinders components of a sound configuration, each with the place of the setting, or where the component is defined. */
import {errorMessage, FileError} from '../base/index.ts';
import {type ConfigNode, type Fault, formatFault, type Position} from '../config/index.ts';
import type {PlanNode} from './plan.ts';

export class ComponentFaults extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[], options?: ErrorOptions) {
    super(faults.map(formatFault).join('\n'), options);
    this.faults = faults;
  }
}

/** Names the component, unless the error does. */
export function faultOf({kind, id, defined}: PlanNode, error: unknown): Fault {
  const message = errorMessage(error);
  const at = (error instanceof FileError ? placeOf(defined.node, error.path) : undefined) ?? defined.at;
  return {at, message: message.startsWith(`${id}: `) ? message : `${kind} \`${id}\`: ${message}`};
}

/** Where `text` is written. */
function placeOf(node: ConfigNode, text: string): Position | undefined {
  if (node.kind === 'scalar') return node.text === text ? node.at : undefined;
  const inside = node.kind === 'map' ? [...node.entries.values()].map(({value}) => value) : node.items;
  for (const each of inside) {
    const at = placeOf(each, text);
    if (at !== undefined) return at;
  }
  return undefined;
}
