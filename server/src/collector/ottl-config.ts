/** Conditions of OTTL in a configuration: each fault of one is told at its place in the file. */
import {type ConfigType, oneOf, type Position, type Report, textOf} from '../config/index.ts';
import {type Condition, compileCondition, type OttlContext, type OttlFault, pointAt} from '../ottl/index.ts';

/** What becomes of an error while a statement runs: logged, passed over, or the batch refused. */
export const errorMode = oneOf('ignore', 'silent', 'propagate');
export type ErrorMode = ReturnType<typeof errorMode.read>;

/** A condition whose rows are those of the context. */
export const ottlCondition = (context: OttlContext): ConfigType<Condition> => ({
  label: 'OTTL condition',
  read(node, report) {
    const text = textOf(node);
    if (text === undefined) report.fault(node.at, 'expected an OTTL condition');
    const compiled = text === undefined ? undefined : compileCondition(text, context);
    if (compiled?.kind === 'ok') return compiled.value;
    reportFaults(report, node.at, text ?? '', compiled?.faults ?? []);
    return undefined as unknown as Condition;
  },
});

/** Every fault at the statement's place in the file, with the statement and a mark. */
export function reportFaults(report: Report, at: Position, text: string, faults: readonly OttlFault[]): void {
  for (const fault of faults) report.fault(at, pointAt(text, fault));
}
