/** Why a question cannot be asked. Weft is not asked for what it must refuse: it knows other names for the same things. */
import {type Question, sameTerm, type Term} from './question.ts';
import {type TermFault, termFault} from './question-fields.ts';
import {boundEnd} from './question-parameters.ts';

export type QuestionFault =
  | TermFault
  /** Two bounds of one duration that nothing lies between. */
  | {readonly kind: 'crossed'; readonly least: Term; readonly greatest: Term};

/** The terms that are in the way, each with its fault. */
export function questionFaults(question: Question): readonly {readonly term: Term; readonly fault: QuestionFault}[] {
  const ofTerms = question.flatMap((term) => {
    const fault = termFault(term);
    return fault === undefined ? [] : [{term, fault}];
  });
  const crossed = (['duration', 'span.duration'] as const).flatMap((field) => {
    const fault = crossing(question.filter((one) => one.field === field && termFault(one) === undefined));
    return fault === undefined ? [] : [fault.least, fault.greatest].map((term) => ({term, fault}));
  });
  return [...ofTerms, ...crossed];
}

export const isAskable = (question: Question): boolean => questionFaults(question).length === 0;

/** Of one term in its question. */
export const faultIn = (question: Question, term: Term): QuestionFault | undefined =>
  questionFaults(question).find((one) => sameTerm(one.term, term))?.fault;

/** The narrowest bounds, where they cross; a bound belongs to what lies between, as the API has it. */
function crossing(bounds: Question): Extract<QuestionFault, {kind: 'crossed'}> | undefined {
  const narrowest = (side: '>' | '<'): Term | undefined =>
    bounds
      .filter(({op}) => op.startsWith(side))
      .sort((a, b) => (side === '>' ? boundEnd(b) - boundEnd(a) : boundEnd(a) - boundEnd(b)))[0];
  const [least, greatest] = [narrowest('>'), narrowest('<')];
  if (least === undefined || greatest === undefined || boundEnd(least) <= boundEnd(greatest)) return undefined;
  return {kind: 'crossed', least, greatest};
}
