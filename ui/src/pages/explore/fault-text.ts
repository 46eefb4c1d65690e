import type {QuestionFault, Term, TypedFault} from '../../urls/index.ts';
import type {ExploreText} from './text/index.ts';

/** Why a condition is not understood, and the words that are. */
export function faultText(fault: TypedFault | QuestionFault, text: ExploreText): string {
  const {faults} = text.query;
  switch (fault.kind) {
    case 'operator':
      return faults.operator(fault.field, fault.operators.join(' '));
    case 'value':
      return faults.value(fault.field, fault.values.join(', '));
    case 'duration':
      return faults.duration(fault.field);
    case 'crossed':
      return faults.crossed(boundText(fault.least), boundText(fault.greatest));
    case 'view':
      return fault.values.length === 0 ? faults.time(fault.field) : faults.view(fault.field, fault.values.join(' '));
    case 'long':
      return faults.long;
    case 'number':
      return faults.number(fault.field);
    case 'language':
      return faults[fault.what];
    case 'words':
      return faults.words(fault.words, `${fault.op}${fault.value}`);
    case 'word':
      return faults.word(fault.word, fault.op);
    case 'duration-alone':
      return faults.durationAlone(fault.duration, fault.op);
    case 'quote':
      return faults.quotes[fault.why](fault.begun);
    case 'id':
      return fault.of === 'trace' ? faults.traceId(fault.value) : faults.spanId(fault.value);
    case 'sign':
      return faults.sign(fault.sign, fault.example);
    case 'unfinished':
      return faults.unfinished(`${fault.field}${fault.op}`);
    case 'status-code':
      return faults.statusCode(`${fault.op}${fault.value}`);
    case 'scope':
      return faults.scope(fault.field);
  }
}

const boundText = ({op, value}: Term): string => `${op} ${value}`;
