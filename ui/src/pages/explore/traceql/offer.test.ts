import {expect, test} from 'vitest';
import {offer} from './offer.ts';
import {en} from './text/en.ts';

const asked: string[] = [];
const known = {
  tags: async () => ({
    scopes: [
      {name: 'resource', tags: ['service.name', 'host.name']},
      {name: 'span', tags: ['http.route', 'odd name']},
      {name: 'intrinsic', tags: ['duration']},
    ],
  }),
  values: async (tag: string, where: string) => {
    asked.push(`${tag} ${where}`);
    return tag === 'span.code'
      ? {tagValues: [{type: 'int', value: '500'}]}
      : {
          tagValues: [
            {type: 'string', value: 'cart'},
            {type: 'string', value: 'say "hi"'},
          ],
        };
  },
};

/** `¦` is the cursor. */
async function offered(text: string, byKeys: boolean | undefined = false): Promise<readonly string[]> {
  const place = text.indexOf('¦');
  const found = await offer(text.replace('¦', ''), place, byKeys, known, en.offer);
  return (found?.options ?? []).map(({label, text: written = label}) => written.trim());
}

test.each([
  ['{ ser¦', 'resource.service.name'],
  ['{ resource.h¦', 'resource.host.name'],
  ['{ .http¦', '.http.route'],
  ['{ http.ro¦', 'span.http.route'],
  ['{ odd¦', 'span."odd name"'],
  ['{ dur¦', 'duration'],
  ['{ span:¦', 'name'],
  ['{ status = ¦', 'error'],
  ['{ status = e¦', 'error'],
  ['{ kind != c¦ }', 'client'],
  ['{ span.x = ¦', '"cart"'],
  ['{ span.x = "sa¦', '"say \\"hi\\""'],
  ['{ span.code = ¦', '500'],
  ['{ name ¦', '='],
  ['{ .a = 1 ¦', '&&', true],
  ['{ .a = 1 } ¦', '>>', true],
  ['{} | ¦', 'rate()'],
  ['{} | ra¦', 'rate()'],
  ['{} | by(ser¦', 'resource.service.name'],
  ['{} | select(http¦', 'span.http.route'],
  ['{} | rate() by (host¦', 'resource.host.name'],
  ['{} | rate() b¦', 'by()'],
  ['{} | rate() | to¦', 'topk(10)'],
  ['{} | quant¦', 'quantile_over_time(duration, .99)'],
  ['¦', '{  }'],
] as const)('TraceQL completion: %s', async (text, wanted, byKeys?: boolean) =>
  expect(await offered(text, byKeys)).toContain(wanted),
);

test('TraceQL completion: values are those of spans that fit what stands before', async () => {
  asked.length = 0;
  await offered('{ resource.service.name = "shop" && span.x = ¦');
  expect(asked).toEqual(['span.x { resource.service.name = "shop" && span.x = ']);
});

test.each(['{ .a = 1 }¦', '{ .a = 1 } ¦', '{ status = error¦', '{ .a = "x"¦ }'])(
  'TraceQL completion: %s is finished, and no list opens by itself',
  async (text) => expect(await offered(text)).toEqual([]),
);
