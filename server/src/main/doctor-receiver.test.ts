/** What doctor says of a receiver that does not answer its plain HTTP. */
import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createServer} from 'node:tls';
import {expect, onTestFinished, test} from 'vitest';
import {whySilent} from './doctor-receiver.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

test.skipIf(!hasOpenssl)('weft doctor: a receiver that speaks TLS is told from one that is not there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-doctor-tls-'));
  onTestFinished(() => rmSync(folder, {recursive: true}));
  const made = spawnSync(
    'openssl',
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -subj /CN=a -days 2'.split(
      ' ',
    ),
    {cwd: folder, encoding: 'utf8'},
  );
  expect(made.status, made.stderr).toBe(0);
  const read = (name: string) => readFileSync(join(folder, name));
  const server = createServer({key: read('key.pem'), cert: read('cert.pem')}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await whySilent(address, 'other side closed')).toMatchObject({
    kind: 'note',
    text: expect.stringContaining('speaks TLS'),
  });
  server.close();
  await once(server, 'close');
  expect(await whySilent(address, 'connect ECONNREFUSED')).toMatchObject({
    kind: 'bad',
    text: `no OTLP/HTTP receiver answers at ${address} (connect ECONNREFUSED)`,
  });
});
