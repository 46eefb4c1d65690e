import {IconFilter, IconFilterOff, IconX} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {Link} from '@tanstack/react-router';
import {type ExplainTracesResponse, failureOf, queries, type SharedAttribute} from '../../api/index.ts';
import {useFormat, useSpeech, useText, useVisible} from '../../i18n/index.ts';
import {conditionParameters, isAskable, rangeInNanos} from '../../urls/index.ts';
import {CopyAction, IconAction, useFailureText} from '../../widgets/index.ts';
import classes from './share-panel.module.css';
import {changeOf} from './share-terms.ts';
import {exploreText} from './text/index.ts';
import type {Asked, ChangeAsked} from './use-explore-url.ts';

/** What the traces on show share that the others do not have: in words, by attribute, by step, with traces to open. */
export function SharePanel({
  asked,
  entry,
  onChange,
}: {
  readonly asked: Asked;
  readonly entry: string;
  readonly onChange: ChangeAsked;
}) {
  const text = useText(exploreText).share;
  const {language} = useSpeech();
  const {context, question, url} = asked;
  const {live: _, ...scope} = context;
  const against = url.against ?? 'same';
  const {data, error, isFetching, refetch} = useQuery({
    ...queries.explainTraces([entry, JSON.stringify([scope, question]), against, language], () => ({
      ...conditionParameters(context, question),
      ...rangeInNanos(context, Date.now()),
      ...baselineOf(against),
      language,
    })),
    enabled: isAskable(question),
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
        <Shared data={data} asked={asked} onChange={onChange} />
      )}
    </section>
  );
}

/** `same` is the time of the question itself. */
function baselineOf(against: string): {baselineStart?: string; baselineEnd?: string} {
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
  asked,
  onChange,
}: {
  readonly data: ExplainTracesResponse;
  readonly asked: Asked;
  readonly onChange: ChangeAsked;
}) {
  const text = useText(exploreText).share;
  const visible = useVisible();
  const {attributes, steps, examples, paragraph} = data;
  return (
    <div className={classes.body}>
      <p className={classes.paragraph}>{visible(paragraph)}</p>
      {attributes.length > 0 && (
        <>
          <h3 className={classes.heading}>{text.attributes}</h3>
          <ul className={classes.list} aria-label={text.attributes}>
            {attributes.map((attribute) => (
              <AttributeRow
                key={`${attribute.of} ${attribute.key} ${attribute.name} ${attribute.direction}`}
                attribute={attribute}
                data={data}
                asked={asked}
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
  asked,
  onChange,
}: {
  readonly attribute: SharedAttribute;
  readonly data: ExplainTracesResponse;
  readonly asked: Asked;
  readonly onChange: ChangeAsked;
}) {
  const text = useText(exploreText).share;
  const format = useFormat();
  const visible = useVisible();
  const {name, twins, implied, selected, baseline: others, sentence} = attribute;
  const [mine, theirs] = [selected / Math.max(1, selection.lookedAt), others / Math.max(1, baseline.lookedAt)];
  const [only, except] = [changeOf(attribute, asked, true), changeOf(attribute, asked, false)];
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
