/** `weft mend`: whether requests are better after a change than before it. */
import type {MendResponse} from '../api/index.ts';
import {explainLanguages} from '../insight/index.ts';
import {callsToWeft, clientFlags} from './api-client.ts';
import {type Command, readFlags, UsageError} from './command.ts';
import {describeMend} from './compare-text.ts';

const flags = {
  ...clientFlags,
  at: {value: 'MOMENT', help: 'When it was mended, such as 2026-01-02T03:04:05Z'},
  window: {value: 'TIME', default: '1h', help: 'How long before and after; by an attribute, how long before now'},
  by: {value: 'KEY', help: 'Instead of a moment, an attribute such as service.version'},
  before: {value: 'VALUE', help: 'Its value before the mend'},
  after: {value: 'VALUE', help: 'Its value after the mend'},
  end: {value: 'MOMENT', help: 'With --by: up to here (default: now)'},
  language: {value: 'LANGUAGE', default: 'en', help: `Of the paragraph: ${explainLanguages.join(', ')}`},
  rows: {value: 'N', default: '60', help: 'How many steps to list at most'},
  json: {help: 'As JSON, as GET /api/weft/v1/mend answers'},
} as const;
const asked = ['at', 'window', 'by', 'before', 'after', 'end', 'language'] as const;

export const mendCommand: Command = {
  name: 'mend',
  summary: 'Did the mend work? Requests before a change against requests after it.',
  usage: 'SERVICE [OPERATION]',
  details: [
    'Exits with 0 where it is better, and with 3 where it is not, is worse, or too few requests tell: for a deployment to ask.',
    'See docs/how-to/compare-traces.md.',
  ].join('\n'),
  flags,
  async run(args) {
    const values = readFlags(flags, args, 2);
    const [service, operation] = values.words;
    if (service === undefined) throw new UsageError('which service? Name it, and its operation where only that counts');
    const rows = Number(values.text('rows'));
    if (!(Number.isInteger(rows) && rows >= 0)) {
      throw new UsageError(`--rows ${values.text('rows')}: expected a whole number`);
    }
    const question = new URLSearchParams({service});
    if (operation !== undefined) question.set('operation', operation);
    for (const name of asked) {
      const value = values.text(name);
      if (value !== undefined) question.set(name, value);
    }
    const mend = await callsToWeft(values)<MendResponse>('GET', `/mend?${question}`);
    const width = Math.min(200, Math.max(60, process.stdout.columns ?? 120));
    console.log(values.on('json') ? JSON.stringify(mend, undefined, 2) : describeMend(mend, {width, rows}).join('\n'));
    return mend.verdict === 'better' ? 0 : 3;
  },
};
