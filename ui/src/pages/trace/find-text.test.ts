import {expect, test} from 'vitest';
import {parseFindText} from '../../../../server/src/api/find-text.ts';
import {readFind} from './find-text.ts';

test.each<[text: string, fault: object]>([
  ['"', {kind: 'waits', for: 'quote'}],
  ['note="two wo', {kind: 'waits', for: 'quote'}],
  ['"two" "words', {kind: 'waits', for: 'quote'}],
  ['""', {kind: 'waits', for: 'value'}],
  ['duration>', {kind: 'waits', for: 'value'}],
  ['503 http.status_code>=', {kind: 'waits', for: 'value'}],
  ['tenant=', {kind: 'waits', for: 'value'}],
  ['duration>long', {kind: 'refused', why: 'duration', value: 'long'}],
  ['retries>="many"', {kind: 'refused', why: 'number', value: 'many'}],
  ['x'.repeat(2_001), {kind: 'refused', why: 'long', limit: 2_000}],
  ['w '.repeat(17), {kind: 'refused', why: 'many', limit: 16}],
  [
    'kind=foo',
    {
      kind: 'refused',
      why: 'one-of',
      field: 'kind',
      values: ['server', 'client', 'internal', 'producer', 'consumer', 'unspecified'],
    },
  ],
  ['503 status=bad', {kind: 'refused', why: 'one-of', field: 'status', values: ['error', 'ok', 'unset']}],
  ['kind>client', {kind: 'refused', why: 'equality', field: 'kind'}],
  ['service>a', {kind: 'refused', why: 'equality', field: 'service'}],
  ['outcome=failed', {kind: 'refused', why: 'of-trace', field: 'outcome'}],
  ['name=~"GET.*"', {kind: 'refused', why: 'regex'}],
])('find in a trace: %j is not asked for', (text, fault) => expect(readFind(text)).toEqual(fault));

test.each([
  ['503', '503'],
  ['order not found', 'order not found'],
  ['-q1', '-q1'],
  ['http://a/b 12:30:01', 'http://a/b 12:30:01'],
  ['"two words"', '"two words"'],
  ['tenant=acme 503', 'tenant=acme 503'],
  ['note="two words"', 'note="two words"'],
  ['note=""', 'note=""'],
  ['duration>100', 'duration>100ms'],
  ['duration > 1.5 boom', 'duration>1.5ms boom'],
  ['span.duration<=0,5s', 'duration<=500ms'],
  ['latency≥2m', 'duration>=120s'],
  ['not x=1', 'x!=1'],
  ['-x=1', 'x!=1'],
  ['!x=1', 'x!=1'],
  ['not x!=1', 'x=1'],
  ['not !x=1', 'x=1'],
  ['not duration > 1s', 'duration<=1s'],
  ['not kind=client status=error', 'kind!=client status=error'],
  ['tenant == acme', 'tenant=acme'],
  ['tenant≠acme', 'tenant!=acme'],
  ['span.kind=SPAN_KIND_SERVER', 'kind=server'],
  ['error=true', 'status=error'],
  ['error!=true', 'status!=error'],
  ['name="GET /cart"', 'operation="GET /cart"'],
  ['svc=cart', 'service=cart'],
  ['env=prod', 'deployment.environment.name=prod'],
  ['version=1.1', 'service.version=1.1'],
  ['has=tenant', 'has=tenant'],
  ['has!=version', 'has!=service.version'],
  ['status_code=500', 'status_code=500'],
  ['.status=paid', '.status=paid'],
  ['.tenant=acme', 'tenant=acme'],
  ['a>="=5"', 'unfit'],
])('find in a trace: %j is asked for as %j', (text, asked) => {
  const read = readFind(text);
  expect(read.kind === 'asked' ? read.text : 'unfit').toBe(asked);
});

/** Texts made of pieces that mean something, in any order. */
function* texts(): Generator<string> {
  const pieces = [
    ...['"', 'duration', 'key', '>', '>=', '=', '!=', '<', '5', '5ms', '1h30m', '0', 'word', ' ', '!', 'µs'],
    ...['not ', '-', '~', '.', 'kind', 'status', 'client', 'has', 'service', ':', '≠'],
  ];
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let i = 0; i < 10_000; i++)
    yield Array.from({length: 1 + random(7)}, () => pieces[random(pieces.length)])
      .join('')
      .trim();
}

test('find in a trace: Weft understands whatever the page asks for, and canonical words stay as they are', () => {
  for (const text of texts()) {
    const read = text === '' ? undefined : readFind(text);
    if (read?.kind !== 'asked') continue;
    const terms = () => parseFindText(read.text);
    expect(terms, `${text} as ${read.text}`).not.toThrow();
    // What is in canonical words already is read as the same.
    if (!text.includes('"')) expect(readFind(read.text), `${text} as ${read.text}`).toEqual(read);
  }
});
