import {IconGitCompare} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {getRouteApi, Link} from '@tanstack/react-router';
import {type ReactNode, useMemo, useState} from 'react';
import {type MendResponse, type MendSide, queries} from '../../api/index.ts';
import {useOwnAddress, usePageContext, View} from '../../frame/index.ts';
import {useFormat, useSpeech, useText, useVisible} from '../../i18n/index.ts';
import {linkTo, type MendUrl, mendWindows, readMoment} from '../../urls/index.ts';
import {CopyAction, DraftField, QuietPanel, Segmented} from '../../widgets/index.ts';
import classes from './compare-page.module.css';
import {type StepRow, StepTree} from './step-tree.tsx';
import {compareText} from './text/index.ts';

const route = getRouteApi('/mend');
const defaultWindow = '1h';
const usualKey = 'service.version';

/** Did the mend work? Requests of the service in scope before a change against those after it. */
export function MendPage() {
  const {mend: text, compare} = useText(compareText);
  const {language} = useSpeech();
  const visible = useVisible();
  const [{service}] = usePageContext();
  const url = route.useSearch();
  const question = questionOf(service, url);
  const answer = useQuery({...queries.mend({...question, language}), enabled: question !== undefined});
  return (
    <View
      title={text.title}
      note={service === undefined ? text.explain : text.chooseService(visible(service))}
      answer={answer}
      busy={answer.isFetching}
      actions={<CopyAction label={compare.link} value={() => location.href} />}
      bar={<Fields url={url} />}
      unasked={
        question !== undefined ? undefined : service === undefined ? (
          <QuietPanel icon={<IconGitCompare size={26} />} title={text.noService} hint={text.noServiceHint} />
        ) : (
          <QuietPanel icon={<IconGitCompare size={26} />} title={text.nothing} hint={text.nothingHint} />
        )
      }
    >
      {(data) => <Mended data={data} />}
    </View>
  );
}

/** The parameters of the API; undefined while something of them is missing. */
function questionOf(service: string | undefined, url: MendUrl) {
  if (service === undefined) return undefined;
  const {operation, at, window = defaultWindow, by, before, after} = url;
  if (by === undefined) return at === undefined ? undefined : {service, operation, at, window};
  if (before === undefined || after === undefined) return undefined;
  return {service, operation, by, before, after, window};
}

function Fields({url}: {readonly url: MendUrl}) {
  const {mend: text} = useText(compareText);
  const change = useOwnAddress<MendUrl>();
  const [asked, setAsked] = useState<'moment' | 'attribute'>(url.by === undefined ? 'moment' : 'attribute');
  const how = url.by === undefined ? (url.at === undefined ? asked : 'moment') : 'attribute';
  const any = (): boolean => true;
  const text_ = (label: string, key: 'operation' | 'by' | 'before' | 'after', width: number, placeholder = label) => (
    <DraftField
      label={label}
      placeholder={placeholder}
      width={width}
      value={url[key] ?? ''}
      wrong=""
      fits={any}
      onTake={(value) => change({[key]: value === '' ? undefined : value})}
    />
  );
  return (
    <div className={classes.bar}>
      {text_(text.operation, 'operation', 220, `${text.operation}: ${text.everyOperation}`)}
      <Segmented
        label={text.how}
        value={how}
        choices={[
          {value: 'moment', label: text.moment},
          {value: 'attribute', label: text.attribute},
        ]}
        onChange={(value) => {
          setAsked(value);
          change(
            value === 'moment'
              ? {by: undefined, before: undefined, after: undefined}
              : {at: undefined, by: url.by ?? usualKey},
          );
        }}
      />
      {how === 'moment' ? (
        <DraftField
          label={text.at}
          placeholder={text.at}
          width={210}
          value={url.at ?? ''}
          wrong={text.atWrong}
          fits={(draft) => draft === '' || readMoment(draft) !== undefined}
          onTake={(draft) => change({at: draft === '' ? undefined : readMoment(draft)})}
        />
      ) : (
        <>
          {text_(text.by, 'by', 150)}
          {text_(text.before, 'before', 130)}
          {text_(text.after, 'after', 130)}
        </>
      )}
      <Segmented
        label={text.window}
        value={url.window ?? defaultWindow}
        choices={mendWindows.map((value) => ({value: value as string, label: value}))}
        onChange={(window) => change({window: window === defaultWindow ? undefined : window})}
      />
    </div>
  );
}

function Mended({data}: {readonly data: MendResponse}) {
  const {mend: text, compare} = useText(compareText);
  const rows = useRows(data);
  return (
    <div className={classes.body}>
      <section className={classes.paragraph} aria-label={compare.paragraph}>
        <strong className={classes.verdict} data-verdict={data.verdict}>
          {text.verdict[data.verdict]}
        </strong>
        <p>{data.paragraph}</p>
        <CopyAction label={compare.copy} value={data.paragraph} />
      </section>
      <Figures data={data} />
      {rows.length > 0 && (
        <StepTree
          key={`${data.service} ${data.before.start} ${data.after.start} ${data.before.value}`}
          label={text.steps}
          sides={[text.columns.before, text.columns.after]}
          columns={[{label: text.columns.before}, {label: text.columns.after}, {label: '×'}]}
          rows={rows}
        />
      )}
    </div>
  );
}

/** Before and after, side by side, with what each measure says. */
function Figures({data}: {readonly data: MendResponse}) {
  const {mend: text} = useText(compareText);
  const format = useFormat();
  const {before, after, latency, slowShare, errors} = data;
  const time = (of: (side: NonNullable<MendSide['durations']>) => ReactNode) => (side: MendSide) =>
    side.durations === undefined ? '–' : of(side.durations);
  const between = (interval: readonly [number, number]): ReactNode => (
    <small> {text.between(format.duration(interval[0]), format.duration(interval[1]))}</small>
  );
  const share = (of: (side: MendSide) => number) => (side: MendSide) =>
    side.requests === 0 ? '–' : format.percent(of(side) / side.requests);
  const rows: readonly (readonly [string, (side: MendSide) => ReactNode, string?])[] = [
    [text.requests, (side) => `${format.count(side.requests)}${side.more ? ` (${text.sampled})` : ''}`],
    [
      text.p50,
      time(({p50, p50Interval}) => [format.duration(p50), between(p50Interval)]),
      text.verdict[latency.verdict],
    ],
    [text.p95, time(({p95, p95Interval}) => [format.duration(p95), between(p95Interval)])],
    [text.p99, time(({p99}) => format.duration(p99))],
    [
      text.slow(format.duration(slowShare.nanos)),
      (side) => format.percent(side === before ? slowShare.before : slowShare.after),
      text.verdict[slowShare.verdict],
    ],
    [text.failed, share(({failed}) => failed), text.verdict[errors.verdict]],
    [text.retried, share(({retried}) => retried)],
    [text.healed, share(({healed}) => healed)],
    [text.slowest, (side) => <Slowest ids={side.slowest} />],
  ];
  return (
    <table className={classes.figures} aria-label={text.figures}>
      <thead>
        <tr>
          <th scope="col">{text.figure}</th>
          <th scope="col">
            {text.columns.before} {before.value}
          </th>
          <th scope="col">
            {text.columns.after} {after.value}
          </th>
          <th scope="col">{text.columns.says}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, of, says = '']) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{of(before)}</td>
            <td>{of(after)}</td>
            <td>{says}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Slowest({ids}: {readonly ids: readonly string[]}) {
  return ids.map((traceId) => (
    <Link key={traceId} {...linkTo({kind: 'trace', traceId})}>
      <code>{traceId.slice(0, 8)}</code>{' '}
    </Link>
  ));
}

function useRows({steps}: MendResponse): readonly StepRow[] {
  const {mend: text} = useText(compareText);
  const format = useFormat();
  return useMemo(() => {
    const duration = (nanos: number | undefined): string => (nanos === undefined ? '–' : format.duration(nanos));
    const count = (calls = 0): string => format.decimal(calls, Number.isInteger(calls) ? 0 : 1);
    return steps.map(({parent, depth, service, name, before, after, verdict}): StepRow => {
      const telling = verdict === 'better' || verdict === 'worse';
      const calls = text.calls(count(before?.calls), count(after?.calls));
      return {
        ...{parent, depth, service, name, telling},
        nanos: [before?.nanos, after?.nanos],
        cells: [duration(before?.nanos), duration(after?.nanos), calls],
        tags: telling ? [{text: text.verdict[verdict], tone: verdict === 'better' ? 'good' : 'bad'}] : [],
        about: calls,
      };
    });
  }, [steps, text, format]);
}
