import {Button} from '@mantine/core';
import {IconArrowUp, IconBulb} from '@tabler/icons-react';
import type {TraceHeatmapResponse, TraceSearchResponse} from '../../api/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {type Order, orders} from '../../urls/index.ts';
import {Segmented} from '../../widgets/index.ts';
import classes from './results-bar.module.css';
import {exploreText} from './text/index.ts';
import type {Asked, ChangeAsked} from './use-explore-url.ts';

/** How many fit, how their requests ended, which of them are listed, and in which order. */
export function ResultsBar({
  data,
  heatmap,
  uncounted,
  asked: {url},
  order: wanted,
  waiting,
  onShowWaiting,
  onChange,
}: {
  readonly data: TraceSearchResponse;
  readonly heatmap: TraceHeatmapResponse | undefined;
  readonly uncounted: boolean;
  /** The question on show. */
  readonly asked: Asked;
  /** The order that is asked for: the control shows a choice before its answer has come. */
  readonly order: Order;
  readonly waiting: number;
  readonly onShowWaiting: () => void;
  readonly onChange: ChangeAsked;
}) {
  const {results: text, share} = useText(exploreText);
  const format = useFormat();
  const order = url.sort ?? 'newest';
  const listed = data.traces.length;
  // The list knows all of a few; the sums are of all that there are.
  const all = data.more ? heatmap && heatmap.traces + heatmap.arriving : listed;
  return (
    <div className={classes.bar}>
      <strong role="status" className={classes.count}>
        {all !== undefined ? text.count(all, format.count(all)) : uncounted ? text.atLeast(format.count(listed)) : '…'}
      </strong>
      <Parts data={data} heatmap={heatmap} />
      {data.more && <span className={classes.more}>{text.shown[order](format.count(listed))}</span>}
      {waiting > 0 && (
        <Button size="compact-xs" variant="light" leftSection={<IconArrowUp size={12} />} onClick={onShowWaiting}>
          {text.newTraces(waiting, format.count(waiting))}
        </Button>
      )}
      <span className={classes.push} />
      <Button
        size="compact-xs"
        variant={url.against === undefined ? 'default' : 'light'}
        fw={400}
        aria-expanded={url.against !== undefined}
        leftSection={<IconBulb size={13} />}
        // Back closes it again.
        onClick={() =>
          url.against === undefined ? onChange({against: 'same'}) : onChange({against: undefined}, 'replace')
        }
      >
        {share.title}
      </Button>
      <Segmented
        label={text.sort}
        value={wanted}
        choices={orders.map((one) => ({value: one, label: text.sorts[one]}))}
        onChange={(one) => onChange({sort: one === 'newest' ? undefined : one}, 'replace')}
      />
    </div>
  );
}

/** How many failed, healed and are still arriving; nothing is said of none. */
function Parts({
  data,
  heatmap,
}: {
  readonly data: TraceSearchResponse;
  readonly heatmap: TraceHeatmapResponse | undefined;
}) {
  const text = useText(exploreText).results;
  const format = useFormat();
  const counted = data.more ? heatmap : countListed(data);
  if (counted === undefined) return undefined;
  return (
    <span className={classes.parts}>
      {(['failed', 'healed', 'arriving'] as const).map(
        (part) =>
          counted[part] > 0 && (
            <span key={part} className={classes[part]}>
              {text[part](format.count(counted[part]))}
            </span>
          ),
      )}
    </span>
  );
}

function countListed({traces}: TraceSearchResponse) {
  const settled = traces.filter((trace) => trace.state !== 'arriving');
  return {
    failed: settled.filter((trace) => trace.outcome === 'failed').length,
    healed: settled.filter((trace) => trace.outcome === 'healed').length,
    arriving: traces.length - settled.length,
  };
}
