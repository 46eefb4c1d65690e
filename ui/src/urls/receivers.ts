/** The addresses of this Weft as others use them. */

/** Where data goes in, the usual way first; `url` as SDKs want it. Sampling is asked for, not sent to: it comes by itself. */
export function receivers(endpoints: Readonly<Record<string, string>>, host: string) {
  const first = ['otlp_http', 'otlp_grpc'];
  const rank = (name: string): number => (first.includes(name) ? first.indexOf(name) : first.length);
  const all = Object.entries(endpoints)
    .filter(([name]) => name !== 'http' && name !== 'query_grpc')
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([name, address]) => ({name, url: urlOf(name, reachable(address, host))}));
  const isSampling = ({name}: {readonly name: string}): boolean => name.startsWith('sampling');
  return {data: all.filter((one) => !isSampling(one)), sampling: all.filter(isSampling)};
}

/** As a client of the protocol is told it: OTLP's adds its paths itself, those of Jaeger and Zipkin are given them. */
function urlOf(name: string, address: string): string {
  if (/_(?:thrift|zipkin)_(?:compact|binary)$/.test(name)) return `udp://${address}`;
  if (/^jaeger.*_grpc$/.test(name)) return address;
  const path = /^jaeger.*_thrift_http$/.test(name)
    ? '/api/traces'
    : /^zipkin.*_http$/.test(name)
      ? '/api/v2/spans'
      : '';
  return `http://${address}${path}`;
}

/** An address that a client can use: `0.0.0.0` and `[::]` mean every address, so the page's own host is named. */
export function reachable(address: string, host: string): string {
  return address.replace(/^(0\.0\.0\.0|\[::\])(?=:)/, host);
}
