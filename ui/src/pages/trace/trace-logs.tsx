import {TextInput} from '@mantine/core';
import {IconFilter, IconNotes} from '@tabler/icons-react';
import {failureOf} from '../../api/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {severityRank, type TraceModel, traceText} from '../../timeline/index.ts';
import {leastSeverities, type TraceUrl} from '../../urls/index.ts';
import {FailurePanel, LoadingLine, QuietPanel, Segmented} from '../../widgets/index.ts';
import {bodyOf, LogLines} from './span/index.ts';
import classes from './trace-logs.module.css';
import type {TraceLines} from './use-trace-lines.ts';

/** The log lines of the whole trace, by time. */
export function TraceLogs({
  model,
  url,
  answer,
  onChange,
  onGoTo,
}: {
  readonly model: TraceModel;
  readonly url: TraceUrl;
  readonly answer: TraceLines;
  readonly onChange: (change: Partial<TraceUrl>) => void;
  readonly onGoTo: (span: number) => void;
}) {
  const text = useText(traceText).trace.logs;
  const format = useFormat();
  const {data} = answer;
  if (data === undefined) {
    return answer.isError ? (
      <FailurePanel failure={failureOf(answer.error)} onRetry={() => void answer.refetch()} />
    ) : (
      <LoadingLine active={answer.isFetching} />
    );
  }
  if (data.lines.length === 0)
    return <QuietPanel icon={<IconNotes size={26} />} title={text.none} hint={text.noneHint} />;
  const least = url.level === undefined ? 0 : severityRank(url.level);
  const wanted = (url.lines ?? '').toLowerCase();
  const lines = data.lines.filter(
    (line) => severityRank(line.severity) >= least && bodyOf(line).toLowerCase().includes(wanted),
  );
  return (
    <div className={classes.view}>
      <div className={classes.bar}>
        <Segmented
          label={text.level}
          value={url.level ?? 'all'}
          choices={(['all', ...leastSeverities] as const).map((value) => ({value, label: text.levels[value]}))}
          onChange={(level) => onChange({level: level === 'all' ? undefined : level})}
        />
        <TextInput
          size="xs"
          className={classes.filter ?? ''}
          aria-label={text.filter}
          placeholder={text.filter}
          value={url.lines ?? ''}
          spellCheck={false}
          leftSection={<IconFilter size={13} />}
          onChange={({currentTarget: {value}}) => onChange({lines: value === '' ? undefined : value})}
        />
        <span className={classes.count} role="status">
          {data.more
            ? text.first(format.count(data.lines.length))
            : lines.length === 1
              ? text.one
              : text.count(format.count(lines.length))}
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <div className={classes.scroller} tabIndex={0}>
        {lines.length === 0 ? (
          <p className={classes.noFit}>
            {text.noFit}{' '}
            <button type="button" onClick={() => onChange({level: undefined, lines: undefined})}>
              {text.showAll}
            </button>
          </p>
        ) : (
          <LogLines key={`${url.level} ${url.lines}`} model={model} lines={lines} onGoTo={onGoTo} />
        )}
      </div>
    </div>
  );
}
