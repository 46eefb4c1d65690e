import {IconX} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {type ReactNode, useEffect, useRef} from 'react';
import {failureOf, type PipelineNode, type PipelineResponse, queries} from '../../api/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {CopyAction, FailurePanel, IconAction, Sparkline, useNow} from '../../widgets/index.ts';
import classes from './component-pane.module.css';
import {added, leaving, ratesOf, reaching} from './flow.ts';
import {InlineCode} from './inline-code.tsx';
import {NodeIcon} from './node-card.tsx';
import {SettingList} from './setting-list.tsx';

import {pipelineText} from './text/index.ts';
import {useRateText} from './use-rate-text.ts';

/** Everything that is known of one component. */
export function ComponentPane({
  pipeline,
  component,
  onClose,
}: {
  readonly pipeline: PipelineResponse;
  readonly component: string;
  readonly onClose: () => void;
}) {
  const words = useText(pipelineText);
  const text = words.pipeline;
  const pane = useRef<HTMLElement>(null);
  const node = pipeline.nodes.find(({key}) => key === component);
  const name = node?.id ?? component;
  // The reader has asked for it: a keyboard goes on in it.
  useEffect(() => pane.current?.focus({preventScroll: true}), []);
  return (
    <aside ref={pane} className={classes.pane} aria-label={text.open(name)} tabIndex={-1}>
      <header className={classes.head}>
        {node !== undefined && <NodeIcon node={node} size={18} />}
        <h2 className={classes.title}>{name}</h2>
        <span className={classes.kind}>
          {node !== undefined && text.kinds[node.kind]}
          {node?.pipeline !== undefined && ` ${text.of(node.pipeline)}`}
        </span>
        <IconAction label={words.common.close} keys="Esc" icon={<IconX size={16} />} onClick={onClose} />
      </header>
      <div className={classes.body}>
        {node === undefined ? (
          <p className={classes.quiet}>{text.gone}</p>
        ) : (
          <>
            <p className={classes.help}>
              <InlineCode>{node.help}</InlineCode>
            </p>
            <ProblemNote node={node} />
            <Figures node={node} pipeline={pipeline} />
            <ByPipeline node={node} pipeline={pipeline} />
            <Losses node={node} />
            <Details node={node} loaded={pipeline.configuration.loadedUnixNano}>
              <Counters node={node} />
            </Details>
          </>
        )}
      </div>
    </aside>
  );
}

function ProblemNote({node: {problem}}: {readonly node: PipelineNode}) {
  const text = useText(pipelineText).pipeline;
  const format = useFormat();
  const now = useNow(1_000);
  if (problem === undefined) return undefined;
  return (
    <div className={classes.problem} data-level={problem.level}>
      <strong>{text.problem[problem.level]}</strong>{' '}
      <time dateTime={new Date(problem.atUnixMs).toISOString()} title={format.moment(problem.atUnixMs)}>
        {format.ago(problem.atUnixMs, now)}
      </time>
      <p>{problem.message}</p>
    </div>
  );
}

function Figures({node, pipeline}: {readonly node: PipelineNode; readonly pipeline: PipelineResponse}) {
  const text = useText(pipelineText).pipeline;
  const format = useFormat();
  const rate = useRateText();
  const [before, behind] = [reaching(pipeline, node.key), leaving(pipeline, node.key)];
  const said = (edges: typeof before): string[] =>
    [...ratesOf(edges)].map(([signal, perSecond]) => `${rate(perSecond)} ${text.items[signal]}`);
  const main = node.kind === 'receiver' ? behind : before;
  const points = added(main.map(({series}) => series));
  const {queue, latency} = node;
  const addresses = Object.entries(node.endpoints);
  const hasFlow = before.length + behind.length > 0;
  return (
    <section>
      {main.length > 0 && (
        <figure className={classes.spark}>
          <Sparkline points={points} />
          <figcaption>{text.lastMinutes}</figcaption>
        </figure>
      )}
      <dl className={classes.facts}>
        {before.length > 0 && <Fact name={text.incoming}>{said(before).join(', ')}</Fact>}
        {behind.length > 0 && <Fact name={text.outgoing}>{said(behind).join(', ')}</Fact>}
        {hasFlow && <Fact name={text.inFlight}>{text.batches(node.inFlight, format.count(node.inFlight))}</Fact>}
        {latency !== undefined && before.some(({perSecond}) => perSecond > 0) && (
          <Fact name={text.latency} title={text.latencyHint}>
            {format.duration(latency.p50 * 1e6)}, {format.duration(latency.p95 * 1e6)}
          </Fact>
        )}
        {queue !== undefined && (
          <Fact name={text.queue}>{text.queueFill(format.count(queue.size), format.count(queue.capacity))}</Fact>
        )}
        {addresses.length > 0 && (
          <Fact name={text.listens}>
            {addresses.map(([name, address]) => (
              <code key={name}>{address} </code>
            ))}
          </Fact>
        )}
      </dl>
    </section>
  );
}

/** A receiver, connector or exporter is one for all its pipelines: what passes in each. */
function ByPipeline({node, pipeline}: {readonly node: PipelineNode; readonly pipeline: PipelineResponse}) {
  const text = useText(pipelineText).pipeline;
  const format = useFormat();
  const rate = useRateText();
  const ways = pipeline.edges.filter(({from, to}) => from === node.key || to === node.key);
  if (node.pipeline !== undefined || ways.length < 2) return undefined;
  const ids = new Map(pipeline.nodes.map(({key, id}) => [key, id]));
  return (
    <section>
      <h3 className={classes.heading}>{text.byPipeline}</h3>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{text.title}</th>
            <th scope="col">{text.now}</th>
            <th scope="col">{text.refusedNow}</th>
            <th scope="col" title={text.latencyHint}>
              p95
            </th>
          </tr>
        </thead>
        <tbody>
          {ways.map((edge) => (
            <tr key={`${edge.pipeline} ${edge.from} ${edge.to}`} data-now={edge.refusedPerSecond > 0}>
              <th scope="row">
                {edge.pipeline}
                <span>{edge.from === node.key ? `→ ${ids.get(edge.to)}` : `← ${ids.get(edge.from)}`}</span>
              </th>
              <td>{edge.perSecond === 0 ? text.idle : rate(edge.perSecond)}</td>
              <td>{edge.refusedPerSecond === 0 ? '' : rate(edge.refusedPerSecond)}</td>
              <td>{edge.latency !== undefined && edge.perSecond > 0 && format.duration(edge.latency.p95 * 1e6)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Fact({name, title, children}: {readonly name: string; readonly title?: string; readonly children: ReactNode}) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Losses({node: {losses, kind}}: {readonly node: PipelineNode}) {
  const text = useText(pipelineText).pipeline;
  const format = useFormat();
  const rate = useRateText();
  if (kind === 'extension' && losses.length === 0) return undefined;
  return (
    <section>
      <h3 className={classes.heading}>{text.losses}</h3>
      {losses.length === 0 ? (
        <p className={classes.quiet}>{text.nothingLost}</p>
      ) : (
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{text.reason}</th>
              <th scope="col">{text.now}</th>
              <th scope="col">{text.total}</th>
            </tr>
          </thead>
          <tbody>
            {losses.map(({metric, reason, isMeant, perSecond, total}) => (
              <tr key={`${metric} ${reason}`} data-now={perSecond > 0 && !isMeant}>
                <th scope="row">
                  {reason}
                  <code>{metric}</code>
                </th>
                <td>{rate(perSecond)}</td>
                <td>{format.count(total)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** `children` come below, once nothing moves them any more. */
function Details({
  node,
  loaded,
  children,
}: {
  readonly node: PipelineNode;
  readonly loaded: string;
  readonly children: ReactNode;
}) {
  const words = useText(pipelineText);
  const text = words.pipeline;
  const {data, error, refetch} = useQuery(queries.pipelineComponent(node.key, loaded));
  if (data === undefined) {
    return error === null ? (
      <p className={classes.quiet}>{words.common.loading}</p>
    ) : (
      <FailurePanel failure={failureOf(error)} onRetry={() => void refetch()} />
    );
  }
  return (
    <>
      <section>
        <h3 className={classes.heading}>
          {text.configuration}
          {data.configuration !== '' && <CopyAction label={words.common.copy} value={data.configuration} />}
        </h3>
        {data.configuration === '' ? (
          <p className={classes.quiet}>{text.allDefaults}</p>
        ) : (
          <pre className={classes.yaml} title={text.masked}>
            {data.configuration}
          </pre>
        )}
      </section>
      {data.settings.length > 0 && <SettingList settings={data.settings} />}
      {children}
    </>
  );
}

function Counters({node}: {readonly node: PipelineNode}) {
  const text = useText(pipelineText).pipeline;
  const format = useFormat();
  if (node.metrics.length === 0) return undefined;
  return (
    <details className={classes.counters}>
      <summary>{text.counters}</summary>
      <table className={classes.table}>
        <tbody>
          {node.metrics.map(({name, labels, value}) => (
            <tr key={`${name} ${JSON.stringify(labels)}`}>
              <th scope="row">
                <code>{name}</code>
                <span>
                  {Object.entries(labels)
                    .map(([key, label]) => `${key}=${label}`)
                    .join(' ')}
                </span>
              </th>
              <td>{Number.isInteger(value) ? format.count(value) : format.decimal(value, 2)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
