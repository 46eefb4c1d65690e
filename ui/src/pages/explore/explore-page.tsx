import {useQueryClient} from '@tanstack/react-query';
import {getRouteApi} from '@tanstack/react-router';
import {type ReactNode, useRef, useState} from 'react';
import {lazyPart} from '../../frame/index.ts';
import {useText} from '../../i18n/index.ts';
import {type ExploreUrl, type ResultKindId, viewKeys, writeTerm} from '../../urls/index.ts';
import {Segmented} from '../../widgets/index.ts';
import {AskBy, type TakenNote, TakenNoteLine} from './ask-by.tsx';
import {FilterBar} from './filter-bar.tsx';
import {kindOf, resultKinds} from './result-kinds.ts';
import {SearchesMenu} from './searches-menu.tsx';
import {exploreText} from './text/index.ts';
import {useEntry} from './use-entry.ts';
import {type Asked, type ChangeAsked, useExploreUrl} from './use-explore-url.ts';
import {useFirstSpan} from './use-first-span.ts';
import {Welcome} from './welcome.tsx';

const route = getRouteApi('/');
const TraceqlExplore = lazyPart(async () => (await import('./traceql/index.ts')).TraceqlExplore);

/** One query bar, and under it the results of the kind that is chosen, which are shown as they were when they were left. */
export function ExplorePage() {
  const client = useQueryClient();
  const [asked, changeAddress] = useExploreUrl();
  const [note, setNote] = useState<TakenNote | undefined>();
  const waiting = useFirstSpan();
  const refresh = (): void => {
    for (const key of ['traces', 'heatmap', 'spans', 'span-groups', 'tempo-search', 'tempo-series'])
      void client.invalidateQueries({queryKey: [key], refetchType: 'active'});
  };
  // What was said of the change from one form to the other holds until the question is another.
  const change: ChangeAsked = (to, history) => {
    setNote(undefined);
    changeAddress(to, history);
  };
  const noted = <>{note !== undefined && <TakenNoteLine note={note} onClear={() => setNote(undefined)} />}</>;
  const askBy = (draft?: string): ReactNode => (
    <AskBy asked={asked} draft={draft} onChange={changeAddress} onNote={setNote} />
  );

  if (waiting) return <Welcome />;
  const {q} = asked.url;
  if (q === undefined)
    return <Form asked={asked} askBy={askBy()} noted={noted} onChange={change} onRefresh={refresh} />;
  return (
    <TraceqlExplore
      asked={asked}
      q={q}
      tools={(draft) => (
        <>
          {askBy(draft)}
          <SearchesMenu name={draft} />
        </>
      )}
      noted={noted}
      onChange={change}
      onRefresh={refresh}
    />
  );
}

function Form({
  asked,
  askBy,
  noted,
  onChange,
  onRefresh,
}: {
  readonly asked: Asked;
  readonly askBy: ReactNode;
  readonly noted: ReactNode;
  readonly onChange: ChangeAsked;
  readonly onRefresh: () => void;
}) {
  const text = useText(exploreText);
  const entry = useEntry(route.useSearch());
  const kind = kindOf(asked.url.results);
  const left = useRef<Partial<Record<ResultKindId, ExploreUrl>>>({});
  const show = (id: ResultKindId): void => {
    left.current[kind.id] = asked.url;
    const before: ExploreUrl = left.current[id] ?? {};
    const view = Object.fromEntries(viewKeys.map((key) => [key, before[key]]));
    onChange({...view, results: id === 'traces' ? undefined : id});
  };
  const down = useRef(() => undefined as void);
  const {service, environment} = asked.context;
  const name = [service, environment, ...asked.question.map(writeTerm)].filter(Boolean).join(' · ');
  return (
    <kind.Results
      key={kind.id}
      asked={asked}
      entry={entry}
      title={kind.name(text)}
      down={down}
      onChange={onChange}
      bar={
        <>
          <FilterBar
            kinds={
              <>
                {askBy}
                <Segmented
                  label={text.explore.kinds}
                  value={kind.id}
                  choices={resultKinds.map((one) => ({value: one.id, label: one.name(text)}))}
                  onChange={show}
                />
              </>
            }
            tools={<SearchesMenu name={name} />}
            asked={asked}
            onChange={onChange}
            onRefresh={onRefresh}
            onDown={() => down.current()}
          />
          {noted}
        </>
      }
    />
  );
}
