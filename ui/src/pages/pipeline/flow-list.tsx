import {Fragment} from 'react';
import type {PipelineNode, PipelineResponse} from '../../api/index.ts';
import {useText} from '../../i18n/index.ts';
import {useNow} from '../../widgets/index.ts';
import type {FlowProps} from './flow-graph.tsx';
import classes from './flow-list.module.css';
import {NodeCard} from './node-card.tsx';
import {pipelineText} from './text/index.ts';
import {useRateText} from './use-rate-text.ts';

/** The same where there is no room for a graph: each pipeline from top to bottom. */
export function FlowList({pipeline, chosen, onChoose}: FlowProps) {
  const text = useText(pipelineText).pipeline;
  const now = useNow(5_000);
  return (
    <section className={classes.list} aria-label={text.graph}>
      {pipeline.pipelines.map(({id, signal}) => (
        <section key={id} className={classes.lane} aria-label={id}>
          <h2 className={classes.name} data-signal={signal}>
            {id}
          </h2>
          {stagesOf(pipeline, id).map((stage, index) => (
            <Fragment key={stage.map(({key}) => key).join(' ')}>
              {index > 0 && <Join pipeline={pipeline} id={id} into={stage} />}
              <div className={classes.stage}>
                {stage.map((node) => (
                  <NodeCard
                    key={node.key}
                    node={node}
                    pipeline={pipeline}
                    now={now}
                    chosen={node.key === chosen}
                    onChoose={onChoose}
                  />
                ))}
              </div>
            </Fragment>
          ))}
        </section>
      ))}
    </section>
  );
}

function Join({
  pipeline,
  id,
  into,
}: {
  readonly pipeline: PipelineResponse;
  readonly id: string;
  readonly into: readonly PipelineNode[];
}) {
  const text = useText(pipelineText).pipeline;
  const rate = useRateText();
  // Each of several gets the same items.
  const edges = pipeline.edges.filter((edge) => edge.pipeline === id && edge.to === into[0]?.key);
  const passed = edges.reduce((sum, {perSecond}) => sum + perSecond, 0);
  const refused = Math.max(
    0,
    ...pipeline.edges
      .filter((edge) => edge.pipeline === id && into.some(({key}) => key === edge.to))
      .map(({refusedPerSecond}) => refusedPerSecond),
  );
  return (
    <span className={classes.join} data-refused={refused > 0} aria-hidden="true">
      {refused > 0 ? text.refused(rate(refused)) : passed === 0 ? text.idle : rate(passed)}
    </span>
  );
}

/** Sources, each processor, ends. */
function stagesOf({nodes, edges}: PipelineResponse, id: string): PipelineNode[][] {
  const own = edges.filter(({pipeline}) => pipeline === id);
  const inside = nodes.filter(({pipeline}) => pipeline === id);
  const isInside = (key: string): boolean => inside.some((node) => node.key === key);
  const sources = nodes.filter(({key}) => !isInside(key) && own.some(({from}) => from === key));
  const ends = nodes.filter(({key}) => !isInside(key) && own.some(({to}) => to === key));
  return [sources, ...inside.map((node) => [node]), ends];
}
