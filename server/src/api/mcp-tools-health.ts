/** The tool that tells how whole the stored traces are. */
import type {PropagationResponse, PropagationService} from './contract.ts';
import {lines, oneLine, shareText, tableText} from './mcp-text.ts';
import {range, times, tool, weft} from './mcp-tool.ts';

const mostServices = 30;
const mostLines = 20;

export const traceHealth = tool({
  name: 'trace_health',
  title: 'How whole the traces are',
  description:
    'Spans whose parents are not stored, edges on which the trace context breaks, services and HTTP routes that metrics or logs know and traces do not, clocks that disagree. Ask it when traces look cut, or a service is missing in them.',
  input: range,
  async run(input, {get, page, now}) {
    const asked = times(input, now);
    const health = await get<PropagationResponse>(`${weft}/propagation`, asked);
    const {breaks, coverage} = health;
    const clocks = health.clocks.filter(({aheadMs = 0}) => Math.abs(aheadMs) >= 1);
    const faulty = health.services.filter(isFaulty);
    return lines(
      faulty.length === 0
        ? 'Every stored span has its parent and a name.'
        : `Of ${health.services.length} services these have orphans (spans whose parent is not stored) or spans without a name:`,
      ...(faulty.length === 0
        ? []
        : tableText(
            ['service', 'spans', 'orphans', 'of its entries', 'lost parents', 'without a name'],
            faulty
              .slice(0, mostServices)
              .map((one) => [
                one.service,
                `${one.spans}`,
                `${one.orphans}`,
                shareText(one.share),
                `${one.lost}`,
                `${one.unnamed}`,
              ]),
          )),
      more(faulty, mostServices, 'services'),
      ...breaks
        .slice(0, mostLines)
        .map(({from, to, calls}) =>
          oneLine(
            `${from} calls ${to} ${calls} times without a span of ${to} below: its context does not arrive there.`,
          ),
        ),
      more(breaks, mostLines, 'such edges'),
      ...coverage.services
        .slice(0, mostLines)
        .map(({service, logs, series}) =>
          oneLine(`${service} sent metrics or logs and no span: ${logs} logs, ${series} series.`),
        ),
      more(coverage.services, mostLines, 'services without spans'),
      ...coverage.routes
        .slice(0, mostLines)
        .map(({service, route, logs, series}) =>
          oneLine(`No span of ${service} is of its route ${route}: ${logs} logs, ${series} series.`),
        ),
      more(coverage.routes, mostLines, 'routes without spans'),
      coverage.more === true && 'There may be other services and routes: more was stored than is compared.',
      ...clocks
        .slice(0, mostLines)
        .map(({from, to, aheadMs = 0}) =>
          oneLine(
            `The clock of ${to} is ${aheadMs > 0 ? 'ahead of' : 'behind'} that of ${from} by ${Math.abs(aheadMs).toFixed(1)} ms.`,
          ),
        ),
      more(clocks, mostLines, 'pairs of clocks'),
      health.pendingMinutes !== undefined &&
        `${health.pendingMinutes} minutes are not counted yet; ask again a little later.`,
      `On the page: ${page}/map?view=propagation`,
    );
  },
});

const isFaulty = ({orphans, unnamed}: PropagationService): boolean => orphans + unnamed > 0;
const more = (all: readonly unknown[], told: number, of: string): string | false =>
  all.length > told && `${all.length - told} more ${of}.`;
