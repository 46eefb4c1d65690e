export {type Anatomy, type Breakdown, dissect, type Share} from './anatomy.ts';
export type {ErrorKind} from './error-kind.ts';
export {type Explanation, explainAnatomy, explainTrace, type Note} from './explain.ts';
export {mayLackCaller, type Surroundings} from './find-habits.ts';
export {type Gap, type WaitCause, waitCauses} from './find-waits.ts';
export {type Facts, type Figures, type Finding, type FindingKind, findingKinds} from './finding.ts';
export {
  type ExplainLanguage,
  explainLanguages,
  sayDuration,
  sayFinding,
  sayNote,
  sayParagraph,
  sayProtocol,
  sayWork,
} from './say.ts';
export {
  quantile,
  type Spread,
  type StepFigures,
  type StepOfTrace,
  type StepValues,
  spreadOf,
  stepFigures,
  stepKey,
  stepsOfTrace,
} from './step-figures.ts';
export type {Trace} from './trace.ts';
export {buildTree, walkTree} from './tree.ts';
export {type WorkKind, workKinds} from './work.ts';
