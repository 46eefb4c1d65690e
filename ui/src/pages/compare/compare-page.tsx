import {IconGitCompare} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {getRouteApi, Link} from '@tanstack/react-router';
import {useMemo} from 'react';
import {type ComparedStep, type ComparedTraces, queries, type StepChange} from '../../api/index.ts';
import {nanosToMs} from '../../format/index.ts';
import {useOwnAddress, View} from '../../frame/index.ts';
import {useFormat, useSpeech, useText, useVisible} from '../../i18n/index.ts';
import {type CompareUrl, linkTo, readTracePath} from '../../urls/index.ts';
import {CopyAction, DraftField, QuietPanel, Segmented, ServiceName} from '../../widgets/index.ts';
import classes from './compare-page.module.css';
import {type StepRow, StepTree} from './step-tree.tsx';
import {compareText} from './text/index.ts';

const route = getRouteApi('/trace/$traceId/compare');

/** A trace against what is normal for its operation, or against another one: the paragraph on top, then a tree of what differs. */
export function ComparePage() {
  const {compare: text} = useText(compareText);
  const {language} = useSpeech();
  const visible = useVisible();
  const {traceId: asked} = route.useParams();
  const url = route.useSearch();
  const change = useOwnAddress<CompareUrl>();
  const traceId = readTracePath(asked) ?? asked;
  const other = url.with === 'choose' ? undefined : (url.with ?? 'usual');
  const answer = useQuery({
    ...queries.compare(traceId, {with: other ?? 'usual', hours: other === 'usual' ? url.hours : undefined, language}),
    enabled: other !== undefined,
  });
  const title = answer.data === undefined ? text.title : `${text.title}: ${visible(answer.data.operation)}`;
  return (
    <View
      title={text.title}
      tabTitle={`${title} · Weft`}
      answer={answer}
      busy={answer.isFetching}
      note={
        answer.data && (
          <span className={classes.root}>
            <ServiceName name={answer.data.service} /> <bdi>{visible(answer.data.operation)}</bdi>
          </span>
        )
      }
      actions={
        <>
          <Link {...linkTo({kind: 'trace', traceId})}>{text.toTrace}</Link>
          {other !== undefined && other !== 'usual' && (
            <Link {...linkTo({kind: 'trace', traceId: other})}>{text.toOther}</Link>
          )}
          <CopyAction label={text.link} value={() => location.href} />
        </>
      }
      bar={
        <div className={classes.bar}>
          <Segmented
            label={text.against}
            value={url.with === undefined ? 'usual' : 'another'}
            choices={[
              {value: 'usual', label: text.usual},
              {value: 'another', label: text.another},
            ]}
            onChange={(value) => change({with: value === 'usual' ? undefined : 'choose', hours: undefined})}
          />
          {url.with !== undefined && (
            <DraftField
              label={text.id}
              placeholder={text.id}
              width={290}
              value={other ?? ''}
              wrong={text.idWrong}
              fits={(draft) => draft === '' || readTracePath(draft) !== undefined}
              onTake={(id) => change({with: readTracePath(id) ?? 'choose'})}
            />
          )}
        </div>
      }
      unasked={other === undefined ? <Candidates traceId={traceId} onPick={(id) => change({with: id})} /> : undefined}
      onward={<Link {...linkTo({kind: 'trace', traceId})}>{text.toTrace}</Link>}
      empty={(data) =>
        data.state === 'too_few' ? (
          <QuietPanel
            icon={<IconGitCompare size={26} />}
            title={text.few}
            hint={text.fewHint(data.usual.traces, data.usual.least, visible(data.operation))}
          >
            <span className={classes.ways}>
              {[24, 168]
                .filter((hours) => hours > (url.hours ?? 0))
                .map((hours) => (
                  <button key={hours} type="button" className={classes.way} onClick={() => change({hours})}>
                    {text.moreHours(String(hours))}
                  </button>
                ))}
              <button type="button" className={classes.way} onClick={() => change({with: 'choose'})}>
                {text.another}
              </button>
            </span>
          </QuietPanel>
        ) : undefined
      }
    >
      {(data) => data.state === 'compared' && <Compared data={data} />}
    </View>
  );
}

/** Other traces that begin as this one does, the newest first. */
function Candidates({traceId, onPick}: {readonly traceId: string; readonly onPick: (id: string) => void}) {
  const {compare: text} = useText(compareText);
  const format = useFormat();
  const {data: trace} = useQuery(queries.trace(traceId));
  const root = trace?.spans.parentSpanId.indexOf('') ?? -1;
  const first = Math.max(0, root);
  const service = trace?.services[trace.spans.service[first] ?? 0];
  const operation = trace?.names[trace.spans.name[first] ?? 0];
  const {data} = useQuery({
    ...queries.traces(['compare', service, operation], () => ({service, operation, limit: 30})),
    enabled: service !== undefined && operation !== undefined,
  });
  if (data === undefined) return null;
  const others = data.traces.filter((one) => one.traceId !== traceId);
  if (others.length === 0) return <QuietPanel icon={<IconGitCompare size={26} />} title={text.noCandidates} />;
  return (
    <section className={classes.candidates}>
      <h2>{text.candidates}</h2>
      <ul>
        {others.map((one) => (
          <li key={one.traceId}>
            <button type="button" className={classes.way} onClick={() => onPick(one.traceId)}>
              {text.candidate(format.duration(Number(one.durationNano)), format.moment(nanosToMs(one.startUnixNano)))}
              {one.outcome === 'failed' && <span className={classes.failed}> {text.failed}</span>}
              <code> {one.traceId.slice(0, 8)}</code>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Compared({data}: {readonly data: ComparedTraces}) {
  const {compare: text} = useText(compareText);
  const format = useFormat();
  const rows = useRows(data);
  const isUsual = data.with === 'usual';
  return (
    <div className={classes.body}>
      <section className={classes.paragraph} aria-label={text.paragraph}>
        <p>{data.paragraph}</p>
        <CopyAction label={text.copy} value={data.paragraph} />
      </section>
      <StepTree
        // Another comparison is folded by its own differences.
        key={`${data.traceId} ${data.with} ${data.usual?.start}`}
        label={text.steps}
        sides={[text.here, isUsual ? text.usual : text.other]}
        columns={[
          {label: text.here},
          {label: isUsual ? text.usual : text.other},
          {label: text.adds, title: text.addsTip},
        ]}
        rows={rows}
      />
      {data.omitted > 0 && <p className={classes.quiet}>{text.omitted(format.count(data.omitted))}</p>}
    </div>
  );
}

const tones: Readonly<Record<StepChange, 'bad' | 'good' | 'plain'>> = {
  slower: 'bad',
  faster: 'good',
  more: 'bad',
  fewer: 'good',
  new: 'plain',
  missing: 'plain',
  failed: 'bad',
};
/** A step that adds less than this share of the difference tells nothing by itself. */
const leastShare = 0.02;

function useRows(data: ComparedTraces): readonly StepRow[] {
  const {compare: text} = useText(compareText);
  const format = useFormat();
  return useMemo(() => {
    const difference = Math.max(1e6, Math.abs(data.durationNanos - data.otherNanos));
    const count = (value: number): string => format.decimal(value, Number.isInteger(value) ? 0 : 1);
    const aboutOf = ({here, other, usual, matched}: ComparedStep): string =>
      [
        ...(usual === undefined
          ? []
          : [
              text.usualRange(
                format.duration(usual.nanosP05),
                format.duration(usual.nanosP95),
                format.percent(usual.share),
              ),
            ]),
        ...(here === undefined || other === undefined
          ? []
          : [text.own(format.duration(here.selfNanos), format.duration(other.selfNanos))]),
        ...(matched === undefined || matched.restNanos === 0
          ? []
          : [text.matched(count(matched.count), format.duration(matched.restNanos))]),
      ].join('. ');
    const linkOf = (step: ComparedStep) => {
      const [mine, theirs] = [step.spans[0], step.otherSpans[0]];
      if (mine !== undefined) return linkTo({kind: 'span', traceId: data.traceId, spanId: mine});
      return theirs === undefined ? undefined : linkTo({kind: 'span', traceId: data.with, spanId: theirs});
    };
    return data.steps.map((step): StepRow => {
      const {here, other, excessNanos, changes} = step;
      const isSmall = Math.abs(excessNanos) < 50e3;
      return {
        parent: step.parent,
        depth: step.depth,
        service: step.service,
        name: step.name,
        telling: changes.length > 0 || Math.abs(excessNanos) >= leastShare * difference,
        nanos: [here?.nanos, other?.nanos],
        cells: [
          here === undefined ? '–' : format.duration(here.nanos),
          other === undefined ? '–' : format.duration(other.nanos),
          isSmall ? '' : `${excessNanos > 0 ? '+' : ''}${format.duration(excessNanos)}`,
        ],
        tags: changes.map((change) => ({
          text:
            change === 'more' || change === 'fewer'
              ? text.calls(count(here?.calls ?? 0), count(other?.calls ?? 0))
              : text.change[change],
          tone: tones[change],
        })),
        about: aboutOf(step),
        link: linkOf(step),
      };
    });
  }, [data, text, format]);
}
