import assert from 'node:assert/strict';
import type {CapturedSpan} from './captured.ts';

/** The values that must not leave a process → their form. */
const patterns: Readonly<Record<string, RegExp>> = {
  'an e-mail address': /[\w.+-]+@[\w-]+\.[a-z]{2,}/i,
  'a bearer or basic credential': /\b(?:bearer|basic)\s+[\w.~+/-]{8,}=*/i,
  'a JSON web token': /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/,
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  'a cloud access key': /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  'credentials in a URL': /[a-z][a-z0-9+.-]*:\/\/[^/\s:@]+:[^/\s@]+@/i,
};
const secretKey =
  /(?:^|[._-])(?:password|passwd|secret|token|authorization|cookie|api[_-]?key|card[_-]?number|cvv|ssn)(?:$|[._-])/i;
const sqlLiteral = /'[^']*'|(?<![\w$.])\d+(?![\w.])/;

/** Everything sensitive in names, attributes, events and status of these spans, as sentences that do not repeat the value. */
export function sensitiveFindings(
  spans: readonly CapturedSpan[],
  extra: Readonly<Record<string, RegExp>> = {},
): string[] {
  const found = new Set<string>();
  const looks = Object.entries({...patterns, ...extra});
  const check = (where: string, value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) check(where, item);
    if (typeof value !== 'string') return;
    for (const [what, pattern] of looks) if (pattern.test(value)) found.add(`${where}: ${what}`);
    if (hasCardNumber(value)) found.add(`${where}: a card number`);
  };
  for (const span of spans) {
    check(`name of "${span.name}"`, span.name);
    check(`status of "${span.name}"`, span.statusMessage);
    for (const [key, value] of Object.entries(span.attributes)) {
      const where = `${key} of "${span.name}"`;
      check(where, value);
      if (secretKey.test(key) && value !== 'REDACTED') found.add(`${where}: a secret by its name`);
      const sql = key === 'db.query.text' || key === 'db.statement';
      if (sql && !String(span.attributes['db.system.name'] ?? span.attributes['db.system']).includes('redis')) {
        if (sqlLiteral.test(String(value))) found.add(`${where}: a literal in SQL`);
      }
    }
    for (const event of span.events) {
      for (const [key, value] of Object.entries(event.attributes))
        check(`${key} of event ${event.name} of "${span.name}"`, value);
    }
  }
  return [...found];
}

/** Nothing sensitive is in these spans; every finding is listed at once. */
export function assertNothingSensitive(spans: readonly CapturedSpan[], extra?: Readonly<Record<string, RegExp>>): void {
  const findings = sensitiveFindings(spans, extra);
  assert.equal(findings.length, 0, `sensitive data:\n  ${findings.join('\n  ')}`);
}

/** 13 to 19 digits, with spaces or dashes, that pass Luhn's check. */
function hasCardNumber(text: string): boolean {
  for (const [match] of text.matchAll(/(?<![\da-f.-])\d(?:[ -]?\d){12,18}(?![\da-f])/gi)) {
    const digits = match.replace(/\D/g, '');
    let sum = 0;
    for (let index = 0; index < digits.length; index++) {
      const digit = Number(digits[digits.length - 1 - index]);
      sum += index % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
    }
    if (sum % 10 === 0) return true;
  }
  return false;
}
