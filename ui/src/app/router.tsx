import type {QueryClient} from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  Link,
  redirect,
  retainSearchParams,
  type SearchSchemaInput,
} from '@tanstack/react-router';
import {queries} from '../api/index.ts';
import {type ContextPart, lazyPart} from '../frame/index.ts';
import {type Catalogue, type Language, useText} from '../i18n/index.ts';
import {compareText} from '../pages/compare/text/index.ts';
import {exploreText} from '../pages/explore/text/index.ts';
import {mapText} from '../pages/map/text/index.ts';
import {metricsText} from '../pages/metrics/text/index.ts';
import {pipelineText} from '../pages/pipeline/text/index.ts';
import {samplingText} from '../pages/sampling/text/index.ts';
import {serviceText} from '../pages/services/service/text/index.ts';
import {servicesText} from '../pages/services/text/index.ts';
import {sqlText} from '../pages/sql/text/index.ts';
import {statusText} from '../pages/status/text/index.ts';
import {traceText} from '../timeline/text/index.ts';
import {
  contextKeys,
  type ExploreUrl,
  type OlderSearch,
  parseQuery,
  type Reader,
  readCompareUrl,
  readContext,
  readExploreUrl,
  readJaegerSearch,
  readMapUrl,
  readMendUrl,
  readMetricsUrl,
  readPageUrl,
  readPipelineUrl,
  readSamplingUrl,
  readServicesUrl,
  readServiceUrl,
  readSqlUrl,
  readTracePath,
  readTraceUrl,
  type UnreadUrl,
  writeQuery,
} from '../urls/index.ts';
import {QuietPanel} from '../widgets/index.ts';
import {CrashPanel} from './crash-panel.tsx';
import {Shell} from './shell.tsx';

const root = createRootRouteWithContext<{readonly client: QueryClient; readonly language: () => Language}>()({
  validateSearch: readContext,
  search: {middlewares: [retainSearchParams([...contextKeys])]},
  component: Shell,
  notFoundComponent: NotFound,
});
const search = createRoute({
  getParentRoute: () => root,
  path: '/',
  // Links may say a question in the older way; the page then has it as terms.
  validateSearch: (query: ExploreUrl & OlderSearch & UnreadUrl & SearchSchemaInput): ExploreUrl & UnreadUrl =>
    readPageUrl({...query}, readExploreUrl),
  staticData: {contextUse: usedBySearch},
  loader: textsOf(exploreText),
  component: lazyPart(async () => (await import('../pages/explore/index.ts')).ExplorePage),
});
/** Links that were written for Jaeger's own page; those to `/trace/ID` are the same here. */
const jaegerSearch = createRoute({
  getParentRoute: () => root,
  path: '/search',
  beforeLoad: ({search}) => {
    throw redirect({to: '/', search: readJaegerSearch(search), replace: true});
  },
});
const trace = createRoute({
  getParentRoute: () => root,
  path: '/trace/$traceId',
  validateSearch: understood(readTraceUrl),
  // A trace is shown whole, whenever it was.
  staticData: {contextUse: []},
  // Fetched while the code that draws it still comes; not for a pointer that only passes over a link.
  loader: async ({context, params, cause}) => {
    const traceId = readTracePath(params.traceId);
    if (cause === 'enter' && traceId !== undefined) void context.client.prefetchQuery(queries.trace(traceId));
    await textsOf(traceText)({context});
  },
  component: lazyPart(async () => (await import('../pages/trace/index.ts')).TracePage),
});
const compareTraces = createRoute({
  getParentRoute: () => root,
  path: '/trace/$traceId/compare',
  validateSearch: understood(readCompareUrl),
  staticData: {contextUse: []},
  loader: textsOf(compareText),
  component: lazyPart(async () => (await import('../pages/compare/index.ts')).ComparePage),
});
const mend = createRoute({
  getParentRoute: () => root,
  path: '/mend',
  validateSearch: understood(readMendUrl),
  staticData: {contextUse: ['service']},
  loader: textsOf(compareText),
  component: lazyPart(async () => (await import('../pages/compare/index.ts')).MendPage),
});
const services = createRoute({
  getParentRoute: () => root,
  path: '/services',
  validateSearch: understood(readServicesUrl),
  staticData: {contextUse: ['time', 'compare', 'service', 'environment']},
  loader: textsOf(servicesText),
  component: lazyPart(async () => (await import('../pages/services/index.ts')).ServicesPage),
});
const oneService = createRoute({
  getParentRoute: () => root,
  path: '/services/$service',
  validateSearch: understood(readServiceUrl),
  staticData: {contextUse: ['time', 'compare', 'environment']},
  loader: textsOf(servicesText, serviceText),
  component: lazyPart(async () => (await import('../pages/services/service/index.ts')).ServicePage),
});
const map = createRoute({
  getParentRoute: () => root,
  path: '/map',
  validateSearch: understood(readMapUrl),
  staticData: {contextUse: ['time', 'compare', 'service']},
  loader: textsOf(mapText),
  component: lazyPart(async () => (await import('../pages/map/index.ts')).MapPage),
});
const pipeline = createRoute({
  getParentRoute: () => root,
  path: '/pipeline',
  validateSearch: understood(readPipelineUrl),
  staticData: {contextUse: []},
  loader: textsOf(pipelineText),
  component: lazyPart(async () => (await import('../pages/pipeline/index.ts')).PipelinePage),
});
const sampling = createRoute({
  getParentRoute: () => root,
  path: '/sampling',
  validateSearch: understood(readSamplingUrl),
  staticData: {contextUse: []},
  loader: textsOf(samplingText),
  component: lazyPart(async () => (await import('../pages/sampling/index.ts')).SamplingPage),
});
const sql = createRoute({
  getParentRoute: () => root,
  path: '/sql',
  validateSearch: understood(readSqlUrl),
  staticData: {contextUse: ['time']},
  loader: textsOf(sqlText),
  component: lazyPart(async () => (await import('../pages/sql/index.ts')).SqlPage),
});
const metrics = createRoute({
  getParentRoute: () => root,
  path: '/promql',
  validateSearch: understood(readMetricsUrl),
  staticData: {contextUse: ['time']},
  loader: textsOf(metricsText),
  component: lazyPart(async () => (await import('../pages/metrics/index.ts')).MetricsPage),
});
const status = createRoute({
  getParentRoute: () => root,
  path: '/status',
  validateSearch: understood(() => ({})),
  staticData: {contextUse: []},
  loader: textsOf(statusText),
  component: lazyPart(async () => (await import('../pages/status/index.ts')).StatusPage),
});

/** A query of TraceQL says by itself of which services it asks. */
function usedBySearch(search: ExploreUrl): readonly ContextPart[] {
  return search.q === undefined ? formParts : queryParts;
}
const formParts = ['time', 'service', 'environment', 'live'] as const;
const queryParts = ['time', 'live'] as const;

/** A page's own part of its address, and what of the address nothing was made of: its `View` says so. */
function understood<T extends object>(read: (from: Reader) => T) {
  return (query: T & UnreadUrl & SearchSchemaInput): T & UnreadUrl => readPageUrl({...(query as object)}, read);
}

/** Fetches a page's texts beside its code, so that neither waits for the other. */
function textsOf(...texts: readonly Catalogue<object>[]) {
  return async ({context}: {readonly context: {readonly language: () => Language}}): Promise<void> => {
    await Promise.all(texts.map((one) => one.load(context.language())));
  };
}

export function createPageRouter(client: QueryClient, language: () => Language) {
  return createRouter({
    context: {client, language},
    routeTree: root.addChildren([
      search,
      jaegerSearch,
      trace,
      compareTraces,
      mend,
      services,
      oneService,
      map,
      pipeline,
      sampling,
      sql,
      metrics,
      status,
    ]),
    parseSearch: parseQuery,
    stringifySearch: writeQuery,
    defaultPreload: 'intent',
    defaultErrorComponent: CrashPanel,
    scrollRestoration: false,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createPageRouter>;
  }
}

function NotFound() {
  const text = useText().common;
  return (
    <QuietPanel title={text.notFound}>
      <Link to="/">{text.toTraces}</Link>
    </QuietPanel>
  );
}
