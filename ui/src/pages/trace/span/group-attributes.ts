/** Attributes in the order and groups in which a person looks for them. */
import type {Attribute} from '../../../api/index.ts';

export interface AttributeGroup {
  /** First part of the keys, as `http`; undefined for what stands alone. */
  readonly prefix: string | undefined;
  readonly attributes: readonly Attribute[];
}

/** By the part of the key before the first dot, where at least two share it; the rest together, last. Sorted by key. */
export function groupAttributes(attributes: readonly Attribute[]): AttributeGroup[] {
  const sorted = attributes.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const byPrefix = Map.groupBy(sorted, ({key}) => (key.includes('.') ? key.slice(0, key.indexOf('.')) : ''));
  const groups: AttributeGroup[] = [];
  const alone: Attribute[] = [];
  for (const [prefix, members] of byPrefix) {
    if (prefix === '' || members.length < 2) alone.push(...members);
    else groups.push({prefix, attributes: members});
  }
  if (alone.length > 0) groups.push({prefix: undefined, attributes: alone.sort((a, b) => (a.key < b.key ? -1 : 1))});
  return groups;
}
