/** Statements and conditions of OTTL in a configuration: each fault of one is told at its place in the file. */
import {type ConfigNode, type ConfigType, oneOf, type Position, type Report, textOf} from '../config/index.ts';
import {
  type Compiled,
  type Condition,
  compileCondition,
  compileStatement,
  type OttlContext,
  type OttlFault,
  pointAt,
  type Statement,
} from '../ottl/index.ts';

/** What becomes of an error while a statement runs: logged, passed over, or the batch refused. */
export const errorMode = oneOf('ignore', 'silent', 'propagate');
export type ErrorMode = ReturnType<typeof errorMode.read>;

/** A condition whose rows are those of the context. */
export const ottlCondition = (context: OttlContext): ConfigType<Condition> =>
  compiledType('OTTL condition', (text) => compileCondition(text, context));

export const ottlStatement = (context: OttlContext): ConfigType<Statement> =>
  compiledType('OTTL statement', (text) => compileStatement(text, context));

function compiledType<T>(label: string, compile: (text: string) => Compiled<T>): ConfigType<T> {
  return {
    label,
    read(node, report) {
      const text = ottlText(node, report, label);
      const compiled = text === undefined ? undefined : compile(text);
      if (compiled?.kind === 'ok') return compiled.value;
      reportFaults(report, node.at, text ?? '', compiled?.faults ?? []);
      return undefined as T;
    },
  };
}

/** The text of a statement or condition, or undefined with a fault. */
export function ottlText(node: ConfigNode, report: Report, label: string): string | undefined {
  const text = textOf(node);
  if (text === undefined) report.fault(node.at, `expected an ${label}`);
  return text;
}

/** Every fault at the statement's place in the file, with the statement and a mark. */
export function reportFaults(report: Report, at: Position, text: string, faults: readonly OttlFault[]): void {
  for (const fault of faults) report.fault(at, pointAt(text, fault));
}
