import {IconFilter, IconX} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {useState} from 'react';
import {queries} from '../../api/index.ts';
import {useText, useVisible} from '../../i18n/index.ts';
import type {RangeUrl} from '../../urls/index.ts';
import {ChoicePicker, Segmented} from '../../widgets/index.ts';
import classes from './metrics-page.module.css';
import {boundsOf} from './metrics-range.ts';
import {figuresOf, firstQuery, type SimpleMatcher, type SimpleQuery, selectorOf, writeSimple} from './simple-query.ts';
import {metricsText} from './text/index.ts';

/** Asks without a language: each choice is written as PromQL and asked. `query`: what is written, where the form has a place for it. */
export function MetricForm({
  query,
  range,
  onAsk,
}: {
  readonly query: SimpleQuery | undefined;
  readonly range: RangeUrl;
  readonly onAsk: (promql: string) => void;
}) {
  const text = useText(metricsText);
  const visible = useVisible();
  const [opened, setOpened] = useState<string | undefined>();
  const bounds = () => boundsOf(range, Date.now());
  const names = useQuery(queries.metricNames(range, bounds));
  const about = useQuery(queries.metrics());
  const labels = useQuery({
    ...queries.metricLabels(
      query?.metric === undefined ? undefined : selectorOf({...query, matchers: []}),
      range,
      bounds,
    ),
    enabled: query !== undefined,
  });
  const picker = (id: string) => ({
    opened: opened === id,
    onOpened: (open: boolean) => setOpened(open ? id : undefined),
  });
  const ofMetric = (name: string) => {
    const known = about.data?.data;
    return known?.[name]?.[0] ?? known?.[name.replace(/_(?:bucket|sum|count)$/, '')]?.[0];
  };
  const ask = (change: Partial<SimpleQuery>): void => {
    if (query !== undefined) onAsk(writeSimple({...query, ...change}));
  };
  const free = (labels.data?.data ?? []).filter((label) => label !== '__name__' && label !== 'le');
  return (
    <fieldset className={classes.form}>
      <legend className="visually-hidden">{text.form}</legend>
      <ChoicePicker
        {...picker('metric')}
        label={text.metric}
        value={query?.metric}
        nothing={names.isPending ? text.coming : text.noMetrics}
        choices={[
          ...(query === undefined ? [{value: undefined, name: text.chooseMetric}] : []),
          ...(names.data?.data ?? []).map((value) => {
            const {type, unit, help} = ofMetric(value) ?? {};
            const said = [type, unit, help].filter(Boolean).join(' · ');
            return {
              value,
              name: visible(value),
              label:
                opened === 'metric' && said !== '' ? (
                  <>
                    {visible(value)} <small className={classes.about}>{visible(said)}</small>
                  </>
                ) : (
                  visible(value)
                ),
            };
          }),
        ]}
        onChoose={(metric) => {
          if (metric !== undefined) onAsk(writeSimple(firstQuery(metric, ofMetric(metric)?.type)));
        }}
      />
      {query !== undefined && (
        <>
          {query.matchers.map((matcher, index) => (
            <span key={`${matcher.label}${matcher.sign}${matcher.value}`} className={classes.matcher}>
              {visible(`${matcher.label} ${matcher.sign} ${matcher.value}`)}
              <button
                type="button"
                aria-label={text.remove(visible(matcher.label))}
                onClick={() => ask({matchers: query.matchers.filter((_, i) => i !== index)})}
              >
                <IconX size={12} aria-hidden="true" />
              </button>
            </span>
          ))}
          <FilterPicker
            query={query}
            labels={free}
            range={range}
            onAdd={(matcher) => ask({matchers: [...query.matchers, matcher]})}
          />
          <ChoicePicker
            {...picker('by')}
            label={text.splitBy}
            value={query.by.length === 0 ? undefined : query.by.join(', ')}
            nothing={labels.isPending ? text.coming : undefined}
            choices={[
              {value: undefined, name: text.noSplit},
              ...[...new Set([...free, ...(query.by.length === 0 ? [] : [query.by.join(', ')])])].map((value) => ({
                value,
                name: visible(value),
                label: `${text.by} ${visible(value)}`,
              })),
            ]}
            onChoose={(label) => ask({by: label === undefined ? [] : label.split(', ')})}
          />
          <Segmented
            label={text.figure}
            value={query.figure}
            choices={figuresOf(query.kind).map((value) => ({
              value,
              label: query.kind === 'histogram' ? `p${Math.round(Number(value) * 100)}` : value,
            }))}
            onChange={(figure) => ask({figure})}
          />
        </>
      )}
    </fieldset>
  );
}

/** A label first, then one of its values. */
function FilterPicker({
  query,
  labels,
  range,
  onAdd,
}: {
  readonly query: SimpleQuery;
  readonly labels: readonly string[];
  readonly range: RangeUrl;
  readonly onAdd: (matcher: SimpleMatcher) => void;
}) {
  const text = useText(metricsText);
  const visible = useVisible();
  const [label, setLabel] = useState<string | undefined>();
  const [opened, setOpened] = useState(false);
  const values = useQuery({
    ...queries.metricLabelValues(label ?? '', selectorOf(query), range, () => boundsOf(range, Date.now())),
    enabled: label !== undefined,
  });
  const close = (): void => {
    setLabel(undefined);
    setOpened(false);
  };
  return label === undefined ? (
    <ChoicePicker
      label={text.filter}
      value={undefined}
      icon={<IconFilter size={13} aria-hidden="true" />}
      opened={opened}
      onOpened={setOpened}
      choices={[{value: undefined, name: text.filter}, ...labels.map((value) => ({value, name: visible(value)}))]}
      onChoose={(chosen) => {
        setLabel(chosen);
        setOpened(chosen !== undefined);
      }}
    />
  ) : (
    <ChoicePicker
      label={text.valueOf(visible(label))}
      value={undefined}
      icon={<IconFilter size={13} aria-hidden="true" />}
      opened={opened}
      onOpened={(open) => (open ? setOpened(true) : close())}
      nothing={values.isPending ? text.coming : undefined}
      choices={[
        {value: undefined, name: `${visible(label)} = …`},
        ...(values.data?.data ?? []).map((value) => ({value, name: visible(value)})),
      ]}
      onChoose={(value) => {
        close();
        if (value !== undefined) onAdd({label, sign: '=', value});
      }}
    />
  );
}
