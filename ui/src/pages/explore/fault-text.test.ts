import {expect, test} from 'vitest';
import {readTyped} from '../../urls/index.ts';
import {faultText} from './fault-text.ts';
import {en} from './text/en.ts';

function said(text: string): string {
  const typed = readTyped(text);
  return typed.kind === 'refused' ? faultText(typed.fault, en) : typed.kind;
}

const durationSigns = 'duration can be compared with > >= < <= only.';

test.each([
  ['duration >', 'A value is missing: duration>….'],
  ['duration', 'A value is missing: duration>….'],
  ['not duration', 'A value is missing: duration>….'],
  ['duration=', durationSigns],
  ['duration 1s', durationSigns],
  ['tenant>', 'A value is missing: tenant>….'],
  ['http.status_code:>=', 'A value is missing: http.status_code>=….'],
  ['not tenant=', 'A value is missing: tenant!=….'],
  ['kind', 'A value is missing: kind=….'],
  ['not kind', 'A value is missing: kind!=….'],
  ['service', 'A value is missing: service=….'],
  ['environment>', 'environment can be chosen, not excluded: write environment=….'],
  ['max=', 'Write max=200ms. For an attribute called max write .max=….'],
  ['live', 'Write live=true live=false. For an attribute called live write .live=….'],
  [
    'tenant',
    '“tenant” is no condition. Write tenant=… or has=tenant for an attribute, operation=tenant or service=tenant for a name.',
  ],
  [
    'not tenant',
    '“tenant” is no condition. Write tenant!=… or has!=tenant for an attribute, operation!=tenant or service!=tenant for a name.',
  ],
  ['GET /cart', '“GET /cart” is no condition. Write operation=GET /cart, service=GET /cart or key=GET /cart.'],
  ['=x', '“=x” is no condition. Write operation=x, service=x or key=x.'],
  [
    '<script>alert(1)</script>',
    '“<script>alert(1)</script>” is no condition. Write operation="<script>alert(1)</script>", service="<script>alert(1)</script>" or key="<script>alert(1)</script>".',
  ],
  ['100ms', '“100ms” is no condition. Write duration > 100ms for a trace, span.duration > 100ms for a span.'],
  ['not 100ms', '“100ms” is no condition. Write duration <= 100ms for a trace, span.duration <= 100ms for a span.'],
  ['tenant="a', 'The closing quote is missing: tenant="…".'],
  ['tenant="a" b', 'There is more after the closing quote. Write tenant="…", and a quote inside the value as \\".'],
  ['"tenant', 'The closing quote is missing: "…".'],
  ['trace_id=zz', '“zz” is no trace id: 1 to 32 hex digits. For an attribute called trace_id write .trace_id=….'],
  ['> soon', 'Write the duration as in duration > 200ms or duration > 1.5s.'],
  ['=', '“=” alone is no condition. Write it as in tenant=acme.'],
  ['""', '“""” alone is no condition. Write it as in tenant=acme.'],
  ['>', '“>” alone is no condition. Write it as in duration > 200ms.'],
  ['not', '“not” alone is no condition. Write it as in not tenant=acme.'],
  ['and', '“and” alone is no condition. Write it as in tenant=acme and kind=server.'],
])('question: %s, as typed, is answered with what would be understood', (text, answer) =>
  expect(said(text)).toBe(answer),
);

test.each(['tenant', 'not tenant', 'GET /cart', '=x', '<script>alert(1)</script>', '100ms', '=', '>', 'not', 'and'])(
  'question: each example in the answer to %s is itself understood',
  (text) => {
    const hint = /Write (?:it as in )?(.*)\.$/.exec(said(text))?.[1] ?? '';
    const examples = hint.split(/, | or | for an? \w+/).filter((one) => one !== '');
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(readTyped(example.replace('…', 'x')).kind, example).toBe('terms');
  },
);
