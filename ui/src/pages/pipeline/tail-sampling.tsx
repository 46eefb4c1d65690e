import {Link} from '@tanstack/react-router';
import type {PipelineResponse} from '../../api/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {linkTo} from '../../urls/index.ts';
import {policiesOf} from './flow.ts';
import classes from './tail-sampling.module.css';
import {pipelineText} from './text/index.ts';

/** The attribute by which a tail sampler says on a trace which policy kept it. */
const policyAttribute = 'tailsampling.policy';

/** What the policies of each tail sampler decided, with the way to the traces that they kept. */
export function TailSampling({pipeline}: {readonly pipeline: PipelineResponse}) {
  const pipelineWords = useText(pipelineText).pipeline;
  const text = pipelineWords.tail;
  const format = useFormat();
  const samplers = pipeline.nodes.filter(({type}) => type === 'tail_sampling');
  return samplers.map((node) => {
    const rows = policiesOf(node);
    return (
      <section key={node.key}>
        <h2 className={classes.title}>
          {text.title}{' '}
          <span className={classes.quiet}>
            {node.id} {node.pipeline !== undefined && pipelineWords.of(node.pipeline)}
          </span>
        </h2>
        {rows.length === 0 ? (
          <p className={classes.quiet}>{text.noDecision}</p>
        ) : (
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{text.policy}</th>
                <th scope="col">{text.kept}</th>
                <th scope="col">{text.dropped}</th>
                <th scope="col">{text.neither}</th>
                <th scope="col">{text.share}</th>
                <th scope="col">{text.traces}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({policy, kept, dropped, neither}) => (
                <tr key={policy}>
                  <th scope="row">{policy}</th>
                  <td>{format.count(kept)}</td>
                  <td>{format.count(dropped)}</td>
                  <td>{format.count(neither)}</td>
                  <td>{kept === 0 ? '' : format.percent(kept / (kept + dropped + neither))}</td>
                  <td>
                    {kept > 0 && (
                      <Link {...linkTo({kind: 'attribute', key: policyAttribute, value: policy, owner: 'span'})}>
                        {text.show}
                        <span className="visually-hidden"> {policy}</span>
                      </Link>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
    );
  });
}
