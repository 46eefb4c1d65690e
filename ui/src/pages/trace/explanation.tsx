import {IconAlertCircleFilled, IconBulb, IconCircleCheck, IconInfoCircle} from '@tabler/icons-react';
import {type UseQueryResult, useQuery} from '@tanstack/react-query';
import {useEffect, useRef, useState} from 'react';
import {type ExplainResponse, type Finding, failureOf, queries} from '../../api/index.ts';
import {useFormat, useSpeech, useText, useVisible} from '../../i18n/index.ts';
import {type TraceModel, traceText} from '../../timeline/index.ts';
import {CopyAction, useFailureText} from '../../widgets/index.ts';
import classes from './explanation.module.css';
import type {TraceView} from './use-trace-view.ts';

/** Findings that stand there at first: the others seldom are why. */
const shownAtFirst = 3;

/** Of the trace as it is now: one that grows is explained again. */
export function useExplanation({trace, layout}: TraceModel): UseQueryResult<ExplainResponse> {
  const {language} = useSpeech();
  return useQuery({...queries.explain(trace.traceId, language, layout.count), enabled: layout.count > 0});
}

/** Why the trace was slow or failed, in words; each finding selects its spans. */
export function Explanation({
  model,
  view,
  answer,
  onFinding,
}: {
  readonly model: TraceModel;
  readonly view: TraceView;
  readonly answer: UseQueryResult<ExplainResponse>;
  /** A finding was chosen, by its rank from 1 on. */
  readonly onFinding: (rank: number) => void;
}) {
  const text = useText(traceText).trace.explain;
  const [all, setAll] = useState(false);
  const {data, error} = answer;
  if (data === undefined) {
    return (
      <section className={classes.panel} aria-label={text.label} aria-busy={error === null}>
        <div className={classes.head}>
          <h2 className={classes.title}>{text.label}</h2>
        </div>
        <div className={classes.body}>
          {error === null ? <p className={classes.quiet}>{text.looking}</p> : <Failed error={error} />}
        </div>
      </section>
    );
  }
  const {findings, notes} = data;
  const chosen = view.url.finding ?? 0;
  const shown = all ? findings.length : Math.max(shownAtFirst, chosen);
  const beyond = findings.length - Math.min(shown, findings.length);
  return (
    <section className={classes.panel} aria-label={text.label}>
      <div className={classes.head}>
        <h2 className={classes.title}>{text.label}</h2>
        <Time data={data} model={model} view={view} />
        <CopyAction label={text.copy} value={data.paragraph} />
      </div>
      <div className={classes.body} data-all={all || undefined}>
        {findings.length === 0 && (
          <p className={classes.healthy}>
            <IconCircleCheck size={15} aria-hidden="true" />
            {data.failed ? text.noReason : text.healthy}
          </p>
        )}
        {findings.length > 0 && (
          <ol className={classes.findings}>
            {findings.slice(0, shown).map((finding, index) => (
              <FindingRow
                key={`${finding.kind} ${finding.spans[0] ?? index}`}
                finding={finding}
                isChosen={chosen === index + 1 && view.selection?.why === 'finding'}
                onChoose={() => onFinding(index + 1)}
              />
            ))}
          </ol>
        )}
        {(beyond > 0 || all) && findings.length > shownAtFirst && (
          <button type="button" className={classes.more} aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? text.fewer : text.more(beyond)}
          </button>
        )}
        {notes
          // The lines below tell of the others already.
          .filter(({kind}) => !toldBelow.has(kind))
          .map(({kind, text: note}) => (
            <p key={kind} className={classes.quiet}>
              {note}
            </p>
          ))}
      </div>
    </section>
  );
}

function FindingRow({
  finding,
  isChosen,
  onChoose,
}: {
  readonly finding: Finding;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}) {
  const all = useText(traceText);
  const text = all.trace.explain;
  const visible = useVisible();
  const format = useFormat();
  const row = useRef<HTMLLIElement>(null);
  // A key may choose one that is scrolled out of view.
  useEffect(() => {
    if (isChosen) row.current?.scrollIntoView({block: 'nearest'});
  }, [isChosen]);
  const Icon = icons[finding.kind === 'error' ? 'error' : finding.severity];
  return (
    <li ref={row} className={classes.finding} data-severity={finding.kind === 'error' ? 'error' : finding.severity}>
      <button
        type="button"
        className={classes.choose}
        aria-pressed={isChosen}
        title={text.chooseTip(all.common.spans(finding.spanCount, format.count(finding.spanCount)))}
        onClick={onChoose}
      >
        <Icon size={15} className={classes.icon} aria-hidden="true" />
        <span className={classes.words}>
          <b>{visible(finding.title)}</b> <span className={classes.sentence}>{visible(finding.sentence)}</span>
          {isChosen && (
            <span className={classes.evidence}>
              {text.confidence(format.percent(finding.confidence))} {text.disprove(visible(finding.disprove))}
            </span>
          )}
        </span>
      </button>
    </li>
  );
}

const toldBelow: ReadonlySet<string> = new Set([
  'clock_skew',
  'missing_parents',
  'cycles',
  'ends_before_start',
  'omitted',
]);

const icons = {error: IconAlertCircleFilled, problem: IconBulb, notice: IconInfoCircle};

/** Where the time of the critical path went, in one line. */
function Time({
  data,
  model,
  view,
}: {
  readonly data: ExplainResponse;
  readonly model: TraceModel;
  readonly view: TraceView;
}) {
  const text = useText(traceText).trace.explain;
  const format = useFormat();
  const visible = useVisible();
  const {kinds, calls, slowestStep} = data.breakdown;
  const step = slowestStep === undefined ? undefined : model.layout.indexOf.get(slowestStep.spanId);
  return (
    <span className={classes.time}>
      {kinds.slice(0, 3).map(({kind, name, share}) => (
        <span key={kind} className={classes.kind}>
          {name} {format.percent(share)}
        </span>
      ))}
      {slowestStep !== undefined && step !== undefined && (
        <button type="button" className={classes.link} onClick={() => view.goTo(step)}>
          {text.slowest(visible(slowestStep.name), format.duration(slowestStep.nanos))}
        </button>
      )}
      {calls.length > 0 && (
        <span className={classes.calls}>
          {calls.map(({name, count}) => `${format.count(count)} ${name}`).join(' + ')}
        </span>
      )}
    </span>
  );
}

function Failed({error}: {readonly error: Error}) {
  const {title} = useFailureText(failureOf(error));
  const text = useText(traceText).trace.explain;
  return (
    <p className={classes.quiet} role="status">
      {text.unknown} {title}
    </p>
  );
}
