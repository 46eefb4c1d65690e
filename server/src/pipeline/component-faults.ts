/** What hinders components of a sound configuration, each with the place where it is defined. */
import {errorMessage} from '../base/index.ts';
import {type Fault, formatFault} from '../config/index.ts';
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
  return {at: defined.at, message: message.startsWith(`${id}: `) ? message : `${kind} \`${id}\`: ${message}`};
}
