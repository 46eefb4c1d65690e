import {describe, expect, test} from 'vitest';
import {forwarded, hostAndPort, requestTarget} from './http-origin.ts';

describe('HTTP servers, where a request comes from', () => {
  test.each<[string, string | undefined]>([
    ['203.0.113.9', '203.0.113.9'],
    ['203.0.113.9:4711, 10.0.0.1', '203.0.113.9'],
    [' 2001:db8::1 , 10.0.0.1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['client.example:4711', 'client.example'],
    ['unknown, 10.0.0.1', undefined],
    ['', undefined],
    [', 10.0.0.1', undefined],
    ['<script>', undefined],
    ['[::1', undefined],
  ])('X-Forwarded-For %j: client.address %s', (header, client) => {
    expect(forwarded({'x-forwarded-for': header}).client).toBe(client);
  });

  test.each<[string, ReturnType<typeof forwarded>]>([
    ['for=192.0.2.60;proto=https;by=203.0.113.43', {client: '192.0.2.60', scheme: 'https'}],
    ['For="[2001:db8:cafe::17]:4711"', {client: '2001:db8:cafe::17'}],
    ['for=192.0.2.43:47011, for=198.51.100.17', {client: '192.0.2.43'}],
    [
      'proto=http;host="shop.example:8443", for=192.0.2.43',
      {client: '192.0.2.43', host: 'shop.example:8443', scheme: 'http'},
    ],
    ['xfor=1.1.1.1;for=192.0.2.43', {client: '192.0.2.43'}],
    ['by="a;for=1.1.1.1";for=192.0.2.43', {client: '192.0.2.43'}],
    ['for=unknown', {}],
    ['for=_gazonk', {}],
    ['for="_SEVKISEK:47011"', {}],
    ['proto=gopher', {}],
    ['for', {}],
    ['', {}],
  ])('Forwarded %j (RFC 7239)', (header, expected) => {
    const {client, host, scheme} = forwarded({forwarded: header, 'x-forwarded-for': '6.6.6.6'});
    expect({client, host, scheme}).toEqual({client: undefined, host: undefined, scheme: undefined, ...expected});
  });

  test('X-Forwarded-Host and X-Forwarded-Proto: the first is the client’s', () => {
    expect(forwarded({'x-forwarded-host': 'shop.example, inner', 'x-forwarded-proto': 'HTTPS, http'})).toEqual({
      client: undefined,
      host: 'shop.example',
      scheme: 'https',
    });
  });

  test.each<[string, ReturnType<typeof requestTarget>]>([
    ['/', {path: '/', query: undefined}],
    ['/a/b?q=1&r', {path: '/a/b', query: 'q=1&r'}],
    ['/a?', {path: '/a', query: undefined}],
    ['//evil.example/a', {path: '//evil.example/a', query: undefined}],
    ['http://shop.example/a?b', {path: '/a', query: 'b', scheme: 'http', authority: 'shop.example'}],
    ['HTTPS://user:secret@shop.example:81?b', {path: '/', query: 'b', scheme: 'https', authority: 'shop.example:81'}],
    ['*', {path: '', query: undefined}],
  ])('request target %j (RFC 9112, section 3.2)', (target, expected) => {
    expect(requestTarget(target)).toEqual(expected);
  });

  test.each<[string, string, number | undefined]>([
    ['shop.example', 'shop.example', undefined],
    ['shop.example:8443', 'shop.example', 8443],
    ['[::1]:80', '::1', 80],
    ['[::1]', '::1', undefined],
    ['::1', '::1', undefined],
    ['shop.example:', 'shop.example', undefined],
  ])('Host %j: server.address %s, server.port %s', (host, address, port) => {
    expect(hostAndPort(host)).toEqual({address, port});
  });
});
