import {useText} from '../../i18n/index.ts';
import {useNow} from '../../widgets/index.ts';
import classes from './extensions.module.css';
import type {FlowProps} from './flow-graph.tsx';
import {NodeCard} from './node-card.tsx';
import {pipelineText} from './text/index.ts';

/** Extensions, which run beside the pipelines. */
export function Extensions({pipeline, chosen, onChoose}: FlowProps) {
  const text = useText(pipelineText).pipeline;
  const now = useNow(5_000);
  const extensions = pipeline.nodes.filter(({kind}) => kind === 'extension');
  if (extensions.length === 0) return undefined;
  return (
    <section>
      <h2 className={classes.title}>{text.extensions}</h2>
      <div className={classes.cards}>
        {extensions.map((node) => (
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
    </section>
  );
}
