import {useQuery} from '@tanstack/react-query';
import {type ReactNode, useEffect, useMemo, useState} from 'react';
import {queries} from '../api/index.ts';
import {ServiceColoursContext, storedServiceColours} from '../theme/index.ts';

/** Gives each service its colour, which stays once the whole list of services is known. */
export function ServiceColoursProvider({children}: {readonly children: ReactNode}) {
  const [colours] = useState(storedServiceColours);
  const [version, setVersion] = useState(0);
  const {data} = useQuery(queries.services());
  useEffect(() => {
    if (data !== undefined && colours.settle(data.services)) setVersion((before) => before + 1);
  }, [data, colours]);
  const palette = useMemo(() => ({colours, version}), [colours, version]);
  return <ServiceColoursContext value={palette}>{children}</ServiceColoursContext>;
}
