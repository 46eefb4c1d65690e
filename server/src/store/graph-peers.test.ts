import {expect, test} from 'vitest';
import {peerOfValues} from './graph-peers.ts';

test.each([
  [{'server.address': 'cache', 'server.port': '11211'}, 'cache:11211'],
  [{'server.address': 'shop.example', 'server.port': '443'}, 'shop.example'],
  [{'net.peer.name': 'shop.example', 'net.peer.port': '80'}, 'shop.example'],
  [{'network.peer.address': '2001:db8::1', 'network.peer.port': '9000'}, '[2001:db8::1]:9000'],
  [{'server.address': 'cache', 'server.port': '11211', 'peer.service': 'sessions'}, 'sessions'],
  [{'server.port': '11211'}, undefined],
])('service graph: the other end of %j is %s', (attributes, name) => {
  const values = Object.entries(attributes).flatMap(([key, value]) => [key, 's', value]);
  expect(peerOfValues({kind: 'free'}, values.length, (at) => values[at] as string)?.name).toBe(name);
});
