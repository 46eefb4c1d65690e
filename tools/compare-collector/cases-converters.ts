/** Every converter of OTTL, over values of every type: what it gives stands in an attribute of the span. */
import {type Case, processor} from './case.ts';
import {valueSpans} from './inputs.ts';

/** `$v` is the value of the span, of another type in each. */
const ofValues = `
String($v) | Int($v) | Double($v) | Bool($v) | Hex($v) | Log($v) | Len($v)
IsString($v) | IsInt($v) | IsDouble($v) | IsBool($v) | IsMap($v) | IsList($v) | IsEmpty($v) | IsMatch($v, "[0-9]+") | IsValidLuhn($v)
Concat([$v, "x", $v], "|") | Concat([$v], "") | Concat([nil, 1, 2.5, true, 0x0a, $v], "-")
Split($v, " ") | Split($v, "") | Split($v, "a") | Join($v, ",") | Substring($v, 0, 2) | Substring($v, 1, 1) | Substring($v, 0, 3, true)
ConvertCase($v, "lower") | ConvertCase($v, "upper") | ConvertCase($v, "snake") | ConvertCase($v, "camel")
ToLowerCase($v) | ToUpperCase($v) | ToSnakeCase($v) | ToCamelCase($v)
Trim($v) | Trim($v, "x") | Trim($v, "1e") | TrimPrefix($v, "a") | TrimSuffix($v, "x") | HasPrefix($v, "a") | HasSuffix($v, "c")
Index($v, "b") | Index($v, 1) | ContainsValue($v, "a") | ContainsValue($v, 1) | ContainsValue($v, 1.5)
Keys($v) | Values($v) | Sort($v) | Sort($v, "desc") | SliceToMap($v) | Coalesce([nil, $v, "last"]) | Coalesce([attributes["none"], $v])
FNV($v) | MD5($v) | SHA1($v) | SHA256($v) | SHA512($v) | Murmur3Hash($v) | Murmur3Hash128($v) | XXH3($v) | XXH128($v)
Base64Decode($v) | Base64Encode($v) | Base64Encode($v, "base64-url") | Decode($v, "base64") | Decode($v, "base64-raw") | Decode($v, "utf-8") | Decode($v, "us-ascii") | Decode($v, "utf-16le") | Decode($v, "iso-8859-1")
TraceID($v) | SpanID($v) | ParseInt($v, 10) | ParseInt($v, 16) | ParseInt($v, 0) | ParseJSON($v) | ParseKeyValue($v) | ToKeyValueString($v) | ToKeyValueString($v, ":", ";", true)
ParseCSV($v, "x,y,z") | ParseCSV($v, "x,y,z", mode = "lazyQuotes") | ParseCSV($v, "x,y,z", mode = "ignoreQuotes") | ParseXML($v) | ParseSimplifiedXML($v) | GetXML($v, "/a") | RemoveXML($v, "/a/@href")
URL($v) | ExtractPatterns($v, "(?P<word>[a-z]+)(?P<rest>.*)") | ExtractGrokPatterns($v, "%{WORD:word} %{GREEDYDATA:rest}", true) | ExtractGrokPatterns($v, "%{IP:ip}", true) | ExtractGrokPatterns($v, "%{NUMBER:n:float}", true)
Time($v, "%Y-%m-%dT%H:%M:%SZ") | Duration($v) | Seconds(Duration($v)) | Unix($v) | IsInCIDR($v, ["192.168.0.0/16", "2001:db8::/32"])
Format("%v", [$v]) | Format("%s|%d|%5.2f|%t", [$v, $v, $v, $v]) | Format("%q %x", [$v, $v])
$v == 1 | $v == 1.0 | $v == "abc" | $v == true | $v == nil | $v != nil | $v > 1 | $v < 2.5 | $v >= "b" | $v <= false | $v == $v | $v == [1, 2] | $v == {} | $v == 0x
$v + 1 | $v - 1.5 | $v * 2 | $v / 2 | -$v | $v[0] | $v["a"] | $v["c.d"]["e"][1] | [$v, $v] | {"a": $v, "b": [1, nil]}
ParseSeverity($v, {"info": [{"equals": ["abc"]}, {"range": {"min": 0, "max": 10}}], "error": [{"range": "5xx"}]})
UserAgent($v)
`;

/** The same for every span. */
const constant = String.raw`
1 + 2 * 3 - 4 / 2 | (1 + 2) * -3 | 7 / 2 | -7 / 2 | 1 + 1.5 | 9223372036854775807 + 1 | 1 / 0 | 1.0 / 0.0 | 0x0aff | nil | true | [1, "a", nil, [2.5]] | {"x": {"y": [true]}}
Format("%02d|%s|%5.1f|%v|%x|%q", [7, "a", 2.25, true, 255, "b"]) | Format("%d %s", ["x"]) | Format("a", [1]) | Format("%*d|%-4s|%+d|%e", [4, 7, "x", 3, 1500.0])
Format("%T %U %c %b %o %X %E %g %G", [1, 65, 66, 5, 8, 255, 1.5, 0.00001, 1e21]) | Format("%v %v %v", [[1, "a"], {"b": 1}, nil]) | Format("%6.2f|%-8d|%08.3f|%+.1e", [3.14159, 42, 2.5, 12345.678]) | Format("%%", [])
Time("02/04/2023", "%m/%d/%Y") | Time("Feb 15, 2023", "%b %d, %Y") | Time("2012-11-01T22:08:41+0100", "%Y-%m-%dT%H:%M:%S%z") | Time("2023-05-26 12:34:56", "%Y-%m-%d %H:%M:%S", "America/New_York")
FormatTime(Time("02/04/2023", "%m/%d/%Y", "UTC"), "%A %h %e %Y") | FormatTime(Unix(1672527600), "%Y-%m-%dT%H:%M:%S.%L%j %p") | FormatTime(Unix(20, 3000000), "%S.%L %S,%f") | FormatTime(Unix(0), "%a %d %b %y %I:%M %T %F %D %R %n %% %S.%s") | FormatTime(start_time, "%c") | FormatTime(start_time, "%x %X")
Day(Unix(1700000000)) | Hour(Unix(1700000000)) | Minute(Unix(1700000000)) | Month(Unix(1700000000)) | Second(Unix(1700000000)) | Year(Unix(1700000000)) | Weekday(Unix(1700000000)) | Nanosecond(Unix(1, 5))
Hours(Duration("90m")) | Minutes(Duration("1h")) | Seconds(end_time - start_time) | Milliseconds(Duration("1s")) | Microseconds(Duration("1500ns")) | Nanoseconds(Duration("-1.5ms")) | Duration("1h") + Duration("1ms") | String(Duration("1h2m3.5s"))
UnixMilli(Unix(1, 2000000)) | UnixMicro(start_time) | UnixNano(start_time) | UnixSeconds(start_time) | UnixSeconds(TruncateTime(start_time, Duration("1h"))) | String(TruncateTime(start_time, Duration("24h")))
UnixNano(Unix(10) + Duration("1.5s")) | start_time < end_time | end_time - start_time > Duration("1ms") | String(start_time)
FNV("pass") | Murmur3Hash("Hello World") | Murmur3Hash("") | Murmur3Hash128("") | XXH3("") | XXH128("") | SHA512("pass") | MD5("") | Base64Encode("??>", "base64-raw-url") | Decode("a", "nope") | Base64Decode("a=")
TraceID("a389023abaa839283293ed323892389d") | String(TraceID(0x00000000000000000000000000000001)) | trace_id == TraceID(0x00000000000000000000000000000001) | span_id == SpanID(0x0000000000000001) | trace_id.string | span_id.string | SpanID(0x01)
CommunityID("128.232.110.120", 34855, "66.35.250.204", 80) | CommunityID("66.35.250.204", 80, "128.232.110.120", 34855, "TCP", 1) | CommunityID("10.0.0.1", 1, "10.0.0.2", 2, "UDP") | CommunityID("10.0.0.1", 8, "10.0.0.2", 0, "ICMP")
Len(UUID()) | IsMatch(UUIDv7(), "^[0-9a-f]{8}-[0-9a-f]{4}-7") | Now() > start_time | IsRootSpan()
ParseCSV("val1;val2;val3", "header1|header2|header3", ";", "|", "strict") | ParseCSV("\"a,\"\"b\"\"\",c", "x,y") | ParseCSV("a,b", "x") | ParseCSV("a \"b\" c,d", "x,y")
ParseInt("0b1111_0000", 0) | ParseInt("-0xFF", 0) | ParseInt("-0o123", 0) | ParseInt("017", 0) | ParseInt("99999999999999999999", 10) | ParseInt("AA", 16) | ParseInt("1", 40)
ParseKeyValue("k1!v1_k2!\"v2__!__v2\"", "!", "_") | ParseKeyValue("k1='a b' k2=\"c d\" k3=") | ParseKeyValue("k1=v1 k1=v2") | ParseKeyValue("novalue") | ToKeyValueString({"k1": "v1", "k2": "v=2", "k3": {"a": 1}, "k4": "", "k5": "a b", "k6": "say \"x\""}, "=", " ", true)
ParseJSON("{\"id\":1, \"big\": 12345678901234567890, \"e\": 1e3, \"a\": [true, null, {}]}") | ParseJSON("{") | ParseJSON("3") | ParseJSON("[]") | ParseJSON("{\"a\":1,\"a\":2}") | ParseJSON("\"text\"") | ParseJSON("{} x")
URL("http://www.example.com") | URL("http://myusername:mypassword@www.example.com:80/foo.gif?key1=val1&key2=val2#fragment") | URL("/only/path.txt?x") | URL("ftp://h/%C3%A9") | URL("http://[::1]:9/") | URL("http://h:bad/") | URL("")
SliceToMap(attributes["things"], ["name"], ["value"]) | SliceToMap(attributes["things"]) | SliceToMap(attributes["things"], ["name"]) | SliceToMap(attributes["tags"]) | SliceToMap(attributes["things"], ["none"])
Sort([3, 1.5, 2]) | Sort(["b", "a", true], "desc") | Sort(attributes["tags"]) | Sort(["10", 9, 8.5]) | Sort([true, false])
Split(attributes["flags"], "|")[1] | Split(attributes["flags"], "|")[9] | attributes["foo"]["slice"][0] | attributes["things"][1]["name"] | attributes["none"]["x"] | attributes["foo"]["none"]
Concat(attributes["tags"], "+") | Len(attributes["foo"]) | Keys(attributes["foo"]) | Values({"k1": 1, "k2": [2]}) | Index(attributes["tags"], "eu") | Index([1, 2.0, 3], 2) | ContainsValue([1.1, 2.2], 2.2) | String([1, "2", 3.5, true, nil]) | String(attributes["foo"])
IsInCIDR("192.168.1.7", ["10.0.0.0/8", "192.168.0.0/16"]) | IsInCIDR("2001:db8::1", ["2001:db8::/32"]) | IsInCIDR("192.168.1.7", ["192.168.1.8/30"]) | IsInCIDR("nope", ["10.0.0.0/8"]) | IsInCIDR("::ffff:10.1.2.3", ["10.0.0.0/8"])
IsMatch(name, "^value \\d+$") | IsMatch(12, "^12$") | IsMatch(nil, ".*") | IsMatch(1.5, "^1\\.5$") | IsMatch("é", "^.$") | IsMatch("a\nb", "a.b") | IsMatch("AbC", "(?i)abc") | IsMatch(attributes["tags"], "eu")
Trim("!!a!!", "!!") | Trim("\t a \n") | Substring("123", 1, 3) | Substring("123456789", 3, 3) | Substring("a", -1, 1) | Substring("一二三", 0, 4) | Substring("一二三", 1, 3, true) | ConvertCase("HTTPServer_errorCode 42", "snake") | ConvertCase("HTTPServer_errorCode 42", "camel") | ToSnakeCase("fooBar2Baz") | ToCamelCase("foo-bar.baz qux") | ConvertCase("a", "title")
Hex(1.1) | Hex("1") | Hex(true) | Hex(12) | Hex(-1) | Int(1.9) | Int(-1.9) | Int(1e30) | Int("0x10") | Int(true) | Double("1e400") | Double("0x1p4") | Bool("t") | Bool("T") | Bool(2) | Bool(0.0) | Log(0) | Log(-1) | Log(2.718281828459045)
ParseSeverity(204, {"info": [{"equals": ["inf"]}, {"range": "2xx"}]}) | ParseSeverity("x", {"info": [{"equals": ["inf"]}]}) | ParseSeverity(5, {"a": [{"range": {"min": 4, "max": 5}}]}) | ProfileID(0x00000000000000000000000000000001)
GetXML("<a><b>hello</b><b><c>world</c></b><d/></a>", "/a/*") | GetXML("<a><x env=\"prod\">1</x><b><x env=\"dev\">2</x></b></a>", "/a//x[@env='prod']") | GetXML("<a foo=\"bar\"></a>", "/a/@foo") | GetXML("<a><![CDATA[hello]]></a>", "/a/text()") | GetXML("<a>1</a><a>2</a>", "/a[2]") | GetXML("<a/>", "!")
RemoveXML("<a><b/><b/><c><b><d/></b></c></a>", "/a//b") | RemoveXML("<a><b foo=\"bar\"/><c foo=\"bar\"/></a>", "//@foo") | RemoveXML("<a>delete this</a>", "//text()[contains(., 'delete')]") | RemoveXML("<a><!-- x --><b/></a>", "//comment()")
InsertXML("<a></a><z><a></a></z>", "//a", "<b/><c/>") | InsertXML("<a></a>", "/", "<b/>") | InsertXML("<a><b>has b</b></a><a></a>", "//a[not(b)]", "<b></b>") | InsertXML("<a foo=\"bar\"/>", "/a/@foo", "<b/>")
ConvertAttributesToElementsXML("<a foo=\"bar\"><b>baz</b></a>") | ConvertAttributesToElementsXML("<a x=\"1\"><b y=\"2\"/></a>", "/a/b") | ConvertTextToElementsXML("<a>foo<b/>bar<c/>1<d>not</d></a>", elementName = "v") | ConvertTextToElementsXML("<a><b><c/>foo</b><d><c/>bar</d></a>", "/a/b")
ParseXML("<Log id=\"1\"><Message>This is a log message!</Message></Log>") | ParseXML("<a>x<b/>y</a>") | ParseXML("<a>>>>>>>") | ParseXML("<a/><b/>") | ParseXML("<a>&lt;&amp;&#65;</a>") | ParseXML("<n:a xmlns:n=\"u\" n:b=\"1\"/>")
ParseSimplifiedXML("<a>b</a><a>c</a>") | ParseSimplifiedXML("<a>1</a><a><![CDATA[2]]></a><a><b>3</b></a>") | ParseSimplifiedXML("<a foo=\"bar\"><!-- x --><b hello=\"world\">c</b>extra</a>") | ParseSimplifiedXML("<a><b>2</b><c>4</c><c><!-- empty --></c></a>") | ParseSimplifiedXML("<a><b><c/></b><d>2</d></a>")
ExtractPatterns("aa123bb", "(?P<numbers>\\d+)") | ExtractPatterns("x", "(?P<numbers>\\d+)") | ExtractPatterns("a", "(a)") | ExtractPatterns("ab", "(?P<a>a)|(?P<b>b)") | ExtractPatterns("k=v", "(?P<k>\\w+)=(?P<v>\\w+)(?P<opt>x)?")
ExtractGrokPatterns("a=b c=d", "^a=(?P<a>\\w+)\\s+c=(?P<c>\\w+)$") | ExtractGrokPatterns("http://user:password@example.com:80/path?query=string", "%{URI}") | ExtractGrokPatterns("http://user:password@example.com:80/path?query=string", "%{URI}", true) | ExtractGrokPatterns("2024-06-18 12:34:56 otel", "%{MINE}", true, ["MINE=%{MYDATE:timestamp} otel", "MYDATE=%{DATE}[- ]%{TIME}"]) | ExtractGrokPatterns("a 1 2.5 x", "%{WORD:w} %{INT:i:int} %{NUMBER:f:float}", true) | ExtractGrokPatterns("127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] \"GET /a.gif HTTP/1.0\" 200 2326", "%{COMMONAPACHELOG}", true) | ExtractGrokPatterns("<13>Feb  5 17:32:18 host app[12]: text", "%{SYSLOGLINE}", true)
resource.attributes["service.name"] | instrumentation_scope.name | scope.version | scope.attributes["s"] | kind | kind.string | kind.deprecated_string | status.code | status.message | name | attributes | dropped_attributes_count | trace_state | flags | start_time_unix_nano | end_time_unix_nano | parent_span_id | parent_span_id.string | events | links | resource.schema_url | scope.schema_url
All(attributes["tags"], (_, v) => v == "prod") | Any(attributes["tags"], (i, v) => v == "prod" and i > 0) | Filter(attributes["tags"], (_, v) => v == "prod") | MapEach(attributes["counts"], (_, v) => Int(v) * 2) | Reduce(attributes["counts"], 0, (acc, _, v) => acc + v) | When(() => attributes["counts"][0] > 0, "positive", "negative") | Find(attributes["tags"], (_, v) => v != "prod") | MapKeys({"a": 1}, (k, v) => Concat([k, v], ""))
`;

const expressions = (block: string): string[] =>
  block
    .trim()
    .split('\n')
    .flatMap((line) => line.split(' | '));

const caseOf = (expression: string): Case =>
  processor(
    'transform',
    expression,
    {
      error_mode: 'ignore',
      trace_statements: [
        {context: 'span', statements: [`set(attributes["out"], ${expression.replaceAll('$v', 'attributes["v"]')})`]},
      ],
    },
    [valueSpans],
  );

export const converterCases: readonly Case[] = [...expressions(ofValues), ...expressions(constant)].map(caseOf);
