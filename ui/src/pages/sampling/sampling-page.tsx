import {useQuery} from '@tanstack/react-query';
import {getRouteApi} from '@tanstack/react-router';
import {useCallback, useRef} from 'react';
import {queries} from '../../api/index.ts';
import {PipelineTabs, useCommands, useOwnAddress, View} from '../../frame/index.ts';
import {useText} from '../../i18n/index.ts';
import type {SamplingUrl} from '../../urls/index.ts';
import {ChangeNotice} from './change-notice.tsx';
import {everyService} from './changes.ts';
import {HowServicesFollow} from './how-services-follow.tsx';
import {IncidentBanner, IncidentButton} from './incident.tsx';
import {OverrideDialog} from './override-dialog.tsx';
import {OverrideList} from './override-list.tsx';
import {Policy} from './policy.tsx';
import {samplingCommands} from './sampling-commands.ts';
import classes from './sampling-page.module.css';
import {serviceOfId} from './sampling-rows.ts';
import {SamplingTable} from './sampling-table.tsx';
import {samplingText} from './text/index.ts';
import {useChanges} from './use-changes.ts';

const route = getRouteApi('/sampling');

/** How much of each service and operation is kept, why, and what a person set for a time: every change can be undone. */
export function SamplingPage() {
  const text = useText(samplingText).sampling;
  const url = route.useSearch();
  const write = useOwnAddress<SamplingUrl>();
  const answer = useQuery(queries.sampling());
  const {data} = answer;
  const changes = useChanges(() => data);
  const scroller = useRef<HTMLDivElement>(null);
  const change = useCallback(
    (patch: Partial<SamplingUrl>): void => write(patch, patch.edit === undefined ? 'replace' : 'keep'),
    [write],
  );
  const editAll = (): void => change({edit: everyService});
  useCommands(samplingCommands, {undo: changes.undo, setAll: editAll, set: () => editFocused(change)});

  return (
    <div className={classes.page}>
      <View
        title={text.title}
        note={text.explain}
        actions={data !== undefined && <IncidentButton overrides={data.overrides} changes={changes} onEdit={editAll} />}
        bar={<PipelineTabs />}
        answer={answer}
      >
        {(sampling) => (
          <div ref={scroller} className={classes.scroller}>
            <IncidentBanner overrides={sampling.overrides} changes={changes} />
            <Policy sampling={sampling} changes={changes} />
            <OverrideList
              overrides={sampling.overrides}
              changes={changes}
              onEdit={(service) => change({edit: service})}
            />
            <SamplingTable sampling={sampling} url={url} within={scroller} onChange={change} />
            <HowServicesFollow sampling={sampling} />
          </div>
        )}
      </View>
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

/** Sets something for the service of the row in which the focus is. */
function editFocused(change: (patch: Partial<SamplingUrl>) => void): void {
  const id = document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset.row;
  const service = id === undefined ? '' : serviceOfId(id);
  if (service !== '') change({edit: service});
}
