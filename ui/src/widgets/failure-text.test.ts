import {expect, test} from 'vitest';
import {failureTexts, phrases} from '../../../server/src/api/failure-texts.ts';
import {createFormat} from '../format/index.ts';
import {languageNames, reasonText, shellText} from '../i18n/index.ts';
import {failureText} from './failure-text.ts';

const holes = (...texts: readonly (string | undefined)[]): string[] =>
  [...new Set(texts.flatMap((text) => [...(text ?? '').matchAll(/\{(\w+)\}/g)].map(([hole]) => hole)))].sort();
const others = languageNames.filter((name) => name !== 'en');
const allOf = Object.entries<{code: string; message: string; hint?: string}>(failureTexts);

test.each(others)(
  'failures: every reason of the API is said in %s, with the values that the English has',
  async (language) => {
    const said = await reasonText.load(language);
    expect(Object.keys(said.failures ?? {}).sort()).toEqual(Object.keys(failureTexts).sort());
    for (const [reason, english] of allOf) {
      const own = said.failures?.[reason as keyof typeof failureTexts];
      // In place of words that only the server's English has, the reason is said, and these behind it where they tell more.
      const expected = holes(english.message, english.hint).filter((hole) => hole !== '{message}');
      const found = holes(own?.message, own?.hint);
      expect(english.message === '{message}' ? found.filter((hole) => hole !== '{message}') : found, reason).toEqual(
        expected,
      );
      expect(own?.hint === undefined, reason).toBe(english.hint === undefined);
      if (own?.hint !== '{advice}') expect(`${own?.message}${own?.hint ?? '是'}`, reason).toMatch(/[\u4e00-\u9fff]/);
    }
    for (const [name, english] of Object.entries(phrases))
      expect(holes(said.phrases?.[name as keyof typeof phrases]), name).toEqual(holes(english));
  },
);

const limit = {
  kind: 'refused',
  status: 400,
  code: 'bad_request',
  reason: 'parameter_invalid',
  values: {
    parameter: 'limit',
    given: '"0"',
    expected: {phrase: 'whole_number', values: {minimum: 1, maximum: 1500}},
  },
  message: 'The parameter is not valid.',
  hint: 'Expected a whole number.',
  parameter: 'limit',
} as const;
const say = async (language: (typeof languageNames)[number], failure: Parameters<typeof failureText>[0]) =>
  failureText(failure, await shellText.load(language), await reasonText.load(language), createFormat(language));

test.each([
  ['en', 'The parameter is not valid.', 'Expected a whole number.'],
  ['zh-Hant', '參數「limit」的值無效："0"。', '應為 1 到 1,500 的整數。'],
  ['zh-Hans', '参数“limit”的值无效："0"。', '应为 1 到 1,500 的整数。'],
] as const)('failures: in %s it is said what was wrong and how to mend it', async (language, detail, hint) =>
  expect(await say(language, limit)).toMatchObject({detail, hint}),
);

test('failures: a reason that this page does not know is said in the server’s words', async () =>
  expect(await say('zh-Hans', {...limit, reason: 'of_a_newer_weft'})).toMatchObject({
    detail: limit.message,
    hint: limit.hint,
  }));

test('failures: all that is wrong with a question is said, each in the reader’s language', async () => {
  const other = {reason: 'parameter_repeated', values: {parameter: 'end', times: 2}, message: 'Twice.', hint: 'Once.'};
  expect(await say('zh-Hans', {...limit, others: [other]})).toMatchObject({
    detail: '参数“limit”的值无效："0"。',
    others: [{detail: '参数“end”出现了 2 次。', hint: '只能出现一次。'}],
  });
  expect(await say('en', {...limit, others: [other]})).toMatchObject({others: [{detail: 'Twice.', hint: 'Once.'}]});
});

test('failures: of a question that is too large it is not said that its answer would be', async () => {
  const large = {
    kind: 'refused',
    status: 413,
    code: 'too_large',
    message: 'The search has 65 conditions; at most 64.',
  } as const;
  expect(await say('en', {...large, reason: 'query_conditions'})).toEqual({
    title: 'The question is too large',
    detail: large.message,
    hint: undefined,
  });
  expect(await say('en', {...large, reason: 'query_rows'})).toMatchObject({
    title: 'The answer would be too large',
    hint: 'Ask for less: a shorter time, or more conditions.',
  });
});

test.each(languageNames)('failures: titles in %s are of reasons that there are', async (language) => {
  for (const reason of Object.keys((await shellText.load(language)).failure.titles)) {
    expect(Object.keys(failureTexts)).toContain(reason);
  }
});
