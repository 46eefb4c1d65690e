/** Pages about the running collector (the Collector's zpages, :55679): services, pipelines, extensions, metrics. */
import {ignored} from '../config/index.ts';
import {type HttpRoute, httpServerFields, httpServerOptions, serverObject} from '../net/index.ts';
import type {ExtensionFactory, Running} from '../pipeline/index.ts';
import {createTellingServer} from './telling-server.ts';

const config = serverObject({
  ...httpServerFields(55_679),
  expvar: ignored('what the process measures of itself is in `/metrics`'),
});

export const zpagesExtension: ExtensionFactory<ReturnType<typeof config.read>> = {
  help: 'Plain pages about the running pipelines and extensions.',
  config,
  create(settings, options) {
    let now: Running | undefined;
    const page = (title: string, body: () => string): HttpRoute => ({
      method: 'GET',
      contentTypes: [],
      handle: async () => ({
        status: 200,
        contentType: 'text/html; charset=utf-8',
        headers: {'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'"},
        body: `<!doctype html><meta charset="utf-8"><title>${title}</title><style>${style}</style><h1>${title}</h1>${body()}`,
      }),
    });
    const links = '<p><a href="pipelinez">Pipelines</a>, <a href="extensionz">Extensions</a></p>';
    const routes = new Map([
      ['/debug/servicez', page('Service', () => `<p>${now === undefined ? 'Not running.' : 'Running.'}</p>${links}`)],
      ['/debug/pipelinez', page('Pipelines', () => pipelinesTable(now))],
      [
        '/debug/extensionz',
        page('Extensions', () =>
          table(
            ['Extension'],
            (now?.extensions ?? []).map((id) => [[id]]),
          ),
        ),
      ],
    ]);
    const server = createTellingServer(settings, options.endpoint, routes, httpServerOptions(options, settings));
    return {
      ...server,
      pipelines(running) {
        now = running;
      },
    };
  },
};

const style =
  'body{font:14px sans-serif;margin:2em}td,th{text-align:left;vertical-align:top;padding:.3em 1em;border-bottom:1px solid #ccc}';

const pipelinesTable = (now: Running | undefined): string =>
  table(
    ['Pipeline', 'Receivers', 'Processors', 'Exporters'],
    (now?.pipelines ?? []).map(({id, receivers, processors, exporters}) => [[id], receivers, processors, exporters]),
  );

const table = (titles: readonly string[], rows: readonly (readonly (readonly string[])[])[]): string => {
  const head = titles.map((title) => `<th>${title}</th>`).join('');
  const body = rows.map(
    (cells) => `<tr>${cells.map((ids) => `<td>${ids.map(escaped).join('<br>')}</td>`).join('')}</tr>`,
  );
  return `<table><tr>${head}</tr>${body.join('')}</table>`;
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
