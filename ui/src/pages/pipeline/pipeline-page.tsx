import {IconRoute} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {getRouteApi} from '@tanstack/react-router';
import {useCallback, useEffect, useRef} from 'react';
import {type PipelineResponse, queries} from '../../api/index.ts';
import {PipelineTabs, useCommands, useOwnAddress, View} from '../../frame/index.ts';
import {useText} from '../../i18n/index.ts';
import type {PipelineUrl} from '../../urls/index.ts';
import {QuietPanel, useWidth} from '../../widgets/index.ts';
import {ComponentPane} from './component-pane.tsx';
import {ConfigurationNote} from './configuration-note.tsx';
import {Extensions} from './extensions.tsx';
import {FlowGraph} from './flow-graph.tsx';
import {FlowList} from './flow-list.tsx';
import {pipelineCommands} from './pipeline-commands.ts';
import classes from './pipeline-page.module.css';
import {TailSampling} from './tail-sampling.tsx';
import {pipelineText} from './text/index.ts';

const route = getRouteApi('/pipeline');
/** Below this the graph is told as a list. */
const graphFrom = 620;
/** Below this the details lie over the graph, which nothing reaches then. As in `component-pane.module.css`. */
const coveredBelow = 1060;

/** The collector's pipelines as they run: components, what flows between them, and what goes wrong where. */
export function PipelinePage() {
  const text = useText(pipelineText).pipeline;
  const answer = useQuery(queries.pipeline());
  return (
    <View
      title={text.title}
      note={text.explain}
      bar={<PipelineTabs />}
      answer={answer}
      empty={({pipelines}) =>
        pipelines.length === 0 ? (
          <QuietPanel icon={<IconRoute size={28} />} title={text.none} hint={text.noneHint} />
        ) : undefined
      }
    >
      {(pipeline) => <Flow pipeline={pipeline} />}
    </View>
  );
}

function Flow({pipeline}: {readonly pipeline: PipelineResponse}) {
  const {component} = route.useSearch();
  const write = useOwnAddress<PipelineUrl>();
  const box = useRef<HTMLDivElement>(null);
  const split = useRef<HTMLDivElement>(null);
  const left = useRef<string>(undefined);
  const width = useWidth(split);
  const choose = useCallback((key: string | undefined): void => write({component: key}, 'replace'), [write]);
  const close = useCallback((): void => {
    left.current = component;
    choose(undefined);
  }, [choose, component]);
  // Back to where the reader came from, once the details no longer lie over it: what is inert takes no focus.
  useEffect(() => {
    if (component !== undefined || left.current === undefined) return;
    box.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(left.current)}"]`)?.focus();
    left.current = undefined;
  }, [component]);
  useCommands(pipelineCommands, {close: component === undefined ? undefined : close});
  const isNarrow = width > 0 && width < graphFrom;
  const isCovered = component !== undefined && width > 0 && width < coveredBelow;
  return (
    <div ref={split} className={classes.split}>
      <div ref={box} className={classes.scroller} inert={isCovered}>
        <ConfigurationNote configuration={pipeline.configuration} />
        {isNarrow ? (
          <FlowList pipeline={pipeline} chosen={component} onChoose={choose} />
        ) : (
          <FlowGraph pipeline={pipeline} chosen={component} onChoose={choose} />
        )}
        <Extensions pipeline={pipeline} chosen={component} onChoose={choose} />
        <TailSampling pipeline={pipeline} />
      </div>
      {component !== undefined && (
        <ComponentPane key={component} pipeline={pipeline} component={component} onClose={close} />
      )}
    </div>
  );
}
