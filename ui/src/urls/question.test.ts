import {expect, test} from 'vitest';
import {readExploreUrl} from './explore-url.ts';
import {parseQuery} from './query-string.ts';
import {questionOf, readTerm, readWhere, type Term, writeTerm} from './question.ts';
import {questionFaults} from './question-faults.ts';
import {addTerm, attributeField, setField, termFault} from './question-fields.ts';
import {groupParameters, searchParameters} from './question-parameters.ts';
import {readTyped, type Typed, writeTyped} from './question-typed.ts';

const now = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Terms and scope as one line; a fault as its kind. */
function said(typed: Typed): string {
  switch (typed.kind) {
    case 'terms':
      return [
        ...typed.terms.map(writeTerm),
        ...Object.entries({...typed.scope, ...typed.view})
          .filter(([key, value]) => value !== undefined || key === 'limit')
          .map(([key, value]) => `@${key}=${value ?? ''}`),
      ].join(' & ');
    case 'refused':
      return `refused: ${typed.fault.kind}${typed.fault.kind === 'language' ? ` ${typed.fault.what}` : ''}`;
    case 'trace':
      return `trace ${typed.traceId}`;
    case 'nothing':
      return 'nothing';
  }
}

test.each([
  ['error=true', 'status=error'],
  ['error = true', 'status=error'],
  ['error', 'status=error'],
  ['error=false', 'outcome=clean'],
  ['not error', 'outcome=clean'],
  ['!error', 'outcome=clean'],
  ['NOT error', 'outcome=clean'],
  ['-error', 'outcome=clean'],
  ['not error=true', 'outcome=clean'],
  ['not failed', 'outcome!=failed'],
  ['not not failed', 'outcome=failed'],
  ['not x=1', 'x!=1'],
  ['NOT x = 1', 'x!=1'],
  ['!x=1', 'x!=1'],
  ['! x: 1', 'x!=1'],
  ['！x：1', 'x!=1'],
  ['-x=1', 'x!=1'],
  ['"-x"=1', '"-x"=1'],
  ['not (x = 1)', 'x!=1'],
  ['!(x=1)', 'x!=1'],
  ['not x!=1', 'x=1'],
  ['not http.status_code>=500', 'http.status_code<500'],
  ['not duration > 1s', 'duration<=1s'],
  ['not > 1s', 'duration<=1s'],
  ['not service=order', 'service!=order'],
  ['not service!=order', '@service=order'],
  ['not kind=client and not error', 'kind!=client & outcome=clean'],
  ['tenant=a and not region=eu', 'tenant=a & region!=eu'],
  ['tenant=a not region=eu -zone=b !host=c', 'tenant=a & region!=eu & zone!=b & host!=c'],
  ['note="do not a=b"', 'note="do not a=b"'],
  ['operation=do not enter', 'operation=do not enter'],
  ['nothing=1', 'nothing=1'],
  ['offset=-1', 'offset=-1'],
  ['error and', 'status=error'],
  ['&& tenant=acme', 'tenant=acme'],
  ['name=land', 'operation=land'],
  ['duration between 1s and 2s', 'duration>=1s & duration<=2s'],
  ['status: error', 'status=error'],
  ['status:ERROR', 'status=error'],
  ['otel.status_code=STATUS_CODE_ERROR', 'status=error'],
  ['failed', 'outcome=failed'],
  ['outcome != clean', 'outcome!=clean'],
  ['duration > 1s', 'duration>1s'],
  ['duration>=1.5 s', 'duration>=1.5 s'],
  ['> 500ms', 'duration>500ms'],
  ['latency>200', 'duration>200'],
  ['duration≥1s', 'duration>=1s'],
  ['duration＞1s', 'duration>1s'],
  ['span.duration<20ms', 'span.duration<20ms'],
  ['span:duration<20ms', 'span.duration<20ms'],
  ['minDuration=1s', 'span.duration>=1s'],
  ['http.status_code>=500', 'http.status_code>=500'],
  ['http.status_code:>=500', 'http.status_code>=500'],
  ['http.status_code == 500', 'http.status_code=500'],
  ['status_code=500', 'status_code=500'],
  ['tenant!=acme', 'tenant!=acme'],
  ['tenant≠acme', 'tenant!=acme'],
  ['tenant：acme', 'tenant=acme'],
  ['tenant:acme', 'tenant=acme'],
  ['tenant="a b"', 'tenant=a b'],
  ['tenant=" a"', 'tenant=" a"'],
  ['tenant=""', 'tenant=""'],
  ['"a>b" = 1', '"a>b"=1'],
  ['"status"=paid', '.status=paid'],
  ['.status=paid', '.status=paid'],
  ['operation=GET /cart', 'operation=GET /cart'],
  ['name="GET /cart"', 'operation=GET /cart'],
  ['kind=server', 'kind=server'],
  ['span.kind: SPAN_KIND_SERVER', 'kind=server'],
  ['service=order', '@service=order'],
  ['service.name: order', '@service=order'],
  ['env=prod', '@environment=prod'],
  ['service.name!=order', 'service!=order'],
  ['service!=order', 'service!=order'],
  ['svc ≠ order', 'service!=order'],
  ['status!=error', 'status!=error'],
  ['name != "GET /"', 'operation!=GET /'],
  ['deployment.environment!=prod', 'deployment.environment!=prod'],
  ['service=order and duration>1s', 'duration>1s & @service=order'],
  ['error=true http.method=GET', 'status=error & http.method=GET'],
  ['duration > 1s && tenant=acme', 'duration>1s & tenant=acme'],
  ['name=salt and pepper', 'operation=salt and pepper'],
  ['note="a and b=c"', 'note="a and b=c"'],
  ['operation=GET /a?b=1', 'operation=GET /a?b=1'],
  ['max=1s', 'duration<=1s'],
  ['min: 200ms', 'duration>=200ms'],
  ['limit=50', '@limit=50'],
  ['sort=longest last=15m', '@sort=longest & @last=15m'],
  ['lookback=24h and tenant=a', 'tenant=a & @last=1d'],
  ['limit=100', '@limit='],
  ['live=true', '@live=true'],
  ['.limit=50', '.limit=50'],
  ['"limit"=50', '.limit=50'],
  ['db.statement=SELECT 1 WHERE a>=b', 'db.statement=SELECT 1 WHERE a>=b'],
  ['url.full=http://a/b?c=d', 'url.full=http://a/b?c=d'],
  ['4BF92F3577B34DA6A3CE929D0E0E4736', 'trace 4bf92f3577b34da6a3ce929d0e0e4736'],
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 'trace 4bf92f3577b34da6a3ce929d0e0e4736'],
  ['trace_id=4bf92f3577b34da6a3ce929d0e0e4736', 'trace 4bf92f3577b34da6a3ce929d0e0e4736'],
  ['http://jaeger/trace/4bf92f3577b34da6a3ce929d0e0e4736', 'trace 4bf92f3577b34da6a3ce929d0e0e4736'],
  ['link.to=/trace/4bf92f3577b34da6a3ce929d0e0e4736', 'link.to=/trace/4bf92f3577b34da6a3ce929d0e0e4736'],
  ['tenant exists', 'has=tenant'],
  ['tenant not exists', 'has!=tenant'],
  ['not tenant exists', 'has!=tenant'],
  ['!has tenant', 'has!=tenant'],
  ['not tenant != nil', 'has!=tenant'],
  ['tenant exists and status=error', 'has=tenant & status=error'],
  ['has tenant', 'has=tenant'],
  ['exists(http.route)', 'has=http.route'],
  ['_exists_:tenant', 'has=tenant'],
  ['tenant != nil', 'has=tenant'],
  ['tenant = nil', 'has!=tenant'],
  ['tenant="nil"', 'tenant="nil"'],
  ['env exists', 'has=environment'],
  ['.version exists', 'has=.version'],
  ['limit exists', 'has=.limit'],
  ['has=tenant and has!=order.id', 'has=tenant & has!=order.id'],
  ['has=name', 'has=operation'],
  ['.has=x', '.has=x'],
  ['has=env', 'has=environment'],
  ['has=version', 'has=version'],
  ['version exists', 'has=version'],
  ['version=1.1', 'service.version=1.1'],
  ['not Version=1.1', 'service.version!=1.1'],
  ['version>=2', 'service.version>=2'],
  ['.version=1.1', '.version=1.1'],
  ['"version"=1.1', '.version=1.1'],
  ['"error"=true', 'error=true'],
  ['"minDuration"=1', 'minDuration=1'],
  ['trace_id=1', 'trace 00000000000000000000000000000001'],
  ['traceid: ABC', 'trace 00000000000000000000000000000abc'],
  ['trace:id = "4bf92f35"', 'trace 0000000000000000000000004bf92f35'],
  ['.trace_id=zz', '.trace_id=zz'],
  ['"trace_id"=zz', '.trace_id=zz'],
  ['.trace_id=4bf92f3577b34da6a3ce929d0e0e4736', '.trace_id=4bf92f3577b34da6a3ce929d0e0e4736'],
  ['note=it\'s 5" wide', 'note=it\'s 5" wide'],
  ['tenant="a" region="b c"', 'tenant=a & region=b c'],
  ['  ', 'nothing'],
])('question: %s, as typed, asks for %s', (text, meaning) => expect(said(readTyped(text))).toBe(meaning));

test.each([
  ['error=true or duration>1s', 'language or'],
  ['a=1 || b=2', 'language or'],
  ['a OR b', 'language or'],
  ['name=~"GET.*"', 'language regex'],
  ['name contains cart', 'language regex'],
  ['tenant in (a, b)', 'language list'],
  ['{ .tenant = "a" }', 'language traceql'],
  ['checkout', 'word'],
  ['tenant="unclosed', 'quote'],
  ['tenant="a" b', 'quote'],
  ['tenant="a"b"', 'quote'],
  ['tenant="C:\\dir"', 'quote'],
  ["tenant='a b'", 'quote'],
  ['tenant=“a”', 'quote'],
  ['limit="50', 'quote'],
  ['tenant="a and kind=server', 'quote'],
  ['"unclosed=5', 'quote'],
  ['trace_id=zz', 'id'],
  ['trace_id=0', 'id'],
  ['traceID=not-one', 'id'],
  ['trace_id!=1', 'id'],
  ['trace_id=1234567890abcdef1234567890abcdef1', 'id'],
  ['span_id=00f067aa0ba902b7', 'id'],
  ['=x', 'words'],
  ['http://weft/somewhere', 'words'],
  ['tenant=', 'unfinished'],
  ['limit=99999999', 'view'],
  ['limit>5', 'view'],
  ['sort=zzz', 'view'],
  ['last=99y', 'view'],
  ['start=yesterday', 'view'],
  ['max=soon', 'duration'],
  ['status=500', 'status-code'],
  ['status=bad', 'value'],
  ['kind=sideways', 'value'],
  ['duration=1s', 'operator'],
  ['duration>soon', 'duration'],
  ['http.status_code>=many', 'number'],
  ['environment!=prod', 'scope'],
  ['not environment=prod', 'scope'],
  ['not name=~"GET.*"', 'language regex'],
  ['!a=1 or not b=2', 'language or'],
  ['not checkout', 'word'],
  ['not', 'sign'],
  ['100ms', 'duration-alone'],
  ['or', 'language or'],
  ['duration=', 'operator'],
  ['tenant>', 'unfinished'],
  ['not tenant=', 'unfinished'],
])('question: %s, as typed, is refused: %s', (text, why) => expect(said(readTyped(text))).toBe(`refused: ${why}`));

test.each<Term>([
  {field: 'a b', op: '=', value: 'c'},
  {field: 'a"<b', op: '!=', value: '"quoted"'},
  {field: 'tenant', op: '=', value: ' spaces '},
  {field: '-tenant', op: '=', value: '-a'},
  {field: 'a', op: '=', value: '1 and not b=2'},
  {field: 'tenant', op: '=', value: ''},
  {field: 'tenant', op: '=', value: '繁體 = x'},
  {field: 'tenant', op: '=', value: '=x'},
  {field: 'tenant', op: '=', value: '<b>x</b>'},
  {field: 'tenant', op: '>', value: '=5'},
  {field: 'tenant', op: '=', value: '~x'},
  {field: 'tenant', op: '=', value: 'nil'},
  {field: 'tenant', op: '=', value: '//cdn/x.js'},
  {field: 'a:b', op: '=', value: 'c'},
  {field: 'aws~x', op: '=', value: 'c'},
])('question: %j comes back from an address', (term) => expect(readTerm(writeTerm(term))).toEqual(term));

test.each<Term>([
  {field: 'tenant', op: '=', value: '=x'},
  {field: 'tenant', op: '=', value: '<b>x</b>'},
  {field: 'tenant', op: '!=', value: '~x'},
  {field: 'tenant', op: '=', value: 'nil'},
  {field: 'tenant', op: '=', value: '//cdn/x.js'},
  {field: 'a:b', op: '=', value: 'c'},
  {field: '-tenant', op: '=', value: '-a'},
  {field: 'operation', op: '=', value: '<script>'},
  {field: 'tenant', op: '=', value: "'a'"},
  {field: 'tenant', op: '=', value: '“a”'},
  {field: 'tenant', op: '=', value: '1 or error'},
  {field: 'tenant', op: '=', value: '1 and x exists'},
  {field: 'tenant', op: '=', value: 'a, failed'},
  {field: 'error', op: '=', value: 'true'},
  {field: 'outcome', op: '!=', value: 'failed'},
  {field: 'duration', op: '>=', value: '1.5 s'},
  {field: 'status', op: '=', value: 'error'},
])('question: %j, edited in the query field, is the same when it is entered again', (term) =>
  expect(readTyped(writeTyped(term))).toMatchObject({kind: 'terms', terms: [term]}),
);

test.each([
  ['env', '.env=x'],
  ['name', '.name=x'],
  ['took', '.took=x'],
  ['status_code', '.status_code=x'],
  ['tenant', 'tenant=x'],
  ['a b', '"a b"=x'],
])('question: the attribute %s is edited as %s, so that it stays an attribute', (field, text) => {
  expect(writeTyped({field, op: '=', value: 'x'})).toBe(text);
  expect(said(readTyped(text))).toBe(text);
});

test('question: the scope and a word for one attribute are edited as they are', () => {
  expect(writeTyped({field: 'service', op: '=', value: 'a'})).toBe('service=a');
  expect(writeTyped({field: 'version', op: '=', value: '1.1'})).toBe('version=1.1');
});

test.each([
  'a=1 or b=2',
  'a=1 || b=2',
  'a=1 and b=2 or c=3',
  'a=1 or error',
  'a=1 and failed',
  'a=1 and tenant exists',
  'tenant="unclosed',
  'tenant="a" b',
  'name=~x',
  'a==b',
  "a='b'",
])('question: %s of an address is no condition, as it is none when it is typed', (where) =>
  expect(readExploreUrl({where}).where).toBeUndefined(),
);

test.each(['environment=prod', 'limit=50', 'last=5m', 'max=1s'])(
  'question: %s of an address is not taken for an attribute',
  (where) => expect(readExploreUrl({where}).where).toBeUndefined(),
);

test('question: version is that of the service, in an address as where it is typed', () => {
  const attribute = (where: string) => searchParameters({}, questionOf({where: [where]}), {}, now).attribute;
  expect(attribute('version=1.1')).toEqual(['service.version=1.1']);
  expect(attribute('.version=1.1')).toEqual(['version=1.1']);
  expect(attributeField('version')).toBe('.version');
});

test('question: of two terms that cannot both hold the later stays', () => {
  const q = questionOf({where: ['operation=a', 'duration>1s', 'tenant=x']});
  expect(addTerm(q, readTerm('operation=b')!).map(writeTerm)).toEqual(['operation=b', 'duration>1s', 'tenant=x']);
  expect(addTerm(q, readTerm('duration>=2s')!).map(writeTerm)).toEqual(['operation=a', 'duration>=2s', 'tenant=x']);
  expect(addTerm(q, readTerm('duration<5s')!).map(writeTerm)).toContain('duration>1s');
  expect(addTerm(q, readTerm('tenant=y')!).map(writeTerm)).toEqual([
    'operation=a',
    'duration>1s',
    'tenant=x',
    'tenant=y',
  ]);
  expect(setField(q, 'duration', undefined).map(writeTerm)).toEqual(['operation=a', 'tenant=x']);
});

test('question: an attribute that is called as a field is stays an attribute', () => {
  expect(attributeField('status')).toBe('.status');
  expect(attributeField('service')).toBe('.service');
  const question = questionOf({where: ['.status=paid', 'status=error']});
  expect(searchParameters({}, question, {}, now)).toMatchObject({status: 'error', attribute: ['status=paid']});
});

test('question: the API is asked in its own words', () => {
  const question = questionOf({
    where: ['duration>1,5 s', 'span.duration<200', 'a=b', 'c!=d', 'e>=5', '"f>g"=h', 'outcome!=clean', 'kind=server'],
  });
  expect(
    searchParameters({service: 'order', environment: 'prod', last: '5m'}, question, {order: 'longest'}, now),
  ).toEqual({
    service: 'order',
    environment: 'prod',
    operation: undefined,
    kind: 'server',
    status: undefined,
    outcome: ['failed', 'healed'],
    attribute: ['a=b', 'c!=d', 'e>=5', '"f>g"=h'],
    minTraceDuration: '1.500000001s',
    maxTraceDuration: undefined,
    minDuration: undefined,
    maxDuration: '199.999999ms',
    start: '1767322745000000000',
    end: '1767323045000000000',
    limit: 100,
    order: 'longest',
  });
});

test('question: several values may be wanted together, but none and some of the same', () => {
  const q = questionOf({where: ['has=tenant']});
  expect(addTerm(q, readTerm('has=order.id')!).map(writeTerm)).toEqual(['has=tenant', 'has=order.id']);
  expect(addTerm(q, readTerm('has!=tenant')!).map(writeTerm)).toEqual(['has!=tenant']);
  expect(searchParameters({}, questionOf({where: ['has=tenant', 'has!=environment']}), {}, now)).toMatchObject({
    has: ['tenant'],
    notHas: ['environment'],
  });
});

test('question: groups go by their rate as by their number, and are no more than the API counts', () => {
  expect(groupParameters({}, [], {by: 'service', order: 'rate', limit: 1_500}, now)).toMatchObject({
    by: 'service',
    order: 'spans',
    limit: 1_000,
  });
});

test('question: of several bounds the narrowest is asked for, and one that cannot be read is left for the API to refuse', () => {
  const bounds = (where: string[]) => searchParameters({}, questionOf({where}), {}, now);
  expect(bounds(['duration>1s', 'duration>=3s', 'duration<9s', 'duration<=5s'])).toMatchObject({
    minTraceDuration: '3s',
    maxTraceDuration: '5s',
  });
  expect(bounds(['span.duration>=soon'])).toMatchObject({minDuration: 'soon'});
});

test('question: an older address leads to the same search, and its keys do not come back', () => {
  const old =
    '?operation=GET+/a&kind=server&status=error&attribute=status=paid&attribute=b=c=d&min=1s&max=2s&sort=longest';
  const url = readExploreUrl(parseQuery(old));
  expect(url.where).toEqual([
    'operation=GET /a',
    'kind=server',
    'status=error',
    '.status=paid',
    'b=c=d',
    'span.duration>=1s',
    'span.duration<=2s',
  ]);
  expect(url).toHaveProperty('attribute', undefined);
  expect(readExploreUrl({...parseQuery(old), ...url, where: ['a=b']}).where).toEqual(['a=b']);
});

test.each([
  ['kind=server', undefined],
  ['duration>1s', undefined],
  ['duration>soon', 'duration'],
  ['outcome=good', 'value'],
  ['operation!=x', undefined],
  ['service!=x', undefined],
  ['operation>x', 'operator'],
  ['a>b', 'number'],
])('question: the fault of %s is %s', (text, kind) => expect(termFault(readTerm(text)!)?.kind).toBe(kind));

test.each([
  ['duration>=5s and duration<=1s', ['>= 5s', '<= 1s']],
  // The narrowest bounds count.
  ['duration>1s and duration>=5s and duration<=2s and duration<1m', ['>= 5s', '<= 2s']],
  ['span.duration>1s and span.duration<=1s', ['> 1s', '<= 1s']],
  ['span.duration>=1s and span.duration<=1s', undefined],
  ['duration>=5s and span.duration<=1s', undefined],
  ['duration>=soon and duration<=1s', undefined],
])('question: the bounds that cross in %s are %j', (text, bounds) => {
  const question = questionOf(readWhere({where: [text]}));
  const crossed = questionFaults(question).filter(({fault}) => fault.kind === 'crossed');
  expect(crossed.length === 0 ? undefined : crossed.map(({term}) => `${term.op} ${term.value}`)).toEqual(bounds);
});

test('question: a refusal repeats no more of what was typed than a line holds', () => {
  const typed = readTyped('x'.repeat(7_000));
  expect(typed).toEqual({kind: 'refused', fault: {kind: 'word', word: `${'x'.repeat(40)}…`, op: '='}});
});
