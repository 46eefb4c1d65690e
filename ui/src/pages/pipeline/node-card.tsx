import {
  IconAlertTriangle,
  IconArrowsSplit,
  IconDatabase,
  IconDownload,
  IconFilter,
  IconPuzzle,
  IconSend,
} from '@tabler/icons-react';
import type {ComponentType} from 'react';
import type {PipelineNode, PipelineResponse} from '../../api/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {leaving, moodOf, reaching} from './flow.ts';
import classes from './node-card.module.css';
import {pipelineText} from './text/index.ts';
import {useRateText} from './use-rate-text.ts';

const icons: Readonly<Record<PipelineNode['kind'], ComponentType<{size?: number; className?: string | undefined}>>> = {
  receiver: IconDownload,
  processor: IconFilter,
  connector: IconArrowsSplit,
  exporter: IconSend,
  extension: IconPuzzle,
};

export function NodeIcon({
  node,
  size = 15,
}: {
  readonly node: Pick<PipelineNode, 'kind' | 'type'>;
  readonly size?: number;
}) {
  const Icon = node.type === 'weft' ? IconDatabase : icons[node.kind];
  return <Icon size={size} className={classes.icon} aria-hidden="true" />;
}

/** A component: its name, and the one thing that matters most about it now. */
export function NodeCard({
  node,
  pipeline,
  now,
  chosen,
  tabIndex,
  style,
  onChoose,
}: {
  readonly node: PipelineNode;
  readonly pipeline: PipelineResponse;
  readonly now: number;
  readonly chosen: boolean;
  readonly tabIndex?: number;
  readonly style?: {readonly left: number; readonly top: number; readonly width: number};
  readonly onChoose: (key: string) => void;
}) {
  const text = useText(pipelineText).pipeline;
  const mood = moodOf(node, now);
  const {queue} = node;
  const isIdle = reaching(pipeline, node.key).every(({perSecond}) => perSecond === 0);
  const spoken = useSpoken(node, pipeline);
  return (
    <button
      type="button"
      className={classes.card}
      data-node={node.key}
      data-kind={node.kind}
      data-mood={mood}
      data-tight={style !== undefined && style.width < 168}
      aria-pressed={chosen}
      title={node.help}
      tabIndex={tabIndex}
      style={style}
      onClick={() => onChoose(node.key)}
    >
      <span className={classes.name}>
        <NodeIcon node={node} />
        <span className="visually-hidden">{text.kinds[node.kind]} </span>
        <span className={classes.id}>{node.id}</span>
        {node.pipeline !== undefined && <span className="visually-hidden">, {text.of(node.pipeline)}</span>}
        {mood !== 'fine' && <IconAlertTriangle size={14} className={classes.mark} aria-hidden="true" />}
      </span>
      <span className={classes.state}>
        <span className="visually-hidden">, </span>
        <State node={node} now={now} isIdle={isIdle} fallback={text.kinds[node.kind]} />
      </span>
      {spoken !== '' && <span className="visually-hidden">, {spoken}</span>}
      {queue !== undefined && queue.capacity > 0 && (
        <span className={classes.queue} aria-hidden="true">
          <span
            style={{width: `${Math.min(100, (100 * queue.size) / queue.capacity)}%`}}
            data-full={queue.size > 0.8 * queue.capacity}
          />
        </span>
      )}
    </button>
  );
}

/** Losses before problems before queues before speed. */
function State({
  node,
  now,
  isIdle,
  fallback,
}: {
  readonly node: PipelineNode;
  readonly now: number;
  readonly isIdle: boolean;
  readonly fallback: string;
}) {
  const text = useText(pipelineText).pipeline;
  const format = useFormat();
  const rate = useRateText();
  const losing = node.losses.filter(({perSecond}) => perSecond > 0);
  const loss = losing.find(({isMeant}) => !isMeant) ?? losing[0];
  if (loss !== undefined) return `${rate(loss.perSecond)} ${loss.reason}`;
  if (node.problem !== undefined && moodOf({...node, losses: []}, now) !== 'fine') return node.problem.message;
  if (node.queue !== undefined && node.queue.size > 0)
    return `${text.queue} ${text.queueFill(format.compact(node.queue.size), format.compact(node.queue.capacity))}`;
  const ports = Object.values(node.endpoints).map((address) => address.slice(address.lastIndexOf(':')));
  if (ports.length > 0) return ports.join(' ');
  if (node.latency !== undefined && !isIdle) return `p95 ${format.duration(node.latency.p95 * 1e6)}`;
  return fallback;
}

/** What flows from it, and what it refuses, in words. */
function useSpoken(node: PipelineNode, pipeline: PipelineResponse): string {
  const text = useText(pipelineText).pipeline;
  const rate = useRateText();
  const names = new Map(pipeline.nodes.map(({key, id}) => [key, id]));
  const gives = leaving(pipeline, node.key).map((edge) =>
    text.gives(rate(edge.perSecond), text.items[edge.signal], names.get(edge.to) ?? edge.to),
  );
  const refused = reaching(pipeline, node.key).reduce((sum, edge) => sum + edge.refusedPerSecond, 0);
  return [...gives, ...(refused > 0 ? [text.refused(rate(refused))] : [])].join(', ');
}
