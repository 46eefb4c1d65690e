/** The text of a find in a trace, as a person types it, to terms. */
import {parseDuration} from '../base/index.ts';
import {type FindOperator, type FindTerm, findOperators, kindNames, statusNames} from '../query/index.ts';
import {ApiFailure} from './errors.ts';

const maxTerms = 16;
const maxText = 2_000;
/** A key, an operator, a value that may be quoted; or a word that may be quoted. */
const termPattern = /([^\s"=<>!]+)(!=|>=|<=|=|>|<)("[^"]*"?|\S*)|"([^"]*)"?|(\S+)/gu;

export function parseFindText(text: string): FindTerm[] {
  if (text.length > maxText) throw new ApiFailure('find_long', {characters: text.length, most: maxText}, 'text');
  const terms = [...text.matchAll(termPattern)].flatMap((match): FindTerm[] => {
    const [, key, operator, value, quoted, word = quoted ?? ''] = match;
    if (key !== undefined) return [comparison(key, operator as FindOperator, unquoted(value as string))];
    return word === '' ? [] : [{type: 'word', word}];
  });
  if (terms.length === 0) throw new ApiFailure('find_empty', {example}, 'text');
  if (terms.length > maxTerms) throw new ApiFailure('find_terms', {terms: terms.length, most: maxTerms}, 'text');
  return terms;
}

const example = 'http.response.status_code>=500';

function comparison(key: string, operator: FindOperator, value: string): FindTerm {
  // A dot before a key: an attribute, though it is called as one of the words below.
  if (key.startsWith('.') && key.length > 1) return attributeTerm(key.slice(1), operator, value);
  const equality = operator === '=' || operator === '!=';
  const not = operator === '!=';
  if (key === 'duration') {
    const nanos = parseDuration(value);
    if (nanos === undefined) throw new ApiFailure('find_not_duration', {given: value}, 'text');
    return {type: 'duration', operator, nanos};
  }
  if (equality && key === 'status') {
    const status = statusNames.find((name) => name === value.toLowerCase());
    if (status !== undefined) return {type: 'status', not, status};
  }
  if (equality && key === 'kind') {
    const kind = kindNames.find((name) => name === value.toLowerCase());
    if (kind !== undefined) return {type: 'kind', not, kind};
  }
  if (equality && (key === 'service' || key === 'operation')) return {type: 'field', not, field: key, value};
  if (equality && key === 'has' && value !== '') return {type: 'has', not, key: value};
  return attributeTerm(key, operator, value);
}

function attributeTerm(key: string, operator: FindOperator, value: string): FindTerm {
  if (operator === '=' || operator === '!=') return {type: operator === '=' ? 'is' : 'isNot', key, value};
  const number = value === '' ? Number.NaN : Number(value);
  if (!Number.isFinite(number)) {
    const operators = findOperators.filter((one) => one !== '=' && one !== '!=').join(', ');
    throw new ApiFailure('find_not_number', {given: value, operators, example}, 'text');
  }
  return {type: 'number', key, operator, value: number};
}

const unquoted = (value: string): string => (value.startsWith('"') ? value.replaceAll('"', '') : value);
