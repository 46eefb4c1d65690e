/** What can be read on Zipkin's port: its query API, and what is asked of a server (`/health`, `/info`), by its paths. */
import {httpRefusal, type Read} from '../net/index.ts';
import type {Queries} from '../pipeline/index.ts';

export interface ZipkinReads {
  readonly id: string;
  readonly queries: Queries;
  /** Whether telemetry may be read here. */
  readonly isOpen: boolean;
  readonly loopback: boolean;
}

const questions =
  'services|spans|remoteServices|traces|traceMany|trace/[^/]+|dependencies|autocompleteKeys|autocompleteValues';
/** Zipkin's server has its query API under both; Lens asks under the second. */
const query = new RegExp(`^(?:/zipkin)?(/api/v2/(?:${questions}))$`);
/** The settings of Lens, which tell nothing of what is stored. */
const lens = new Set(['/config.json', '/zipkin/config.json']);
const ofServer = new Set(['/health', '/info']);

export const zipkinReads =
  ({id, queries, isOpen, loopback}: ZipkinReads): ((path: string) => Read | undefined) =>
  (path) => {
    const forwarded = (target: string): Read => ({kind: 'forwarded', target, loopback, forward: queries.forward});
    if (ofServer.has(path)) return forwarded(`/zipkin${path}`);
    if (lens.has(path)) return forwarded('/zipkin/config.json');
    const found = query.exec(path);
    if (found === null) return undefined;
    if (!isOpen)
      return refused(403, `Zipkin's query API is off on this address; set \`query_api: true\` of ${id}`, 'query_api');
    const nothing = queries.nothing();
    if (nothing !== undefined) return refused(404, nothing, 'nothing_stored');
    return forwarded(`/zipkin${found[1]}`);
  };

const refused = (http: number, message: string, reason: string): Read => ({
  kind: 'refused',
  status: httpRefusal(http, message, reason),
});
