/** Every fault of the shop is named first, on traces that the shop produced with it: see `tools/insight/record.ts`. */
import {expect, test} from 'vitest';
import {callersIn} from '../../../tools/insight/traces.ts';
import {dissect, explainLanguages, explainTrace, type Finding, sayFinding, sayParagraph} from './index.ts';
import {recorded} from './testing.ts';

const usual = callersIn(recorded('healthy'));

function explained(name: string) {
  return recorded(name).map((batch) => {
    const {trace, root} = dissect(batch);
    return explainTrace(batch, {usualCallers: usual(trace.services[trace.spans.service[root]!]!)});
  });
}

/** `kind service operation`, and of an error its kind. */
const named = ({kind, facts}: Finding): string =>
  [kind, facts.error, facts.service, facts.operation].filter((part) => part !== undefined).join(' ');

test.each([
  ['slow-checkout', 'retry_backoff payment charge card attempt'],
  ['provider-outage', 'error unavailable payment POST'],
  ['provider-outage-open', 'error circuit_open payment circuit_breaker payment provider'],
  ['fourth-layer-error', 'error wrong_type inventory get'],
  ['deadlock', 'error deadlock inventory pg.query:UPDATE shop'],
  ['deadlock-other', 'slow_statement inventory pg.query:UPDATE shop'],
  ['missing-index', 'slow_statement inventory pg.query:SELECT shop'],
  ['pool-restart', 'error pool_closed payment pg-pool.connect'],
  ['pool-exhausted', 'error pool_exhausted order pg-pool.connect'],
  ['lost-context', 'lost_context inventory POST /reservations'],
  ['sensitive-data', 'sensitive_data gateway, order, payment'],
  ['cardinality-explosion', 'unbounded_name gateway'],
  ['chatty-n-plus-1', 'repeated_statement order pg.query:SELECT shop'],
  ['slow-consumer', 'slow_consumer notification process order.created'],
  ['head-sampling', 'low_sampling gateway'],
  ['bad-canary', 'error bug payment apply tier discount'],
])('explain: the shop’s fault %s is named first: %s', (name, first) => {
  for (const {findings, anatomy} of explained(name)) {
    expect(findings[0] && named(findings[0]), anatomy.trace.traceId).toBe(first);
  }
});

test('explain: healthy traces of the shop get no finding', () => {
  const found = explained('healthy').flatMap(({findings}) => findings.map(named));
  expect(found).toEqual([]);
});

test('explain: the canary’s version, the exception and its stack stand with the error', () => {
  for (const {findings} of explained('bad-canary')) {
    expect(findings[0]?.facts).toMatchObject({version: '3.2.0-canary', type: 'TypeError'});
    expect(findings[0]?.facts.stack).toContain('.ts:');
    expect(findings[0]?.facts.way).toEqual(['payment', 'order', 'gateway']);
  }
});

test('explain: a checkout of 8 seconds waited 5 between two attempts, and the second healed the first', () => {
  for (const {findings} of explained('slow-checkout')) {
    expect(findings[0]?.figures).toMatchObject({failed: 1});
    expect(Math.round((findings[0]?.figures.nanos ?? 0) / 1e9)).toBe(5);
    expect(findings.map(({kind}) => kind)).toContain('healed_error');
  }
});

test('explain: sensitive values are never repeated', () => {
  for (const one of explained('sensitive-data')) {
    const said = explainLanguages.map((language) => sayParagraph(one, language)).join() + JSON.stringify(one.findings);
    expect(said).not.toMatch(/4111|Bearer|@/);
    expect(said).toContain('payment.card_number (card number)');
  }
});

const all = [
  'slow-checkout',
  'provider-outage',
  'fourth-layer-error',
  'deadlock',
  'deadlock-other',
  'missing-index',
].concat(
  ['pool-restart', 'pool-exhausted', 'lost-context', 'sensitive-data', 'cardinality-explosion', 'chatty-n-plus-1'],
  ['slow-consumer', 'head-sampling', 'bad-canary', 'provider-outage-open', 'healthy'],
);
test.each(explainLanguages)('explain: every finding and paragraph can be said in %s', (language) => {
  for (const one of all.flatMap((name) => explained(name))) {
    const said = [
      sayParagraph(one, language),
      ...one.findings.flatMap((finding) => Object.values(sayFinding(one, finding, language))),
    ];
    const messages = one.findings.map(({facts}) => facts.message ?? '').filter((message) => message !== '');
    for (const whole of said) {
      const text = messages.reduce((rest, message) => rest.replaceAll(message, '…'), whole);
      expect(text).not.toMatch(/undefined|null|NaN|\[object| {2}|^$/);
      if (language !== 'en') expect(text).toMatch(/\p{Script=Han}/u);
    }
  }
});
