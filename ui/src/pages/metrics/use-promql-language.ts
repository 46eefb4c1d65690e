import {type QueryClient, useQueryClient} from '@tanstack/react-query';
import {promqlFaultsIn, promqlFunctions, promqlPlaceAt, promqlWords, quote} from '@weft/server/promql-language';
import {useMemo} from 'react';
import {queries} from '../../api/index.ts';
import type {EditorLanguage, Offered, Option} from '../../editor/index.ts';
import {useText} from '../../i18n/index.ts';
import type {RangeUrl} from '../../urls/index.ts';
import {boundsOf} from './metrics-range.ts';
import {metricsText} from './text/index.ts';

const MOST = 50;
type Groups = {readonly [group in 'metrics' | 'functions' | 'labels' | 'values']: string};

/** PromQL for the editor: names and values are those that were there in the page's time. */
export function usePromqlLanguage(range: RangeUrl): EditorLanguage {
  const client = useQueryClient();
  const {offer: groups} = useText(metricsText);
  return useMemo(
    () => ({
      marks: promqlWords,
      faults: promqlFaultsIn,
      complete: (text, place, asked) => offer(client, range, text, place, asked, groups),
    }),
    [client, range, groups],
  );
}

async function offer(
  client: QueryClient,
  range: RangeUrl,
  text: string,
  place: number,
  asked: boolean,
  groups: Groups,
): Promise<Offered | undefined> {
  const at = promqlPlaceAt(text, place);
  if (at === undefined || (!asked && at.typed === '' && at.wants === 'metric')) return undefined;
  const bounds = () => boundsOf(range, Date.now());
  const {from, metric} = at;
  if (at.wants === 'value') {
    const {data} = await client.fetchQuery(queries.metricLabelValues(at.label!, metric, range, bounds));
    const closed = text[place] === '"';
    return fitting(
      from,
      at.typed,
      asked,
      data.map((label) => ({label, text: quote(label).slice(1, closed ? -1 : undefined), group: groups.values})),
    );
  }
  if (at.wants === 'label') {
    const {data} = await client.fetchQuery(queries.metricLabels(metric, range, bounds));
    const labels = data.filter((label) => label !== '__name__');
    return fitting(
      from,
      at.typed,
      asked,
      labels.map((label) => ({label, group: groups.labels})),
    );
  }
  const [{data: names}, {data: about}] = await Promise.all([
    client.fetchQuery(queries.metricNames(range, bounds)),
    client.fetchQuery(queries.metrics()),
  ]);
  return fitting(from, at.typed, asked, [
    ...names.map((label): Option => ({label, detail: about[label]?.[0]?.help, group: groups.metrics})),
    ...promqlFunctions.map(
      (label): Option => ({label, text: `${label}()`, cursor: label.length + 1, group: groups.functions}),
    ),
  ]);
}

function fitting(from: number, typed: string, asked: boolean, options: readonly Option[]): Offered | undefined {
  const part = typed.toLowerCase();
  const fit = options
    .map((option) => ({option, at: option.label.toLowerCase().indexOf(part)}))
    .filter((one) => one.at >= 0)
    .sort((a, b) => Math.sign(a.at) - Math.sign(b.at))
    .slice(0, MOST)
    .map(({option}) => option);
  const isWritten = !asked && fit.length === 1 && fit[0]!.label === typed;
  return fit.length === 0 || isWritten ? undefined : {from, options: fit};
}
