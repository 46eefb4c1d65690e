import {Button} from '@mantine/core';
import {IconChartLine, IconPlayerPlay} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {getRouteApi, Link} from '@tanstack/react-router';
import {parse, prettify} from '@weft/server/promql-language';
import {useEffect, useMemo, useState} from 'react';
import {queries} from '../../api/index.ts';
import {LazyEditor} from '../../editor/index.ts';
import {useOwnAddress, usePageContext, View} from '../../frame/index.ts';
import {useText} from '../../i18n/index.ts';
import type {MetricsUrl} from '../../urls/index.ts';
import {CopyAction, commandKey, Keycap, QuietPanel} from '../../widgets/index.ts';
import {MetricForm} from './metric-form.tsx';
import {MetricsAnswer} from './metrics-answer.tsx';
import classes from './metrics-page.module.css';
import {gridOf} from './metrics-range.ts';
import {readSimple} from './simple-query.ts';
import {metricsText} from './text/index.ts';
import {usePromqlLanguage} from './use-promql-language.ts';

const route = getRouteApi('/promql');
/** Shown where nothing is written. */
const EXAMPLE = 'sum by (job) (rate(http_server_request_duration_seconds_count[5m]))';

/** A query of PromQL, by choice or by hand, and its answer over time. The address has the query that is answered. */
export function MetricsPage() {
  const text = useText(metricsText);
  const {promql} = route.useSearch();
  const change = useOwnAddress<MetricsUrl>();
  const [{last, start, end}] = usePageContext();
  const range = useMemo(() => ({last, start, end}), [last, start, end]);
  const answer = useQuery({
    ...queries.metricsOverTime(promql ?? '', range, () => gridOf(range, Date.now())),
    enabled: promql !== undefined,
  });
  const [draft, setDraft] = useState(promql ?? '');
  // The way back in the browser's history brings the query back too.
  useEffect(() => setDraft(promql ?? ''), [promql]);
  const language = usePromqlLanguage(range);
  const simple = useMemo(() => readSimple(draft), [draft]);
  const run = (query: string): void => {
    if (query.trim() === '') return;
    if (query === promql) void answer.refetch();
    else change({promql: query});
  };
  const tree = useMemo(() => parse(draft), [draft]);
  return (
    <View
      title={text.title}
      note={text.explain}
      answer={answer}
      busy={answer.isFetching}
      actions={
        <Link to="/" className={classes.search}>
          {text.toSearch}
        </Link>
      }
      bar={
        <div className={classes.bar}>
          <MetricForm query={simple} range={range} onAsk={run} />
          <LazyEditor
            label={text.query}
            language={language}
            value={draft}
            placeholder={EXAMPLE}
            lines={2}
            onChange={setDraft}
            onRun={run}
          />
          <div className={classes.tools}>
            <Button
              size="xs"
              leftSection={<IconPlayerPlay size={14} />}
              disabled={draft.trim() === ''}
              onClick={() => run(draft)}
            >
              {text.run}
            </Button>
            <Keycap>{`${commandKey} ↵`}</Keycap>
            <Button
              size="xs"
              variant="default"
              disabled={tree.kind !== 'ok'}
              onClick={() => tree.kind === 'ok' && setDraft(prettify(tree.value))}
            >
              {text.format}
            </Button>
            {draft.trim() !== '' && simple === undefined && <span className={classes.beyond}>{text.beyondForm}</span>}
            {promql !== undefined && <CopyAction label={text.copy} value={() => location.href} />}
          </div>
        </div>
      }
      unasked={
        promql === undefined ? (
          <QuietPanel icon={<IconChartLine size={26} />} title={text.unasked} hint={text.unaskedHint} />
        ) : undefined
      }
      empty={({data}) =>
        data.result.length === 0 ? (
          <QuietPanel icon={<IconChartLine size={26} />} title={text.nothing} hint={text.nothingHint} />
        ) : undefined
      }
    >
      {(data) => <MetricsAnswer query={promql ?? ''} answer={data} />}
    </View>
  );
}
