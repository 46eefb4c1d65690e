import {useQuery, useQueryClient} from '@tanstack/react-query';
import {useEffect, useState} from 'react';
import {queries} from '../../api/index.ts';

/**
 * True while no service has ever sent a span, which is asked every 2 s. When the first one has, everything asked before is asked
 * again.
 */
export function useFirstSpan(): boolean {
  const client = useQueryClient();
  const {data} = useQuery({
    ...queries.services(),
    refetchInterval: (query) => (query.state.data?.services.length === 0 ? 2_000 : false),
  });
  const nothing = data?.services.length === 0;
  const [waited, setWaited] = useState(false);
  if (nothing && !waited) setWaited(true);
  useEffect(() => {
    if (waited && !nothing) void client.invalidateQueries({queryKey: ['traces']});
  }, [client, waited, nothing]);
  return nothing;
}
