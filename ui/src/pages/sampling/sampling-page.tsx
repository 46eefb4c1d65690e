import {useQuery} from '@tanstack/react-query';
import {getRouteApi, useNavigate} from '@tanstack/react-router';
import {useRef} from 'react';
import {failureOf, queries} from '../../api/index.ts';
import {useText} from '../../i18n/index.ts';
import type {SamplingUrl} from '../../urls/index.ts';
import {FailurePanel, LoadingLine, useKeys, useTitle} from '../../widgets/index.ts';
import {ChangeNotice} from './change-notice.tsx';
import {everyService} from './changes.ts';
import {HowServicesFollow} from './how-services-follow.tsx';
import {IncidentBanner, IncidentButton} from './incident.tsx';
import {OverrideDialog} from './override-dialog.tsx';
import {OverrideList} from './override-list.tsx';
import {Policy} from './policy.tsx';
import classes from './sampling-page.module.css';
import {SamplingTable} from './sampling-table.tsx';
import {samplingText} from './text/index.ts';
import {useChanges} from './use-changes.ts';
import {useRowKeys} from './use-row-keys.ts';

const route = getRouteApi('/sampling');

/** How much of each service and operation is kept, why, and what a person set for a time: every change can be undone. */
export function SamplingPage() {
  const text = useText(samplingText);
  const url = route.useSearch();
  const navigate = useNavigate({from: '/sampling'});
  const {data, error, isFetching, refetch} = useQuery(queries.sampling());
  const changes = useChanges(() => data);
  const find = useRef<HTMLInputElement>(null);
  useTitle(`${text.sampling.title} · Weft`);
  const change = (patch: Partial<SamplingUrl>): void =>
    void navigate({search: (before) => ({...before, ...patch}), replace: patch.edit === undefined});
  useKeys({z: changes.undo, '/': () => find.current?.select(), a: () => change({edit: everyService})});
  useRowKeys({onEdit: (service) => change({edit: service})});

  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <h1 className={classes.title}>{text.sampling.title}</h1>
        <span className={classes.explain}>{text.sampling.explain}</span>
        {data !== undefined && (
          <IncidentButton overrides={data.overrides} changes={changes} onEdit={() => change({edit: everyService})} />
        )}
      </header>
      <LoadingLine active={isFetching && data === undefined} />
      {data === undefined && error !== null && (
        <FailurePanel failure={failureOf(error)} onRetry={() => void refetch()} />
      )}
      {data !== undefined && (
        <div className={classes.scroller}>
          {error !== null && <p className={classes.stale}>{text.sampling.stale}</p>}
          <IncidentBanner overrides={data.overrides} changes={changes} />
          <Policy sampling={data} changes={changes} />
          <OverrideList overrides={data.overrides} changes={changes} onEdit={(service) => change({edit: service})} />
          <SamplingTable sampling={data} url={url} find={find} onChange={change} />
          <HowServicesFollow sampling={data} />
        </div>
      )}
      <ChangeNotice changes={changes} />
      {data !== undefined && url.edit !== undefined && (
        <OverrideDialog
          service={url.edit}
          overrides={data.overrides}
          changes={changes}
          onClose={() => change({edit: undefined})}
        />
      )}
    </div>
  );
}
