import {IconAlertCircleFilled, IconBulb, IconFilter, IconFilterOff, IconInfoCircle, IconX} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {Link} from '@tanstack/react-router';
import {
  type ExplainTracesResponse,
  failureOf,
  queries,
  type SetFinding,
  type SharedAttribute,
} from '../../api/index.ts';
import {useFormat, useSpeech, useText, useVisible} from '../../i18n/index.ts';
import {CopyAction, IconAction, useFailureText} from '../../widgets/index.ts';
import classes from './share-panel.module.css';
import {exploreText} from './text/index.ts';
import type {ChangeAsked} from './use-explore-url.ts';

/** What is asked, and what a click on an answer asks next. */
interface ShareProps {
  readonly queryKey: readonly unknown[];
  /** The selection and what it is held against. */
  readonly parameters: () => Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly enabled: boolean;
  /** The traces that have it only, or only those that do not; undefined where the question has no words for that. */
  readonly changeOf: (attribute: SharedAttribute, has: boolean) => Parameters<ChangeAsked>[0] | undefined;
  readonly onChange: ChangeAsked;
}

/** What the traces on show share that the others do not have: in words, what was found in them, by attribute, by step, with traces to open. */
export function SharePanel({queryKey, parameters, enabled, changeOf, onChange}: ShareProps) {
  const text = useText(exploreText).share;
  const {language} = useSpeech();
  const {data, error, isFetching, refetch} = useQuery({
    ...queries.explainTraces([...queryKey, language], () => ({...parameters(), language})),
    enabled,
  });
  return (
    <section className={classes.panel} aria-label={text.title} aria-busy={data === undefined && error === null}>
      <div className={classes.head}>
        <h2 className={classes.title}>{text.title}</h2>
        {data !== undefined && <Looked data={data} />}
        <span className={classes.push} />
        {data !== undefined && <CopyAction label={text.copy} value={data.paragraph} />}
        <IconAction
          label={text.close}
          icon={<IconX size={14} />}
          size={24}
          onClick={() => onChange({against: undefined}, 'replace')}
        />
      </div>
      {data === undefined ? (
        <div className={classes.body}>
          {error === null ? (
            <p role="status" className={classes.quiet}>
              {text.looking}
            </p>
          ) : (
            <Failed error={error} isFetching={isFetching} onRetry={() => void refetch()} />
          )}
        </div>
      ) : (
        <Shared data={data} changeOf={changeOf} onChange={onChange} />
      )}
    </section>
  );
}

/** `same` is the time of the question itself. */
export function baselineOf(against: string): {baselineStart?: string; baselineEnd?: string} {
  const [start, end] = against.split('~');
  return start === undefined || end === undefined ? {} : {baselineStart: start, baselineEnd: end};
}

function Failed({
  error,
  isFetching,
  onRetry,
}: {
  readonly error: Error;
  readonly isFetching: boolean;
  readonly onRetry: () => void;
}) {
  const text = useText(exploreText).share;
  const {title, hint} = useFailureText(failureOf(error));
  return (
    <p role="status" className={classes.quiet}>
      {title} {hint}{' '}
      <button type="button" className={classes.link} disabled={isFetching} onClick={onRetry}>
        {text.again}
      </button>
    </p>
  );
}

/** How many traces the answer is made of. */
function Looked({data: {selection, baseline, operation}}: {readonly data: ExplainTracesResponse}) {
  const text = useText(exploreText).share;
  const format = useFormat();
  const visible = useVisible();
  const side = ({traces, lookedAt}: ExplainTracesResponse['selection']): string =>
    traces === undefined || traces > lookedAt
      ? text.sample(format.count(lookedAt), traces === undefined ? undefined : format.count(traces))
      : format.count(traces);
  return (
    <span className={classes.quiet}>
      <span className={classes.mine} /> {text.selected} {side(selection)} <span className={classes.theirs} />{' '}
      {text.others} {side(baseline)}
      {operation !== undefined && ` · ${visible(operation.service)} ${visible(operation.name)}`}
    </span>
  );
}

function Shared({
  data,
  changeOf,
  onChange,
}: Pick<ShareProps, 'changeOf' | 'onChange'> & {readonly data: ExplainTracesResponse}) {
  const text = useText(exploreText).share;
  const visible = useVisible();
  const {findings, attributes, steps, examples, paragraph} = data;
  return (
    <div className={classes.body}>
      <p className={classes.paragraph}>{visible(paragraph)}</p>
      {findings.length > 0 && (
        <>
          <h3 className={classes.heading}>{text.findings}</h3>
          <ol className={classes.list} aria-label={text.findings}>
            {findings.map((finding) => (
              <FindingRow
                key={`${finding.kind} ${finding.title} ${finding.examples[0]}`}
                finding={finding}
                data={data}
              />
            ))}
          </ol>
        </>
      )}
      {attributes.length > 0 && (
        <>
          <h3 className={classes.heading}>{text.attributes}</h3>
          <ul className={classes.list} aria-label={text.attributes}>
            {attributes.map((attribute) => (
              <AttributeRow
                key={`${attribute.of} ${attribute.key} ${attribute.name} ${attribute.direction}`}
                attribute={attribute}
                data={data}
                changeOf={changeOf}
                onChange={onChange}
              />
            ))}
          </ul>
        </>
      )}
      {steps.length > 0 && (
        <>
          <h3 className={classes.heading}>{text.steps}</h3>
          <ul className={classes.list} aria-label={text.steps}>
            {steps.map((step) => (
              <li key={`${step.service} ${step.operation}`} className={classes.step}>
                {visible(step.sentence)} <Traces ids={step.examples.slice(0, 1)} />
              </li>
            ))}
          </ul>
        </>
      )}
      {examples.length > 0 && (
        <p className={classes.examples}>
          {text.examples} <Traces ids={examples} />
        </p>
      )}
    </div>
  );
}

const icons = {error: IconAlertCircleFilled, problem: IconBulb, notice: IconInfoCircle};

/** What was found in several traces: how often on both sides, how sure that is, what would disprove it, and traces that show it. */
function FindingRow({
  finding,
  data: {selection, baseline},
}: {
  readonly finding: SetFinding;
  readonly data: ExplainTracesResponse;
}) {
  const text = useText(exploreText).share;
  const format = useFormat();
  const visible = useVisible();
  const {kind, severity, title, sentence, disprove, confidence, traces, baselineTraces, nanos, longestNanos, period} =
    finding;
  const tone = kind === 'error' ? 'error' : severity;
  const Icon = icons[tone];
  const figures = [
    text.found(format.count(traces), format.count(selection.lookedAt)),
    ...(baseline.lookedAt === 0
      ? []
      : [text.foundOthers(format.count(baselineTraces), format.count(baseline.lookedAt))]),
    ...(nanos === undefined ? [] : [text.took(format.duration(nanos), format.duration(longestNanos ?? nanos))]),
    text.confidence(format.percent(confidence)),
  ];
  return (
    <li className={classes.finding} data-severity={tone}>
      <Icon size={15} className={classes.icon} aria-hidden="true" />
      <div className={classes.told}>
        <b>{visible(title)}</b> {visible(sentence)} {period !== undefined && visible(period.sentence)}
        <div className={classes.quiet}>
          {figures.join(' · ')} · {text.disprove(visible(disprove))} <Traces ids={finding.examples.slice(0, 3)} />
        </div>
      </div>
    </li>
  );
}

function Traces({ids}: {readonly ids: readonly string[]}) {
  return ids.map((id) => (
    <Link key={id} to="/trace/$traceId" params={{traceId: id}} className={classes.trace}>
      {id.slice(0, 8)}
    </Link>
  ));
}

function AttributeRow({
  attribute,
  data: {selection, baseline},
  changeOf,
  onChange,
}: Pick<ShareProps, 'changeOf' | 'onChange'> & {
  readonly attribute: SharedAttribute;
  readonly data: ExplainTracesResponse;
}) {
  const text = useText(exploreText).share;
  const format = useFormat();
  const visible = useVisible();
  const {name, twins, implied, selected, baseline: others, sentence} = attribute;
  const [mine, theirs] = [selected / Math.max(1, selection.lookedAt), others / Math.max(1, baseline.lookedAt)];
  const [only, except] = [changeOf(attribute, true), changeOf(attribute, false)];
  return (
    <li className={classes.attribute} data-implied={implied || undefined}>
      <span className={classes.words} title={visible(sentence)}>
        <b>{visible(name)}</b>
        {implied && <span className={classes.quiet}> {text.implied}</span>}
        {twins.length > 0 && (
          <span className={classes.twins}> = {twins.map((twin) => visible(twin.name)).join(' = ')}</span>
        )}
      </span>
      <span className={classes.bars} role="img" aria-label={text.shares(format.percent(mine), format.percent(theirs))}>
        <span className={classes.mine} style={{inlineSize: `${100 * mine}%`}} />
        <span className={classes.theirs} style={{inlineSize: `${100 * theirs}%`}} />
      </span>
      <span className={classes.percent}>{format.percent(mine)}</span>
      <span className={classes.percent}>{format.percent(theirs)}</span>
      <span className={classes.actions}>
        {only !== undefined && (
          <IconAction
            label={text.only(visible(name))}
            icon={<IconFilter size={13} />}
            size={22}
            onClick={() => onChange(only)}
          />
        )}
        {except !== undefined && (
          <IconAction
            label={text.except(visible(name))}
            icon={<IconFilterOff size={13} />}
            size={22}
            onClick={() => onChange(except)}
          />
        )}
      </span>
    </li>
  );
}
