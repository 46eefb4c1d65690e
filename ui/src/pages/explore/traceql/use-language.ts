import {type QueryClient, useQueryClient} from '@tanstack/react-query';
import {faultsIn, markedTokens} from '@weft/server/traceql-language';
import {useMemo} from 'react';
import {queries} from '../../../api/index.ts';
import type {EditorLanguage} from '../../../editor/index.ts';
import {useText} from '../../../i18n/index.ts';
import {offer} from './offer.ts';
import {traceqlText} from './text/index.ts';

/** TraceQL for the editor: names and values are those that have arrived. */
export function useTraceqlLanguage(): EditorLanguage {
  const client = useQueryClient();
  const {offer: words} = useText(traceqlText);
  return useMemo(
    () => ({
      marks: markedTokens,
      faults: faultsIn,
      complete: (text, place, asked) => offer(text, place, asked, knownBy(client), words),
    }),
    [client, words],
  );
}

/** Each asked once, and known for a minute. */
const knownBy = (client: QueryClient) => ({
  tags: () => client.fetchQuery(queries.tempoTags()),
  values: (tag: string, where: string) => client.fetchQuery(queries.tempoValues(tag, where)),
});
