/** Converters, one line a case: inputs and results are those of the Collector's own tests where it has them. */
import {describe, expect, it} from 'vitest';
import {testLog, testSpan} from './testing.ts';
import {evaluate} from './testing-values.ts';

const attributes = {
  'http.method': 'get',
  flags: 'A|B|C',
  tags: ['prod', 'eu', 'prod'],
  counts: [1, 2, 3],
  foo: {bar: 'pass', slice: ['val'], nested: {test: 'pass'}},
  things: [
    {name: 'foo', value: 2},
    {name: 'bar', value: 5},
  ],
};
const value = (text: string): unknown => evaluate(text, testSpan(attributes));
const f = (text: string, expected: unknown) => it(`ottl: ${text}`, () => expect(value(text)).toEqual(expected));
const fails = (text: string, message: string) =>
  it(`ottl: ${text} fails: ${message}`, () => expect(() => value(text)).toThrow(message));

describe('what the Collector made of the same, run beside it', () => {
  for (const name of ['String(Double("1e21"))', 'Concat([Double("1e21")], "")']) f(name, '1e+21');
  f('String(0.0000001)', '1e-07');
  f('String(-0.5)', '-0.5');
  f('Format("%v %v %v %v", [123456789.125, 1000000.0, 999999.5, 0.0001])', '1.23456789125e+08 1e+06 999999.5 0.0001');
  f('ConvertCase("GET /orders/{id}", "camel")', 'Getordersid');
  f('ToCamelCase("MixedCASE Text9b")', 'MixedCaseText9B');
  f('ToSnakeCase(" spaced  out ")', 'spaced__out');
  f('ToSnakeCase("line one\\nline two")', 'line_one\nline_two');
  f('ToSnakeCase("ÄÖ é")', 'ÄÖ_é');
  f('ToSnakeCase("HTTPServer_errorCode 42b")', 'http_server_error_code_42_b');
  f('IsValidLuhn("")', false);
  f('IsValidLuhn("4111 1111 1111 1111")', true);
  f('IsValidLuhn(0.0)', true);
  fails('IsValidLuhn("41x")', 'expected digits');
  f('Sort([3, 1.5, "x", true, nil])', [undefined, 1.5, 3n, true, 'x']);
  f('Sort([3, 1.5, "x", true, nil], "desc")', ['x', true, 3n, 1.5, undefined]);
  f('Sort([[2], 1])', [[2n], 1n]);
  f('Decode("ÄÖ 訂", "us-ascii")', 'ÄÖ 訂');
  f('Decode("é", "iso-8859-1")', 'Ã©');
  f('Decode("Ä", "iso-8859-1")', 'Ã\u0084');
  f('Hex(attributes["none"])', '');
  fails('URL("")', 'is no URL');
  fails('URL("http://h:bad/")', 'is no URL');
  fails('URL("2001:db8::1")', 'is no URL');
  fails('ParseSimplifiedXML("")', 'not XML');
  f('FormatTime(Unix(0), "%x %D")', '01/01/1970 01/01/1970');
  f(
    'ExtractGrokPatterns("127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] \\"GET /a.gif HTTP/1.0\\" 200 2326", "%{COMMONAPACHELOG}", true)',
    {
      'source.address': '127.0.0.1',
      'user.name': 'frank',
      timestamp: '10/Oct/2000:13:55:36 -0700',
      'http.request.method': 'GET',
      'url.original': '/a.gif',
      'http.version': '1.0',
      'http.response.status_code': 200n,
      'http.response.body.size': 2326n,
    },
  );
  f('ExtractGrokPatterns("2001:db8::1", "%{IP:ip}", true)', {ip: '2001:db8::1'});
  f('ConvertAttributesToElementsXML("<a x=\\"1\\"/>", "/a/@x")', '<a><x>1</x></a>');
});

describe('arithmetic', () => {
  f('1 + 2 * 3 - 4 / 2', 5n);
  f('(1 + 2) * -3', -9n);
  f('7 / 2', 3n);
  f('-7 / 2', -3n);
  f('1 + 1.5', 2.5);
  f('-attributes["counts"][0]', -1n);
  f('9223372036854775807 + 1', -9223372036854775808n);
  f('Unix(10) - Unix(4)', '6s');
  f('Unix(10) + Duration("1.5s")', '1970-01-01T00:00:11.5Z');
  f('Duration("1h") - Duration("1m")', '59m0s');
  fails('1 / 0', 'division by zero');
  fails('"a" + 1', 'cannot compute string + int');
  fails('Unix(1) * 2', 'cannot compute time * int');
});

describe('types', () => {
  f('Bool("TRUE")', true);
  f('Bool(0)', false);
  fails('Bool("yes")', 'expected what is like a bool, found string');
  f('Int(1.9)', 1n);
  f('Int("1")', 1n);
  fails('Int("2.0")', 'expected what is like an int, found string');
  fails('Int([1])', 'expected what is like an int, found list');
  f('Int(nil)', undefined);
  f('Int(true)', 1n);
  f('Double("1")', 1);
  f('Double(true)', 1);
  fails('Double("x")', 'expected what is like a double, found string');
  f('String("test")', 'test');
  f('String([1,2,3])', '[1,2,3]');
  f('String(false)', 'false');
  f('String(attributes["foo"])', '{"bar":"pass","nested":{"test":"pass"},"slice":["val"]}');
  f('String(0x0aff)', '0aff');
  f('String(nil)', undefined);
  f('IsBool(false)', true);
  f('IsDouble(1.0)', true);
  f('IsInt(1.0)', false);
  f('IsMap(attributes["foo"])', true);
  f('IsList(attributes["tags"])', true);
  f('IsString("")', true);
  f('IsEmpty("")', true);
  f('IsEmpty(attributes["none"])', true);
  f('IsEmpty({})', true);
  f('IsEmpty(0)', true);
  f('IsEmpty([0])', false);
  f('IsEmpty(TraceID(0x00000000000000000000000000000000))', true);
  f('Len(attributes["foo"])', 3n);
  f('Len("é")', 2n);
  fails('Len(1)', 'no length');
  f('Hex(1.1)', '3ff199999999999a');
  f('Hex("1")', '31');
  f('Hex(true)', '01');
  f('Hex(12)', '000000000000000c');
  f('Log(1)', 0);
  fails('Log(0)', 'not defined');
  f('Index("hello world", "world")', 6n);
  f('Index([1, 2.0, 3], 2)', 1n);
  f('Index("a", "b")', -1n);
  f('ContainsValue([1.1, 2.2], 2.2)', true);
  f('ContainsValue(attributes["tags"], "x")', false);
  f('Coalesce([attributes["none"], nil, "x"])', 'x');
  f('Keys({"k1": 1, "k2": 2})', ['k1', 'k2']);
  f('Values({"k1": 1, "k2": [2]})', [1n, [2n]]);
});

describe('texts', () => {
  f('Concat(["A", "B"], ":")', 'A:B');
  f('Concat(["a", 1, 2.5, true, nil, 0x0a], " ")', 'a 1 2.5 true <nil> 0a');
  f('Split(attributes["flags"], "|")', ['A', 'B', 'C']);
  f('Split(attributes["flags"], "|")[1]', 'B');
  f('ConvertCase(attributes["http.method"], "upper")', 'GET');
  f('ConvertCase("fooBar", "snake")', 'foo_bar');
  f('ConvertCase("foo_bar", "camel")', 'FooBar');
  f('ToSnakeCase("MyMetricName")', 'my_metric_name');
  f('ToCamelCase("my_metric_name")', 'MyMetricName');
  f('ToUpperCase("aé")', 'AÉ');
  f('Trim(" this is a test ")', 'this is a test');
  f('Trim("!!a!!", "!!")', 'a');
  f('TrimPrefix("ingest_service", "ingest_")', 'service');
  f('TrimSuffix("ingest_service", "_service")', 'ingest');
  f('HasPrefix("ingest_service", "ingest_")', true);
  fails('HasSuffix(1, "a")', 'expected string, found int');
  f('Substring("123456789", 0, 3)', '123');
  f('Substring("一二三", 0, 4, true)', '一');
  fails('Substring("123", 1, 3)', 'beyond the text');
  f('Format("%02d|%s|%5.1f|%v|%x|%q", [7, "a", 2.25, true, 255, "b"])', '07|a|  2.2|true|ff|"b"');
  f('Format("%d %s", ["x"])', '%!d(string=x) %!s(MISSING)');
  f('Format("a", [1])', 'a%!(EXTRA int64=1)');
  f('Format("%*d|%-4s|%+d|%e|%.200g", [4, 7, "x", 3, 1500.0, 0.5])', '   7|x   |+3|1.500000e+03|0.5');
  f('Format("%999999999d", [1])', '%!(BADWIDTH)%!(EXTRA int64=1)');
  f('IsMatch("aa123bb", "\\\\d{3}")', true);
  f('IsMatch(12, "^12$")', true);
  f('IsMatch(nil, ".*")', false);
  f('IsValidLuhn("17893729974")', true);
  f('IsValidLuhn(17893729975)', false);
  f('IsInCIDR("192.168.1.7", ["10.0.0.0/8", "192.168.0.0/16"])', true);
  f('IsInCIDR("2001:db8::1", ["2001:db8::/32"])', true);
  f('IsInCIDR("192.168.1.7", ["192.168.1.8/30"])', false);
  f('IsInCIDR("nowhere", ["192.168.1.8/30"])', false);
});

describe('digests and encodings', () => {
  f('FNV("pass")', 266877920130663416n);
  f('MD5("hello world")', '5eb63bbbe01eeed093cb22bb8f5acdc3');
  f('SHA1("pass")', '9d4e1e23bd5b727046a9e3b4b7db57bd8d6ee684');
  f('SHA256("pass")', 'd74ff0ee8da3b9806b18c877dbf29bbde50b5bd8e4dad7a3a725000feb82e8f1');
  f('Murmur3Hash("Hello World")', 'ce837619');
  f('Murmur3Hash("")', '00000000');
  f('Murmur3Hash128("Hello World")', 'dbc2a0c1ab26631a27b4c09fcf1fe683');
  f('XXH3("hello world")', 'd447b1ea40e6988b');
  f('XXH3("")', '2d06800538d394c2');
  f('XXH128("hello world")', 'df8d09e93f874900a99b8775cc15b6c7');
  f('Base64Decode("aGVsbG8gd29ybGQ=")', 'hello world');
  f('Decode("aGVsbG8gd29ybGQ", "base64-raw")', 'hello world');
  f('Decode("hello", "us-ascii")', 'hello');
  fails('Decode("a", "nope")', 'there is no encoding "nope"');
  fails('Base64Decode("a=")', 'is not base64');
  f('Base64Encode("test string")', 'dGVzdCBzdHJpbmc=');
  f('Base64Encode("??>", "base64-raw-url")', 'Pz8-');
  f('TraceID("a389023abaa839283293ed323892389d")', 'id:a389023abaa839283293ed323892389d');
  f('SpanID(0x0102030405060708)', 'id:0102030405060708');
  fails('SpanID(0x01)', 'expected 8 bytes');
  f('CommunityID("128.232.110.120", 34855, "66.35.250.204", 80)', '1:LQU9qZlK+B5F3KDmev6m5PMibrg=');
  f('CommunityID("66.35.250.204", 80, "128.232.110.120", 34855, "TCP", 0)', '1:LQU9qZlK+B5F3KDmev6m5PMibrg=');
  f('Len(UUID())', 36n);
  f('IsMatch(UUIDv7(), "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")', true);
});

describe('times', () => {
  f('Time("02/04/2023", "%m/%d/%Y")', '2023-02-04T00:00:00Z');
  f('Time("Feb 15, 2023", "%b %d, %Y")', '2023-02-15T00:00:00Z');
  f('Time("2012-11-01T22:08:41+0100", "%Y-%m-%dT%H:%M:%S%z")', '2012-11-01T22:08:41+01:00');
  f('Time("2023-05-26 12:34:56", "%Y-%m-%d %H:%M:%S", "America/New_York")', '2023-05-26T12:34:56-04:00');
  f('Time("mercoledì set 4 2024", "%A %h %e %Y", "", "it")', '2024-09-04T00:00:00Z');
  f('Time("2024 01:02:03 pm", "%Y %r")', '2024-01-01T13:02:03Z');
  f('Time("10", "%M") - Time("01", "%M")', '9m0s');
  fails('Time("2023-13-01", "%Y-%m-%d")', 'a time that exists');
  fails('Time("x", "%Q")', 'unknown `%Q`');
  fails('Time("x", "%Y", "Mars/Base")', 'there is no time zone');
  f('Hour(Time("12", "%H"))', 12n);
  f('Year(Unix(0))', 1970n);
  f('Weekday(Time("2024-09-04", "%F"))', 3n);
  f('Nanosecond(Unix(1, 5))', 5n);
  f('FormatTime(Time("02/04/2023", "%m/%d/%Y"), "%A %h %e %Y")', 'Saturday Feb  4 2023');
  f('FormatTime(Unix(1672527600), "%Y-%m-%dT%H:%M:%S.%L%j %p")', '2022-12-31T23:00:00+00:00 PM');
  f('FormatTime(Unix(20, 3000000), "%S.%L %S,%f")', '20.003 20,003');
  f('UnixSeconds(Time("2023-05-26 12:34:56 EST", "%Y-%m-%d %H:%M:%S %Z"))', 1_685_122_496n);
  f('TruncateTime(Unix(100), Duration("1m"))', '1970-01-01T00:01:00Z');
  f('UnixMilli(Unix(1, 2000000))', 1002n);
  f('UnixSeconds(start_time)', 1_600_000_000n);
  f('Hours(Duration("90m"))', 1.5);
  f('Minutes(Duration("1h"))', 60);
  f('Seconds(end_time - start_time)', 0.25);
  f('Milliseconds(Duration("1s"))', 1000n);
  f('Nanoseconds(Duration("-1.5ms"))', -1_500_000n);
  fails('Duration("3x")', 'is no duration');
});

describe('formats', () => {
  f('ParseJSON("{\\"id\\":1, \\"a\\": [true, null]}")', {id: 1, a: [true, undefined]});
  fails('ParseJSON("{")', 'not JSON');
  fails('ParseJSON("3")', 'expected an object or a list in JSON, found');
  f('ParseCSV("val1;val2;val3", "header1|header2|header3", ";", "|", "strict")', {
    header1: 'val1',
    header2: 'val2',
    header3: 'val3',
  });
  f('ParseCSV("\\"a,\\"\\"b\\"\\"\\",c", "x,y")', {x: 'a,"b"', y: 'c'});
  f('ParseCSV("a \\"b\\" c,d", "x,y", mode="lazyQuotes")', {x: 'a "b" c', y: 'd'});
  f('ParseCSV("\\"555-555-5556,Joe Smith\\",joe@example.com", "phone,name,email", mode="ignoreQuotes")', {
    phone: '"555-555-5556',
    name: 'Joe Smith"',
    email: 'joe@example.com',
  });
  fails('ParseCSV("a,b", "x")', 'the row has 2 fields, and the header 1');
  f('ParseInt("0b1111_0000", 0)', 240n);
  f('ParseInt("-0xFF", 0)', -255n);
  f('ParseInt("-0o123", 0)', -83n);
  f('ParseInt("AA", 16)', 170n);
  f('ParseInt("-20", 8)', -16n);
  fails('ParseInt("notANumber", 10)', 'is no int');
  f('ParseKeyValue("k1=v1 k2=v2")', {k1: 'v1', k2: 'v2'});
  f('ParseKeyValue("k1!v1_k2!\\"v2__!__v2\\"", "!", "_")', {k1: 'v1', k2: 'v2__!__v2'});
  f('ToKeyValueString({"k1": "v1", "k2": "v=2", "k3": {"a": 1}})', 'k1=v1 k2="v=2" k3={\\"a\\":1}');
  f('ParseSeverity(204, {"info": [{"equals": ["inf"]}, {"range": "2xx"}]})', 'info');
  f('ParseSeverity("inf", {"error": [{"range": {"min": 400, "max": 499}}], "info": [{"equals": ["inf"]}]})', 'info');
  fails('ParseSeverity("x", {"info": [{"equals": ["inf"]}]})', 'no severity is mapped');
  f('URL("http://www.example.com")', {
    'url.original': 'http://www.example.com',
    'url.scheme': 'http',
    'url.domain': 'www.example.com',
    'url.path': '',
  });
  f(
    'URL("http://myusername:mypassword@www.example.com:80/foo.gif?key1=val1&key2=val2#fragment")["url.extension"]',
    'gif',
  );
  f('URL("http://u:p@h:80/foo?x#f")["url.port"]', 80n);
  f('URL("http://h/%C3%A9%ff")["url.path"]', '/é\ufffd');
  f('ExtractPatterns("aa123bb", "(?P<numbers>\\\\d+)")', {numbers: '123'});
  f('ExtractPatterns("x", "(?P<numbers>\\\\d+)")', {});
  fails('ExtractPatterns("x", "(\\\\d+)")', 'expected a named group');
  f('SliceToMap(attributes["things"], ["name"], ["value"])', {foo: 2n, bar: 5n});
  f('SliceToMap(attributes["things"])["1"]["name"]', 'bar');
  f('Sort([3, 1.5, 2])', [1.5, 2n, 3n]);
  f('Sort(["b", "a", true], "desc")', [true, 'b', 'a']);
});

describe('lambdas', () => {
  f('All(attributes["tags"], (_, v) => v == "prod")', false);
  f('Any(attributes["tags"], (i, v) => v == "prod" and i > 0)', true);
  f('Filter(attributes["tags"], (_, v) => v == "prod")', ['prod', 'prod']);
  f('Filter({"http.a": 1, "b": 2}, (k, _) => HasPrefix(k, "http."))', {'http.a': 1n});
  f('Find(attributes["tags"], (_, v) => v != "prod", (i, _) => i)', 1n);
  f('Find(attributes["tags"], (_, v) => v == "x")', undefined);
  f('MapEach(attributes["counts"], (_, v) => Int(v) * 2)', [2n, 4n, 6n]);
  f('MapKeys({"a": 1}, (k, v) => Concat([k, v], ""))', {a1: 1n});
  f('Reduce(attributes["counts"], 0, (acc, _, v) => acc + v)', 6n);
  f('When(() => attributes["counts"][0] > 0, "positive", "negative")', 'positive');
  f('MapEach(attributes["counts"], (_, v) => Any(attributes["counts"], (_, w) => w > v))', [true, true, false]);
  fails('Any(attributes["tags"], (v) => v == "a")', 'expected a lambda with 2 parameters');
  fails('Any("a", (_, v) => v == "a")', 'expected list or map, found string');
});

const quote = (text: string): string => JSON.stringify(text);

describe('XML', () => {
  const get = (document: string, xpath: string, expected: string) =>
    f(`GetXML(${quote(document)}, ${quote(xpath)})`, expected);
  get('<a><b/></a>', '/a/b', '<b></b>');
  get('<a><b>hello</b><b>world</b></a>', '/a/b', '<b>hello</b><b>world</b>');
  get('<a><b>hello</b><b><c>world</c></b><d/></a>', '/a/*', '<b>hello</b><b><c>world</c></b><d></d>');
  get('<a><x>1</x><b><x>2</x></b><d><e><f><x>3</x></f></e></d></a>', '/a//x', '<x>1</x><x>2</x><x>3</x>');
  get('<a><x env="prod">1</x><b><x env="dev">2</x></b></a>', "/a//x[@env='prod']", '<x env="prod">1</x>');
  get('<a foo="bar"></a>', '/a/@foo', 'bar');
  get('<a><![CDATA[hello]]></a>', '/a/text()', 'hello');
  get('<a>1</a><a>2</a>', '/a[2]', '<a>2</a>');
  get('<a><b n="1"/><b n="2"/></a>', "/a/b[last() and @n != '1']", '<b n="2"></b>');
  get('', '/', '');
  const remove = (document: string, xpath: string, expected: string) =>
    f(`RemoveXML(${quote(document)}, ${quote(xpath)})`, expected);
  remove('<a><b/><b/><c><b><d/></b></c></a>', '/a//b', '<a><c></c></a>');
  remove('<a><b foo="bar"/><c foo="bar"/></a>', '//@foo', '<a><b></b><c></c></a>');
  remove(
    '<a><b foo="bar" hello="world" keep="this"/></a>',
    "//@*[local-name() != 'keep']",
    '<a><b keep="this"></b></a>',
  );
  remove('<a>delete this</a>', "//text()['*delete*']", '<a></a>');
  remove('<a><b><c><!-- delete this --></c><!-- this too--></b></a>', '//comment()', '<a><b><c></c></b></a>');
  remove('<?xml version="1.0"?><a>x</a>', "//*[contains(text(), 'x')]", '<?xml version="1.0"?>');
  remove(
    '<L><R><N type="archive"/></R><R><N type="user"/></R></L>',
    '/L/R[./N/@type="archive"]',
    '<L><R><N type="user"></N></R></L>',
  );
  const insert = (document: string, xpath: string, part: string, expected: string) =>
    f(`InsertXML(${quote(document)}, ${quote(xpath)}, ${quote(part)})`, expected);
  insert('<a></a><z><a></a></z>', '//a', '<b/><c/>', '<a><b></b><c></c></a><z><a><b></b><c></c></a></z>');
  insert('<a></a>', '/', '<b/>', '<a></a><b></b>');
  insert('<a><b>has b</b></a><a></a>', '//a[not(b)]', '<b></b>', '<a><b>has b</b></a><a><b></b></a>');
  fails('InsertXML("<a foo=\\"bar\\"/>", "/a/@foo", "<b/>")', 'no element');
  f('ConvertAttributesToElementsXML("<a foo=\\"bar\\"><b>baz</b></a>")', '<a><b>baz</b><foo>bar</foo></a>');
  f('ConvertAttributesToElementsXML("<a x=\\"1\\"><b y=\\"2\\"/></a>", "/a/b")', '<a x="1"><b><y>2</y></b></a>');
  f(
    'ConvertTextToElementsXML("<a>foo<b/>bar<c/>1<d>not</d></a>", elementName = "v")',
    '<a><v>foo</v><b></b><v>bar</v><c></c><v>1</v><d>not</d></a>',
  );
  f(
    'ConvertTextToElementsXML("<a><b><c/>foo</b><d><c/>bar</d></a>", "/a/b")',
    '<a><b><c></c><value>foo</value></b><d><c></c>bar</d></a>',
  );
  f('ParseXML("<Log id=\\"1\\"><Message>This is a log message!</Message></Log>")', {
    tag: 'Log',
    attributes: {id: '1'},
    children: [{tag: 'Message', content: 'This is a log message!'}],
  });
  const simple = (document: string, expected: unknown) => f(`ParseSimplifiedXML(${quote(document)})`, expected);
  simple('<a>b</a><a>c</a>', {a: ['b', 'c']});
  simple('<a>1</a><a><![CDATA[2]]></a><a><b>3</b></a>', {a: ['1', '2', {b: '3'}]});
  simple('<a foo="bar"><!-- x --><b hello="world">c</b>extra</a>', {a: {b: 'c'}});
  simple('<a><b>2</b><c>4</c><c><!-- empty --></c></a>', {a: {b: '2', c: ['4']}});
  simple('<a><b><c/></b><d>2</d></a>', {a: {d: '2'}});
  fails('ParseXML("<a>>>>>>>")', 'is not closed');
  fails('ParseXML("<!DOCTYPE a [<!ENTITY x \\"y\\">]><a>&x;</a>")', 'not XML');
  fails('GetXML("<a/>", "!")', 'the XPath cannot be read');
  fails('GetXML("<a/>", "/a/namespace::x")', 'the axis `namespace`');
});

describe('grok', () => {
  f('ExtractGrokPatterns("a=b c=d", "^a=(?P<a>\\\\w+)\\\\s+c=(?P<c>\\\\w+)$")', {a: 'b', c: 'd'});
  f('ExtractGrokPatterns("a=b c=d", "^a=(?P<a>\\\\w+)$")', {});
  f('ExtractGrokPatterns("sha: 17", "(?P<git.sha>\\\\d+)")', {'git.sha': '17'});
  it('ottl: grok names the parts of a URI', () => {
    expect(
      value('ExtractGrokPatterns("http://user:password@example.com:80/path?query=string", "%{URI}")'),
    ).toMatchObject({
      URIPROTO: 'http',
      USER: 'user',
      URIHOST: 'example.com:80',
      IPORHOST: 'example.com',
      POSINT: '80',
      URIPATH: '/path',
      URIQUERY: 'query=string',
    });
  });
  f(
    'ExtractGrokPatterns("2024-06-18 12:34:56 UTC johndoe 12345 67890", "%{DATESTAMP:timestamp} %{TZ:event.timezone} %{DATA:user.name} %{GREEDYDATA:postgresql.log.connection_id} %{POSINT:process.pid:int}", true)',
    {
      timestamp: '24-06-18 12:34:56',
      'event.timezone': 'UTC',
      'user.name': 'johndoe',
      'postgresql.log.connection_id': '12345',
      'process.pid': 67890n,
    },
  );
  f(
    'ExtractGrokPatterns("2024-06-18 12:34:56 otel", "%{MINE}", true, ["MINE=%{MYDATE:timestamp} otel", "MYDATE=%{DATE}[- ]%{TIME}"])',
    {
      timestamp: '24-06-18 12:34:56',
    },
  );
  for (const address of ['2001:db8::1', '::1', '1:2:3:4:5:6:7:8', '::ffff:1.2.3.4', '1::8']) {
    f(`ExtractGrokPatterns("${address}", "^%{IPV6:ip}$", true)`, {ip: address});
  }
  fails('ExtractGrokPatterns("a", "%{URL}")', 'there is no pattern `%{URL}`');
  fails('ExtractGrokPatterns("a", "%{WORD}", true)', 'expected a named part');
  fails('ExtractGrokPatterns("a", "%{A:a}", true, ["A=%{B}", "B=%{A}"])', 'in a circle');
  fails('ExtractGrokPatterns("a", "%{WORD:a:date}")', 'there is no type `date`');
});

describe('user agents', () => {
  const agent = (text: string, name: string, version: string, os: string, osVersion?: string) =>
    f(`UserAgent(${quote(text)})`, {
      'user_agent.name': name,
      'user_agent.original': text,
      'user_agent.version': version,
      'os.name': os,
      ...(osVersion && {'os.version': osVersion}),
    });
  const linux = 'Mozilla/5.0 (X11; Linux x86_64';
  const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';
  agent(
    'Mozilla/5.0 (Linux; Android 4.1.1; SPH-L710 Build/JRO03L) AppleWebKit/535.19 (KHTML, like Gecko) Chrome/18.0.1025.166 Mobile Safari/535.19',
    'Chrome Mobile',
    '18.0.1025',
    'Android',
    '4.1.1',
  );
  agent(`${linux}; rv:126.0) Gecko/20100101 Firefox/126.0`, 'Firefox', '126.0', 'Linux');
  agent(`${linux}) ${webkit} Chrome/51.0.2704.103 Safari/537.36`, 'Chrome', '51.0.2704', 'Linux');
  agent(`${linux}) ${webkit} Chrome/51.0.2704.106 Safari/537.36 OPR/38.0.2220.41`, 'Opera', '38.0.2220', 'Linux');
  agent(
    'Mozilla/5.0 (iPhone; CPU iPhone OS 13_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Mobile/15E148 Safari/604.1',
    'Mobile Safari',
    '13.1.1',
    'iOS',
    '13.5.1',
  );
  agent(
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/91.0.4472.124 Safari/537.36 Edg/91.0.864.59`,
    'Edge',
    '91.0.864',
    'Windows',
    '10',
  );
  agent('curl/7.81.0', 'curl', '7.81.0', 'Other');
  agent('foobar/1.2.3 (foo; bar baz)', 'Other', '', 'Other');
  agent('', 'Other', '', 'Other');
  agent('OpenTelemetry Collector Contrib/0.106.1 (linux/amd64)', 'Other', '', 'Linux');
  agent(
    'ViaFree-DK/3.8.3 (com.MTGx.ViaFree.dk; build:7383; iOS 12.1.0) Alamofire/4.7.0',
    'ViaFree',
    '3.8.3',
    'iOS',
    '12.1.0',
  );
  agent(
    "ibm-cos-sdk-java/2.3.0 Linux/4.9.0-8-amd64 Java_HotSpot(TM)_64-Bit_Server_VM/9.0.4+11/9.0.4'",
    'ibm-cos-sdk-java',
    '2.3.0',
    'Linux',
    '4.9.0',
  );
  // Only the beginning of a text is looked at; the whole of it is the original.
  agent(`curl/7.81.0 ${'x'.repeat(1100)} Android 4.1.1`, 'curl', '7.81.0', 'Other');
  fails('UserAgent(1)', 'expected');
});

describe('formats of logs', () => {
  const log = (text: string, expected: unknown) =>
    it(`ottl: ${text}`, () => expect(evaluate(text, testLog(), 'log')).toEqual(expected));
  log(
    `ParseCEF(${quote('x CEF:0|Security|threat|manager|1.0|100|worm stopped|10|src=10.0.0.1 msg=a b\\=c spt=1232').replace('threat|manager', 'threat\\\\|manager')})`,
    {
      'cef.version': '0',
      'cef.device_vendor': 'Security',
      'cef.device_product': 'threat|manager',
      'cef.device_version': '1.0',
      'cef.device_event_class_id': '100',
      'cef.name': 'worm stopped',
      'cef.severity': '10',
      'cef.extensions': {src: '10.0.0.1', msg: 'a b=c', spt: '1232'},
    },
  );
  const clf = '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326';
  const entry = {
    'clf.remote_host': '127.0.0.1',
    'clf.rfc931': '-',
    'clf.auth_user': 'frank',
    'clf.timestamp': '10/Oct/2000:13:55:36 -0700',
    'clf.request': 'GET /apache_pb.gif HTTP/1.0',
    'clf.method': 'GET',
    'clf.request_uri': '/apache_pb.gif',
    'clf.protocol': 'HTTP/1.0',
    'clf.status': 200n,
    'clf.bytes': 2326n,
  };
  log(`ParseCLF(${quote(clf)})`, entry);
  log(`ParseCLF(${quote(`${clf} "http://a/" "Mozilla \\"x\\""`)}, "combined")`, {
    ...entry,
    'clf.referer': 'http://a/',
    'clf.user_agent': 'Mozilla "x"',
  });
  log(`ParseELF(${quote('#Version: 1.0\n#Fields: time cs-method cs-uri\n00:34:23 GET "/foo bar"\n00:34:24 PUT')})`, {
    'elf.version': '1.0',
    'elf.fields': ['time', 'cs-method', 'cs-uri'],
    'elf.entries': [
      {time: '00:34:23', 'cs-method': 'GET', 'cs-uri': '/foo bar'},
      {time: '00:34:24', 'cs-method': 'PUT', 'cs-uri': '-'},
    ],
  });
  log(
    `ParseLEEF(${quote('LEEF:1.0|Microsoft|MSExchange|4.0 SP1|15345|src=10.50.1.1\tdst=2.10.20.20\tsev=5')})["leef.attributes"]`,
    {
      src: '10.50.1.1',
      dst: '2.10.20.20',
      sev: '5',
    },
  );
  log(`ParseLEEF(${quote('LEEF:2.0|Lancope|StealthWatch|1.0|41|^|src=10.0.1.8^dst=10.0.0.5^sev=5')})`, {
    'leef.version': '2.0',
    'leef.vendor': 'Lancope',
    'leef.product.name': 'StealthWatch',
    'leef.product.version': '1.0',
    'leef.event.id': '41',
    'leef.attributes': {src: '10.0.1.8', dst: '10.0.0.5', sev: '5'},
  });
});
