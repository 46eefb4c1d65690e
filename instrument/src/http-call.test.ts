import http from 'node:http';
import https from 'node:https';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {type Call, readCall, targetOf} from './http-call.ts';
import {receiveOtlp, runProgram} from './testing/index.ts';

/** The fixture's report of one call. */
type Printed = {
  readonly call: string;
  readonly connected?: {readonly host: string; readonly port: string | number};
  wire: string;
};

const fixture = join(import.meta.dirname, '..', 'fixtures', 'http-arguments.mjs');
const propagated = /^traceparent: (.*)\r\n/gim;
const calls = 600;

describe('node:http clients, all shapes of arguments', () => {
  test.each([1, 2, 3, Number(process.env.WEFT_SEED ?? 4)])(
    'http.request instrumented sends what it sends uninstrumented, seed %i',
    async (seed) => {
      const received = await receiveOtlp();
      const run = async (nodeOptions: readonly string[], env: Record<string, string>): Promise<Printed[]> => {
        const program = runProgram(fixture, {args: [String(seed), String(calls)], nodeOptions, env});
        await program.ended;
        expect(program.errors).toEqual([]);
        return program.lines.map((line) => JSON.parse(line) as Printed);
      };
      const plain = await run(['--no-deprecation'], {});
      const ours = await run(['--no-deprecation', '--import', '@weft/instrument'], {
        ...received.env,
        OTEL_METRICS_EXPORTER: 'none',
      });
      expect(plain).toHaveLength(calls);

      const spans = new Map(received.spans.map((span) => [span.spanId, span]));
      for (const [index, printed] of ours.entries()) {
        const parents = [...printed.wire.matchAll(propagated)];
        printed.wire = printed.wire.replace(propagated, '');
        plain[index]!.wire = plain[index]!.wire.replace(propagated, ''); // Some callers set one of their own.
        expect(printed, printed.call).toEqual(plain[index]);
        if (printed.wire === '') continue;

        // One header, of a span that says what Node made of the arguments.
        expect(parents, printed.call).toHaveLength(1);
        const span = spans.get(parents[0]![1]!.slice(36, 52));
        expect(span?.kind, printed.call).toBe('client');
        const {'url.full': url, 'server.address': address, 'server.port': port} = span!.attributes;
        const [, method, target] = /^(\S+) (\S+) /.exec(printed.wire)!;
        const {connected} = printed; // Not when a connection was there already.
        if (target!.startsWith('/') && method !== 'CONNECT') {
          expect(String(url).endsWith(target!), printed.call).toBe(true);
          if (connected === undefined) continue;
          const asked = Number(connected.port);
          expect({address, port}, printed.call).toEqual({
            address: connected.host,
            port: Number.isNaN(asked) ? undefined : asked,
          });
        } else if (/^https?:/.test(target!) && method !== 'CONNECT') expect(url, printed.call).toBe(target);
        if (method === 'CONNECT' && target === 'o.example:443') {
          expect({address, port}, printed.call).toEqual({address: 'o.example', port: 443});
        }
      }
      await received.stop();
    },
    60_000,
  );

  const target = (component: 'http' | 'https', args: readonly unknown[], method = 'GET') => {
    const {options}: Call = readCall(component, args);
    return targetOf(options, component, method);
  };

  test.each<[string, 'http' | 'https', unknown[], string, string, number]>([
    [
      'axios’s empty port',
      'http',
      [{hostname: '127.0.0.1', port: '', path: '/a'}],
      'http://127.0.0.1/a',
      '127.0.0.1',
      80,
    ],
    ['a port as text', 'http', [{host: 'a', port: '8080', path: '/'}], 'http://a:8080/', 'a', 8080],
    ['hostname before host', 'http', [{hostname: 'a', host: 'b:1'}], 'http://a/', 'a', 80],
    ['a default port of the caller’s own', 'https', [{host: 'a', defaultPort: 8443}], 'https://a:8443/', 'a', 8443],
    [
      'an agent’s default port',
      'http',
      [{host: 'a', agent: {defaultPort: 81, addRequest() {}}}],
      'http://a:81/',
      'a',
      81,
    ],
    ['no agent', 'https', [{host: 'a', agent: false}], 'https://a/', 'a', 443],
    ['an IPv6 address', 'http', [{host: '::1', port: 81}], 'http://[::1]:81/', '::1', 81],
    ['a URL with IPv6', 'http', ['http://[::1]:81/x?y#z'], 'http://[::1]:81/x?y', '::1', 81],
    ['options that overrule a URL', 'http', [new URL('http://a:1/x'), {port: 2, path: '/y'}], 'http://a:2/y', 'a', 2],
    ['a query alone', 'http', [{host: 'a', path: '?x'}], 'http://a/?x', 'a', 80],
    [
      'a proxied request',
      'http',
      [{host: 'proxy', port: 3128, path: 'http://o.example/x?y'}],
      'http://o.example/x?y',
      'o.example',
      80,
    ],
    [
      'a proxied request with a port',
      'http',
      [{host: 'proxy', path: 'https://o.example:81/x'}],
      'https://o.example:81/x',
      'o.example',
      81,
    ],
    ['OPTIONS *', 'http', [{host: 'a', path: '*'}], 'http://a', 'a', 80],
    ['nothing at all', 'https', [], 'https://localhost/', 'localhost', 443],
  ])('http.request with %s: url.full, server.address, server.port', (_what, component, args, url, address, port) => {
    expect(target(component, args)).toEqual({url, address, port});
  });

  test('CONNECT names the address that the tunnel leads to, not the proxy', () => {
    expect(target('http', [{host: 'proxy', port: 3128, path: 'o.example:443'}], 'CONNECT')).toEqual({
      url: 'http://o.example:443',
      address: 'o.example',
      port: 443,
    });
  });

  test('http.request reads the global agent of the moment', () => {
    const [before, beforeTls] = [http.globalAgent, https.globalAgent];
    http.globalAgent = Object.assign(new http.Agent(), {defaultPort: 8081});
    https.globalAgent = Object.assign(new https.Agent(), {defaultPort: 8444});
    try {
      expect(target('http', [{host: 'a'}]).port).toBe(8081);
      expect(target('https', [{host: 'a'}]).port).toBe(8444);
    } finally {
      http.globalAgent = before;
      https.globalAgent = beforeTls;
    }
  });
});
