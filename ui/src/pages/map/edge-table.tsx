import type {GraphEdge, ServiceGraphResponse} from '../../api/index.ts';
import {useFormat, useText, useVisible} from '../../i18n/index.ts';
import classes from './map-page.module.css';
import {mapText} from './text/index.ts';
import {useNodeName} from './use-node-name.ts';

/** The edges on show as a table: for those who read rather than look. */
export function EdgeTable({
  graph,
  edges,
  onEdge,
}: {
  readonly graph: ServiceGraphResponse;
  readonly edges: readonly GraphEdge[];
  readonly onEdge: (id: string) => void;
}) {
  const text = useText(mapText).map;
  const format = useFormat();
  const visible = useVisible();
  const nameOf = useNodeName();
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const duration = (ms: number | undefined): string => (ms === undefined ? '–' : format.duration(ms * 1e6));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section className={classes.health} aria-label={text.table} tabIndex={0}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{text.from}</th>
            <th scope="col">{text.kind}</th>
            <th scope="col">{text.to}</th>
            <th scope="col">{text.rate}</th>
            <th scope="col">{text.errors}</th>
            <th scope="col">{text.mean}</th>
            <th scope="col">{text.p95}</th>
          </tr>
        </thead>
        <tbody>
          {edges.map((edge) => {
            const figures = edge.server ?? edge.client;
            const [from, to] = [nameOf(nodes.get(edge.from)), nameOf(nodes.get(edge.to))];
            return (
              <tr key={edge.id}>
                <td>
                  <button
                    type="button"
                    className={classes.edgeButton}
                    aria-label={text.edgeName(from, text.edgeKinds[edge.kind], to)}
                    onClick={() => onEdge(edge.id)}
                  >
                    {visible(from)}
                  </button>
                </td>
                <td>{text.edgeKinds[edge.kind]}</td>
                <td>{visible(to)}</td>
                <td>{format.rate(edge.rate)}</td>
                <td className={edge.errors > 0 ? classes.bad : undefined}>
                  {format.percent(edge.calls === 0 ? 0 : edge.errors / edge.calls)}
                </td>
                <td>{duration(figures?.mean)}</td>
                <td>{duration(figures?.p95)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
