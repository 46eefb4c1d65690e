/** The reference of the HTTP API, as Markdown, from the route table itself: `npm run gen` writes it. */
import {createMeter} from '../base/index.ts';
import {apiRoutes} from './create-api.ts';
import {statusOf} from './errors.ts';
import {failureTexts, phrases} from './failure-texts.ts';
import type {ParameterDoc, Route} from './route.ts';

const groups: readonly {readonly title: string; readonly words: string; has(route: Route): boolean}[] = [
  {
    title: "Weft's own API",
    words:
      'The page uses this API. The types named here, with the meaning of every field, are in `server/src/api/contract.ts`. ' +
      'Unknown and malformed parameters are refused; the answer names the parameter and what was expected. A number that is a moment of ' +
      '1970 in nanoseconds, and one of this century in seconds, milliseconds or microseconds, is refused too.',
    has: ({path}) => path.startsWith('/api/weft/'),
  },
  {
    title: "Jaeger's query API",
    words:
      "As Jaeger's query service answers it: what Jaeger's page, Grafana's Jaeger data source and scripts call. Answers and " +
      'failures come in its envelope, `{data, total, limit, offset, errors}`.',
    has: ({dialect}) => dialect === 'jaeger',
  },
  {
    title: "Jaeger's query API, version 3",
    words:
      'The HTTP form of `jaeger.api_v3.QueryService`, which newer pages of Jaeger use: OTLP instead of the older JSON. Failures ' +
      'are `{"error": {"httpCode", "message"}}`.',
    has: ({dialect}) => dialect === 'jaeger-v3',
  },
  {
    title: "Zipkin's query API",
    words:
      "Version 2, as Zipkin's server answers it: what Zipkin Lens and Zipkin's clients call. Names are in lower case, as Zipkin keeps " +
      'them, and find a name in any case. A failure is a text.',
    has: ({dialect}) => dialect === 'zipkin',
  },
  {
    title: "Tempo's query API",
    words:
      "As Tempo's query frontend answers it: what Grafana's Tempo data source calls, with `http://HOST:16686/tempo` as its address. Queries " +
      'are TraceQL. A failure is a text.',
    has: ({dialect}) => dialect === 'tempo',
  },
  {
    title: "Prometheus's query API",
    words:
      "As Prometheus answers it: what Grafana's Prometheus data source and `promtool` call, with `http://HOST:16686/prometheus` as their " +
      'address. Questions are PromQL. Answers come in its envelope, `{status, data, warnings, infos}`, failures as ' +
      '`{"status": "error", "errorType", "error"}`. Where a range is asked for, series are those with points on the days that it touches.',
    has: ({dialect}) => dialect === 'prometheus',
  },
  {
    title: 'The process',
    words: 'For orchestrators and for Prometheus.',
    has: ({dialect, path}) => dialect === 'weft' && !path.startsWith('/api/'),
  },
];

export function renderHttpReference(): string {
  const routes = apiRoutes(createMeter());
  const lines = [
    '# HTTP API',
    '',
    '<!-- Made by `npm run gen` from the route tables in server/src/api; do not edit. -->',
    '',
    'Everything is on the `http` address (`--http`, by default `127.0.0.1:16686`), beside the page. The header `X-Scope-OrgID`',
    'names the tenant; without it, it is `default`. On a loopback address Weft answers to loopback names only, and it never',
    "takes a request with which another site's page would write.",
    '',
    'An address takes the methods that are named here, and HEAD wherever it takes GET; every other is refused with 405, and `Allow`',
    'names those that it takes. Text in an address is percent-encoded UTF-8; anything else is refused.',
    '',
    'A query that runs too long, needs too much memory or whose client goes away is ended, in ClickHouse too. Failures outside',
    "Jaeger's, Zipkin's, Tempo's and Prometheus's APIs are",
    '',
    '```json',
    '{"error": {"code": "bad_request", "reason": "parameter_invalid", "values": {"parameter": "limit", …},',
    ' "message": "what is wrong", "hint": "how to mend it", "parameter": "which one"}}',
    '```',
    '',
    '| code | status |',
    '|---|---|',
    ...Object.entries(statusOf).map(([code, status]) => `| \`${code}\` | ${status} |`),
    '',
    '`reason` says which failure it is, and `values` what stands in its message and hint: by these a client says it in another',
    'language, as the page does. A value may be a part of a sentence, `{"phrase": "whole_number", "values": {"minimum": 1, …}}`. New',
    'reasons may come; `message` and `hint` are always there to fall back on.',
    '',
    '<details><summary>All reasons</summary>',
    '',
    '| reason | code | message and hint |',
    '|---|---|---|',
    ...Object.entries(failureTexts).map(([reason, text]: [string, {code: string; message: string; hint?: string}]) => {
      const said = [text.message, text.hint].filter((one) => one !== undefined).join(' ');
      return `| \`${reason}\` | \`${text.code}\` | ${said.replaceAll('|', '\\|').replaceAll('<', '&lt;')} |`;
    }),
    '',
    '| phrase | text |',
    '|---|---|',
    ...Object.entries(phrases).map(([name, text]) => `| \`${name}\` | ${text.replaceAll('<', '&lt;')} |`),
    '',
    '</details>',
    '',
    '`/loki` is reserved for that API and answers 501. Every other address is the page.',
    '',
  ];
  for (const {title, words, has} of groups) {
    lines.push(`## ${title}`, '', words, '');
    for (const route of routes.filter(has)) lines.push(...section(route));
  }
  return lines.join('\n');
}

function section({method, path, summary, parameters, body, answer}: Route): string[] {
  const lines = [`### \`${method} ${path.replaceAll(/:([A-Za-z_]+)/g, '{$1}')}\``, '', summary, ''];
  if (parameters.length > 0) {
    lines.push('| parameter | value | default | meaning |', '|---|---|---|---|', ...parameters.map(row), '');
  }
  if (body !== undefined) lines.push(/^[A-Z]\w+$/.test(body) ? `Takes \`${body}\` as JSON.` : `Takes ${body}.`, '');
  lines.push(`Answers ${/^[A-Z]\w+$/.test(answer) ? `\`${answer}\`` : answer}.`, '');
  return lines;
}

function row(parameter: ParameterDoc): string {
  const {name, expected, description, required, repeatable} = parameter;
  const fallback = parameter.in === 'path' ? 'in the path' : required ? 'required' : (parameter.default ?? '');
  return `| \`${name}\`${repeatable ? ' (repeatable)' : ''} | ${expected} | ${fallback} | ${description} |`;
}
