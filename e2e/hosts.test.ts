/** Names by which a Weft on loopback may be reached: its own, and those that the configuration allows. */
import {request} from 'node:http';
import {expect, test} from 'vitest';
import {startWeft} from './harness.ts';

test('host names: a proxy’s name is served where the configuration names it, any other is told how to be', async () => {
  await using weft = await startWeft({args: ['--set', 'weft.http.hosts=[weft.example.com]']});
  const ask = (headers: Record<string, string>, method = 'GET'): Promise<{status?: number; body: string}> =>
    new Promise((resolve, reject) => {
      request(`${weft.http}/api/weft/v1/${method === 'GET' ? 'status' : 'flush'}`, {method, headers}, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += chunk));
        response.on('end', () => resolve({status: response.statusCode as number, body}));
      })
        .on('error', reject)
        .end();
    });

  expect(await ask({host: 'weft.example.com'})).toMatchObject({status: 200});
  // A proxy that ends TLS passes the page's origin on and may keep its own address as the host.
  expect(await ask({host: 'weft.example.com', origin: 'https://weft.example.com'}, 'POST')).toMatchObject({
    status: 200,
  });
  expect(await ask({origin: 'https://weft.example.com'}, 'POST')).toMatchObject({status: 200});

  const refused = await ask({host: 'other.example.com'});
  expect(refused.status).toBe(403);
  expect(refused.body).toContain('weft.http.hosts');
  expect(await ask({host: 'weft.example.com', origin: 'https://other.example.com'}, 'POST')).toMatchObject({
    status: 403,
  });
});
