/** Conditions as people join them in one text. */
import type {Operator} from './question.ts';

/** Signs that stand for an operator; those of Chinese keyboards among them. */
export const signs: Readonly<Record<string, Operator | 'regex'>> = {
  '=': '=',
  '==': '=',
  ':': '=',
  '＝': '=',
  '：': '=',
  '!=': '!=',
  '<>': '!=',
  '≠': '!=',
  '！=': '!=',
  '>=': '>=',
  '=>': '>=',
  '≥': '>=',
  '＞=': '>=',
  '<=': '<=',
  '=<': '<=',
  '≤': '<=',
  '＜=': '<=',
  '>': '>',
  '＞': '>',
  '<': '<',
  '＜': '<',
  '=~': 'regex',
  '!~': 'regex',
  '~': 'regex',
};
export const signPattern = Object.keys(signs)
  .sort((a, b) => b.length - a.length)
  .join('|');
const term = new RegExp(
  `^\\s*([^\\s=<>!:≥≤≠＝：＞＜！~"]+|"(?:[^"\\\\]|\\\\.)+")\\s*(${signPattern})\\s*(.*?)\\s*$`,
  's',
);
/** These hold a colon, which elsewhere is an operator. */
const colonField = new RegExp(
  `^\\s*((?:span|trace):(?:name|kind|status|duration|id))\\s*(${signPattern})\\s*(.*?)\\s*$`,
  's',
);

/** Field, sign and value of one condition. */
export const matchTerm = (text: string): RegExpExecArray | null => colonField.exec(text) ?? term.exec(text);

/** The condition behind a `not`, in any of its spellings: `not x=1`, `!x=1`, `-x=1`, `not (x=1)`. Undefined where there is none. */
export function negatedIn(text: string): string | undefined {
  const rest = /^\s*(?:not(?=[\s(])|[!！](?![=＝~])|-(?=["\w.(]))\s*(.+)$/is.exec(text)?.[1];
  return rest === undefined ? undefined : (/^\(([^()]*)\)\s*$/.exec(rest)?.[1] ?? rest);
}

/** `status=error`, `duration > 1s`, `not duration > 1s`, but no URL: `http://…`. */
const isTerm = (text: string): boolean => {
  const found = matchTerm(negatedIn(text) ?? text);
  return found !== null && found[3] !== '' && !found[3]!.startsWith('//');
};

/** Conditions though they are no field, operator and value. */
export const questionWords = ['error', 'errors', 'failed', 'healed', 'clean', 'no error', 'no errors'] as const;
export const exists =
  /^([^\s=<>!]+)\s+(not\s+)?exists?$|^(?:exists|has)(?:\s+|\s*\(\s*)([^\s=<>!()]+)\s*\)?$|^_exists_\s*:\s*([^\s=<>!]+)$/i;
export const nil = /^([^\s=<>!]+)\s*(!=|=)\s*(?:nil|null)$/i;

function isAsked(text: string): boolean {
  const plain = (negatedIn(text) ?? text).trim();
  return isTerm(text) || exists.test(plain) || questionWords.some((word) => word === plain.toLowerCase());
}

/** A term whose field is a key: the second word of `operation=GET /a?b=1` is none. */
const isTag = (text: string): boolean =>
  /^(?:not\s+|[!！])?["\w.@$-][^/?&]*?[=<>!:≥≤≠＝：＞＜！~]/i.test(text) && isTerm(text);

const or = /\s+(?:or|\|\|)\s+|\s*\|\|\s*/i;

/** The terms in one text of an address, which only an "and" joins; undefined where an "or" does. */
export function joinedTerms(text: string): readonly string[] | undefined {
  const either = pieces(text, or);
  if (either.length > 1 && either.every(isAsked)) return undefined;
  const parts = pieces(text, /\s+and\s+|\s*&&\s*/i);
  return parts.length > 1 && parts.every(isAsked) ? parts : [text];
}

/** Parts joined by "and"; undefined where they are joined by "or". A value may have these words in it: `name=salt and pepper`. */
export function splitTerms(text: string): readonly string[] | undefined {
  const either = pieces(text, or);
  if (either.length > 1 && either.every(isAsked)) return undefined;
  const both = pieces(text, /\s+(?:and|AND)\s+|\s*&&\s*|\s*，\s*|,\s+/i);
  const parts = both.length > 1 && both.every(isAsked) ? both : [text];
  return parts.flatMap((part) => {
    // As Jaeger's field of tags has it: `error=true http.method=GET`.
    const words = pieces(part, /(?<!(?:^|\s)not)\s+/i);
    return words.length > 1 && words.every(isTag) ? words : [part];
  });
}

/** Split where `by` fits outside of quotes. */
function pieces(text: string, by: RegExp): readonly string[] {
  const hidden: string[] = [];
  const covered = text.replace(/"(?:[^"\\]|\\.)*"/g, (quoted) => `\u0000${hidden.push(quoted) - 1}\u0000`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: stands for a quoted text, which no typed text can have in it
  return covered.split(by).map((part) => part.replace(/\u0000(\d+)\u0000/g, (_, index) => hidden[Number(index)]!));
}
