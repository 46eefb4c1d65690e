import type {GraphNode} from '../../api/index.ts';
import {useText} from '../../i18n/index.ts';
import {mapText} from './text/index.ts';

/** What a node is called: those who send no spans have a name in the reader's language. */
export function useNodeName(): (node: Pick<GraphNode, 'kind' | 'name'> | undefined) => string {
  const text = useText(mapText).map;
  return (node) => (node === undefined ? '' : node.kind === 'user' ? text.user : node.name);
}
