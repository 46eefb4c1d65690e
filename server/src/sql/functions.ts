/**
 * The functions that a statement may call: an allow list, so that what a new ClickHouse brings is refused until somebody has looked
 * at it. All of them compute from their arguments alone. Left out is whatever reads files, addresses, dictionaries, other tables,
 * settings or the server's state; what takes a name of a function or of a table as text; and what can take minutes for one row.
 */
export const functionGroups = {
  aggregates:
    'any anyLast anyHeavy argMax argMin avg avgWeighted boundingRatio corr count covarPop covarSamp deltaSum deltaSumTimestamp ' +
    'entropy exponentialMovingAverage first_value last_value groupArray groupArrayLast groupArrayMovingAvg groupArrayMovingSum ' +
    'groupArraySample groupArraySorted groupBitAnd groupBitOr groupBitXor groupConcat groupUniqArray histogram intervalLengthSum ' +
    'kurtPop kurtSamp max maxIntersections maxMappedArrays median medianExact medianTDigest min minMappedArrays quantile ' +
    'quantileBFloat16 quantileDD quantileExact quantileExactHigh quantileExactLow quantileExactWeighted quantileInterpolatedWeighted ' +
    'quantileTDigest quantileTDigestWeighted quantileTiming quantiles quantilesBFloat16 quantilesDD quantilesExact ' +
    'quantilesExactWeighted quantilesTDigest quantilesTDigestWeighted quantilesTiming retention simpleLinearRegression ' +
    'singleValueOrNull skewPop skewSamp sparkbar stddevPop stddevSamp sum sumCount sumKahan sumMappedArrays ' +
    'sumWithOverflow topK topKWeighted uniq uniqCombined uniqCombined64 uniqExact uniqHLL12 uniqUpTo varPop varSamp windowFunnel ' +
    'array_agg string_agg any_value STDDEV_POP STDDEV_SAMP VAR_POP VAR_SAMP',
  windows:
    'row_number rank dense_rank percent_rank cume_dist ntile lag lead lagInFrame leadInFrame nth_value nonNegativeDerivative',
  comparison:
    'equals notEquals less greater lessOrEquals greaterOrEquals like notLike ilike notILike and or not xor if multiIf coalesce ' +
    'ifNull nullIf isNull isNotNull isZeroOrNull assumeNotNull toNullable greatest least clamp isDistinctFrom isNotDistinctFrom',
  arithmetic:
    'abs plus minus multiply divide negate mod intDiv intDivOrZero modulo positiveModulo gcd lcm max2 min2 avg2 midpoint isFinite ' +
    'isInfinite isNaN ifNotFinite divideOrNull acos acosh asin asinh atan atan2 atanh cbrt cos cosh degrees e erf erfc exp exp10 ' +
    'exp2 hypot lgamma log ln log10 log1p log2 pi pow power radians sigmoid sign sin sinh sqrt tan tanh tgamma widthBucket ceil ' +
    'ceiling floor round roundBankers roundDown roundDuration roundToExp2 roundAge trunc truncate bitAnd bitCount bitNot bitOr ' +
    'bitShiftLeft bitShiftRight bitTest bitXor',
  texts:
    'length lengthUTF8 lower lowerUTF8 upper upperUTF8 initcap reverse reverseUTF8 concat concatWithSeparator concat_ws substring ' +
    'substr mid substringUTF8 substringIndex left right leftUTF8 rightUTF8 leftPad rightPad lpad rpad leftPadUTF8 rightPadUTF8 ' +
    'repeat space trim ltrim rtrim trimBoth trimLeft trimRight startsWith endsWith startsWithUTF8 endsWithUTF8 empty notEmpty ' +
    'ascii char position positionCaseInsensitive positionUTF8 positionCaseInsensitiveUTF8 locate instr countSubstrings ' +
    'countSubstringsCaseInsensitive match extract extractAll extractGroups extractAllGroupsHorizontal extractAllGroupsVertical ' +
    'countMatches regexpExtract hasToken hasTokenCaseInsensitive hasSubsequence hasSubsequenceCaseInsensitive ngramDistance ' +
    'ngramSearch replace replaceAll replaceOne replaceRegexpAll replaceRegexpOne regexpQuoteMeta translate overlay format ' +
    'splitByChar splitByString splitByRegexp splitByWhitespace splitByNonAlpha alphaTokens tokens arrayStringConcat base64Decode ' +
    'base64Encode tryBase64Decode base64URLDecode base64URLEncode hex unhex bin unbin isValidUTF8 toValidUTF8 normalizeUTF8NFC ' +
    'encodeXMLComponent decodeXMLComponent soundex extractKeyValuePairs bar formatReadableSize formatReadableDecimalSize ' +
    'formatReadableQuantity formatReadableTimeDelta parseReadableSize parseTimeDelta transform CHAR_LENGTH',
  urls:
    'protocol domain domainWithoutWWW topLevelDomain firstSignificantSubdomain port path pathFull queryString fragment ' +
    'queryStringAndFragment extractURLParameter extractURLParameters extractURLParameterNames URLHierarchy URLPathHierarchy ' +
    'decodeURLComponent encodeURLComponent decodeURLFormComponent cutWWW cutQueryString cutFragment cutQueryStringAndFragment ' +
    'cutURLParameter',
  times:
    'now now64 today yesterday toYear toQuarter toMonth toDayOfYear toDayOfMonth toDayOfWeek toHour toMinute toSecond toMillisecond ' +
    'toUnixTimestamp toStartOfYear toStartOfISOYear toStartOfQuarter toStartOfMonth toLastDayOfMonth toMonday toStartOfWeek ' +
    'toStartOfDay toStartOfHour toStartOfMinute toStartOfSecond toStartOfMillisecond toStartOfFiveMinutes toStartOfTenMinutes ' +
    'toStartOfFifteenMinutes toStartOfInterval date_bin time_bucket toISOYear toISOWeek toWeek toYearWeek toYYYYMM toYYYYMMDD ' +
    'toYYYYMMDDhhmmss dateDiff date_diff timeDiff age dateTrunc DATE_TRUNC dateName monthName addYears addQuarters addMonths addWeeks ' +
    'addDays addHours addMinutes addSeconds addMilliseconds addMicroseconds addNanoseconds subtractYears subtractQuarters ' +
    'subtractMonths subtractWeeks subtractDays subtractHours subtractMinutes subtractSeconds subtractMilliseconds ' +
    'subtractMicroseconds subtractNanoseconds timeSlot timeSlots formatDateTime DATE_FORMAT fromUnixTimestamp ' +
    'fromUnixTimestamp64Milli fromUnixTimestamp64Micro fromUnixTimestamp64Nano toUnixTimestamp64Milli toUnixTimestamp64Micro ' +
    'toUnixTimestamp64Nano toTimeZone timeZoneOf makeDate makeDateTime makeDateTime64 parseDateTime parseDateTimeBestEffort ' +
    'parseDateTimeBestEffortOrNull parseDateTimeBestEffortOrZero parseDateTime64BestEffort parseDateTime64BestEffortOrNull ' +
    'parseDateTime64BestEffortOrZero toIntervalYear toIntervalMonth toIntervalWeek toIntervalDay toIntervalHour toIntervalMinute ' +
    'toIntervalSecond toIntervalMillisecond toIntervalMicrosecond toIntervalNanosecond YEAR MONTH DAY HOUR MINUTE SECOND',
  conversions:
    `toString toFixedString toBool toUUID toUUIDOrNull toUUIDOrZero toDate toDateOrNull toDateOrZero toDate32 toDateTime ` +
    'toDateTimeOrNull toDateTimeOrZero toDateTime64 toDateTime64OrNull toDateTime64OrZero toTypeName toLowCardinality ' +
    [8, 16, 32, 64, 128, 256]
      .flatMap((bits) =>
        ['', 'OrZero', 'OrNull', 'OrDefault'].flatMap((or) => [`toInt${bits}${or}`, `toUInt${bits}${or}`]),
      )
      .join(' ') +
    ' toFloat32 toFloat32OrZero toFloat32OrNull toFloat64 toFloat64OrZero toFloat64OrNull toDecimal32 toDecimal64 toDecimal128 ' +
    'toDecimal32OrNull toDecimal64OrNull toDecimal128OrNull reinterpretAsUInt64 reinterpretAsInt64 reinterpretAsString',
  lists:
    'array arrayAll arrayAvg arrayCompact arrayConcat arrayCount arrayCumSum arrayCumSumNonNegative arrayDifference arrayDistinct ' +
    'arrayDotProduct arrayElement arrayEnumerate arrayEnumerateUniq arrayExcept arrayExists arrayFill arrayFilter arrayFirst ' +
    'arrayFirstIndex arrayFlatten arrayFold arrayIntersect arrayJoin arrayLast arrayLastIndex arrayMap arrayMax arrayMin ' +
    'arrayPartialSort arrayPopBack arrayPopFront arrayProduct arrayPushBack arrayPushFront arrayResize arrayReverse ' +
    'arrayReverseSort arrayRotateLeft arrayRotateRight arrayShiftLeft arrayShiftRight arraySlice arraySort arraySplit arraySum ' +
    'arrayUniq arrayUnion arrayWithConstant arrayZip countEqual has hasAll hasAny hasSubstr indexOf range map mapAdd mapAll mapApply ' +
    'mapConcat mapContains mapContainsKey mapContainsKeyLike mapContainsValue mapExists mapFilter mapFromArrays mapKeys mapSort ' +
    'mapReverseSort mapSubtract mapUpdate mapValues tuple tupleElement untuple flattenTuple tupleConcat tupleNames',
  json:
    'isValidJSON JSONHas JSONLength JSONType JSONExtractString JSONExtractInt JSONExtractUInt JSONExtractFloat JSONExtractBool ' +
    'JSONExtractRaw JSONExtractArrayRaw JSONExtractKeys JSONExtractKeysAndValuesRaw JSON_EXISTS JSON_QUERY JSON_VALUE toJSONString ' +
    'simpleJSONExtractString simpleJSONExtractInt simpleJSONExtractUInt simpleJSONExtractFloat simpleJSONExtractBool simpleJSONHas',
  hashes:
    'cityHash64 sipHash64 sipHash128 xxHash32 xxHash64 xxh3 murmurHash3_32 murmurHash3_64 farmHash64 halfMD5 MD5 SHA1 SHA256 SHA512 ' +
    'CRC32 CRC64 rand rand64 generateUUIDv4 generateUUIDv7',
  addresses:
    'toIPv4 toIPv4OrNull toIPv4OrZero toIPv6 toIPv6OrNull toIPv6OrZero IPv4NumToString IPv4StringToNum IPv6NumToString ' +
    'IPv6StringToNum IPv4ToIPv6 IPv4NumToStringClassC isIPv4String isIPv6String isIPAddressInRange IPv4CIDRToRange ' +
    'IPv6CIDRToRange cutIPv6',
  other: 'identity materialize ignore runningDifference rowNumberInAllBlocks isConstant byteSize',
} as const satisfies Readonly<Record<string, string>>;

const split = (names: string): string[] => names.split(' ');
export const functionNames: readonly string[] = Object.values(functionGroups).flatMap(split);

const byLower = new Map(functionNames.map((name) => [name.toLowerCase(), name]));
const aggregates = new Set(split(functionGroups.aggregates));
/** Behind an aggregate: `countIf`, `uniqArrayIf`. States of aggregates are no values to look at, and none are taken. */
const combinator = /(?:If|Array|Map|Distinct|OrNull|OrDefault|ForEach|ArgMin|ArgMax)$/;

/** The function as ClickHouse spells it, whatever the case in which it was written; undefined where it may not be called. */
export function functionNamed(written: string): string | undefined {
  const name = byLower.get(written.toLowerCase());
  if (name !== undefined) return name;
  let rest = written;
  let suffix = '';
  for (let match = combinator.exec(rest); match !== null && suffix.length < 40; match = combinator.exec(rest)) {
    suffix = match[0] + suffix;
    rest = rest.slice(0, match.index);
    const base = byLower.get(rest.toLowerCase());
    if (base !== undefined && aggregates.has(base)) return base + suffix;
  }
  return undefined;
}
