/** What a click on something shared asks for. */
import type {SharedAttribute} from '../../api/index.ts';
import {writeDuration} from '../../format/index.ts';
import {
  addTerm,
  attributeBy,
  attributeField,
  type ExploreUrl,
  type PageContext,
  type Question,
  type Term,
} from '../../urls/index.ts';
import {type Asked, asksFor} from './use-explore-url.ts';

type Shared = Pick<SharedAttribute, 'of' | 'key' | 'value' | 'range' | 'services'>;

/**
 * Only traces that have it, or only those that do not; undefined where the question has no words for that. Of a trace one span must fit
 * all conditions: where the question is about spans of another service or operation, these give way.
 */
export function changeOf(
  shared: Shared,
  {context, question}: Pick<Asked, 'context' | 'question'>,
  has: boolean,
): Partial<PageContext & ExploreUrl> | undefined {
  const terms = termsOf(shared, has);
  if (terms === undefined) return undefined;
  const asked: Question = question.filter(
    ({field, op}) => !(has && op === '=' && (field === 'operation' || field === 'service') && isOfSpan(shared)),
  );
  const [service] = shared.services;
  const moves = has && isOfSpan(shared) && context.service !== undefined && !shared.services.includes(context.service);
  return {...asksFor(terms.reduce(addTerm, asked)), ...(moves ? {service} : {})};
}

/** How long the trace takes is asked of the trace. */
const isOfSpan = ({of, range}: Shared): boolean => !(of === 'trace' && range !== undefined);

/** What says it in a question; undefined where nothing does. */
export function termsOf({of, key, value, range}: Shared, has: boolean): readonly Term[] | undefined {
  const is = has ? '=' : '!=';
  if (range !== undefined) {
    const op = (range.from !== undefined) === has ? '>=' : '<';
    const edge = range.from ?? range.below ?? 0;
    if (of !== 'trace') return [{field: attributeField(key), op, value: String(edge)}];
    if (key !== 'duration') return undefined;
    return [{field: 'duration', op: op === '<' ? '<=' : op, value: writeDuration(Math.round(edge))}];
  }
  switch (of) {
    case 'service':
      return [{field: 'service', op: is, value: value ?? ''}];
    case 'operation':
    case 'trace':
      return [{field: 'operation', op: is, value: value ?? ''}];
    case 'failed':
      return has
        ? [
            {field: 'operation', op: '=', value: value ?? ''},
            {field: 'status', op: '=', value: 'error'},
          ]
        : undefined;
    case 'kind':
      return value === 'unspecified' ? undefined : [{field: 'kind', op: is, value: value ?? ''}];
    default:
      return value === undefined
        ? [{field: 'has', op: is, value: attributeBy(key)}]
        : [{field: attributeField(key), op: is, value}];
  }
}
