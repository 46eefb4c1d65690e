export {type Anatomy, type Breakdown, dissect, failedAtRoot, type Share} from './anatomy.ts';
export {
  type ComparedStep,
  type Comparison,
  compareTraces,
  compareWithUsual,
  keepSteps,
  type StepChange,
  type StepSums,
  stepChanges,
} from './compare.ts';
export type {SharedFeature} from './compare-shares.ts';
export {type ErrorKind, errorKindOf, statusName} from './error-kind.ts';
export {type Explanation, explainAnatomy, explainTrace, type Note} from './explain.ts';
export {type SetExplanation, type SetFinding, SetReader, type SideFigures} from './explain-set.ts';
export {mayLackCaller, type Surroundings} from './find-habits.ts';
export {mayBeSlower} from './find-slower.ts';
export {type Gap, type WaitCause, waitCauses} from './find-waits.ts';
export {type Facts, type Figures, type Finding, type FindingKind, findingKinds} from './finding.ts';
export {impliedBy} from './implied.ts';
export {
  judgeMend,
  type Mend,
  type MendEntry,
  type MendRequest,
  type MendSide,
  type MendStep,
  type MendStepFigures,
  requestsOf,
} from './mend.ts';
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
export {sayComparison} from './say-compare.ts';
export {sayMend} from './say-mend.ts';
export {sayFeature, sayPeriod, saySetParagraph, sayShared, sayStep} from './say-set.ts';
export {
  changeNotes,
  type DependencyCalls,
  type FoundChange,
  type ServiceSide,
  serviceChanges,
} from './service-changes.ts';
export type {StepDifference} from './step-differences.ts';
export {
  quantile,
  type Spread,
  type StepFigures,
  type StepOfTrace,
  type StepValues,
  spreadOf,
  stepFigures,
  stepsOfTrace,
} from './step-figures.ts';
export {type Steps, stepsOf} from './steps.ts';
export type {Trace} from './trace.ts';
export {buildTree, walkTree} from './tree.ts';
export {leastUsual, type Shape, shapeOfTraces} from './usual-shape.ts';
export {type WorkKind, workKinds} from './work.ts';
