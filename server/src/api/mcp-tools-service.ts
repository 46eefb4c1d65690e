/** The tool that tells of one service what its page does. */
import {changeNotes, sayDuration} from '../insight/index.ts';
import type {
  OperationsRedResponse,
  ServiceChangesResponse,
  ServiceErrorsResponse,
  ServiceInstancesResponse,
  ServiceStatementsResponse,
} from './contract.ts';
import {lines, oneLine, rateText, shareText, tableText} from './mcp-text.ts';
import {range, service, times, tool, weft} from './mcp-tool.ts';

const mostRows = 15;
const ms = (millis: number): string => sayDuration(millis * 1e6);

const serviceOverview = tool({
  name: 'service_overview',
  title: 'One service: what changed, errors, statements, versions',
  description:
    'How one service is: what is different from the same length of time just before (beyond chance), its grouped errors with an example trace each, its database statements by total time, its versions and instances. Ask it once list_services shows which service is bad.',
  input: {service, ...range},
  async run({service, ...input}, {get, page, now}) {
    const asked = {service, ...times(input, now)};
    const [red, changes, errors, statements, instances] = await Promise.all([
      get<OperationsRedResponse>(`${weft}/operations/red`, {...asked, points: 1}),
      get<ServiceChangesResponse>(`${weft}/service/changes`, asked),
      get<ServiceErrorsResponse>(`${weft}/service/errors`, {...asked, limit: mostRows}),
      get<ServiceStatementsResponse>(`${weft}/service/statements`, {...asked, limit: mostRows}),
      get<ServiceInstancesResponse>(`${weft}/service/instances`, asked),
    ]);
    if (red.operations.length === 0 && instances.attributes.length === 0) {
      return `${oneLine(service)} sent no span in this time.`;
    }
    const seconds = Math.max(1, Number(BigInt(red.end) - BigInt(red.coveredStart)) / 1e9);
    const whole = red.service;
    return lines(
      whole !== undefined &&
        whole.requests > 0 &&
        `${oneLine(service)} served ${rateText(whole.requests / seconds)} requests/s; ${shareText(whole.errors / whole.requests)} failed; p50 ${ms(whole.p50)}, p95 ${ms(whole.p95)}, p99 ${ms(whole.p99)}.`,
      changes.changes.length > 0 ? 'Changed since the time before:' : 'Nothing changed beyond chance.',
      ...changes.changes.slice(0, mostRows).map(({effect, text, example}) => {
        const open = example === undefined ? '' : ` (trace ${example.traceId})`;
        return `- ${effect === 'neutral' ? '' : `${effect}: `}${oneLine(text, 300)}${open}`;
      }),
      ...changes.notes.map((note) => changeNotes[note]),
      errors.errors > 0 && `${errors.errors} errors, where they were born:`,
      ...tableText(
        ['operation', 'kind of error', 'type', 'message', 'from', 'count', 'example trace'],
        errors.groups.map((group) => [
          ...[group.operation, group.error, group.type, group.message, group.from ?? '', `${group.count}`],
          group.example.traceId,
        ]),
      ),
      statements.statements.length > 0 && 'Statements, most time first:',
      ...tableText(
        ['statement', 'system', 'calls', 'of the time', 'mean', 'p95', 'slowest trace'],
        statements.statements.map((one) => [
          ...[one.statement, one.system, `${one.calls}`, shareText(one.timeShare), ms(one.meanMs), ms(one.p95Ms)],
          one.example.traceId,
        ]),
      ),
      ...instances.attributes
        .filter(({attribute}) => ['version', 'environment', 'instance', 'host', 'pod'].includes(attribute))
        .map(({key, values, omitted}) => {
          const shown = values.slice(0, 5).map((one) => `${oneLine(one.value, 80)} (${one.spans} spans)`);
          const more = values.length - shown.length + (omitted ?? 0);
          return `${key}: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
        }),
      `On the page: ${page}/services/${encodeURIComponent(service)}`,
    );
  },
});

export const serviceTools = [serviceOverview];
