import type {MendVerdict} from './mend.ts';
import type {MendLanguage, MendTold} from './say-mend.ts';

type Verdicts = Readonly<Record<MendVerdict, string>>;
const of = (
  {service, operation}: {service: string; operation: string | undefined},
  [open, close]: readonly string[],
) => (operation === undefined ? service : `${service}${open}${operation}${close}`);
const english = [' "', '"'];
const simplified = ['“', '”'];
const traditional = ['「', '」'];

const countEn = ({before, after}: MendTold): string => `${before} requests before, ${after} after`;
const seenEn: Verdicts = {
  better: ' (better)',
  worse: ' (worse)',
  no_difference: ' (no more than chance)',
  too_few: '',
};

export const mendEn: MendLanguage = {
  verdict: {
    better: (t) => `${of(t, english)} is better than before (${countEn(t)}).`,
    worse: (t) => `${of(t, english)} is worse than before (${countEn(t)}).`,
    mixed: (t) => `${of(t, english)} is better in some ways and worse in others (${countEn(t)}).`,
    no_difference: (t) => `${of(t, english)}: no difference beyond chance (${countEn(t)}).`,
    too_few: (t) => `${of(t, english)}: too few requests to tell (${countEn(t)}).`,
  },
  median: ({from, to}, verdict) => `Median: ${from} before, ${to} after${seenEn[verdict]}.`,
  p95: ({from, to, slow, slowBefore, slowAfter}, verdict) =>
    `95 % took less than ${from} before, ${to} after; slower than ${slow} were ${slowBefore} before, ${slowAfter} after${seenEn[verdict]}.`,
  errors: ({from, to, low, high}, verdict) =>
    `Failed: ${from} before, ${to} after${seenEn[verdict]}; the true change is between ${low} and ${high} percentage points.`,
  retries: ({from, to, healedFrom, healedTo}) =>
    `Retried: ${from} before, ${to} after; a retry succeeded in ${healedFrom} before, ${healedTo} after.`,
  steps: (steps, better) =>
    `Steps that take ${better ? 'less' : 'more'} a request: ${steps.map((step) => `${of(step, english)} (${step.to} instead of ${step.from})`).join(', ')}.`,
  calls: (steps) =>
    `Calls a request: ${steps.map((step) => `${of(step, english)} (${step.to} instead of ${step.from})`).join(', ')}.`,
  join: ' ',
};

const countHans = ({before, after}: MendTold): string => `之前 ${before} 个请求，之后 ${after} 个`;
const seenHans: Verdicts = {better: '（变好）', worse: '（变差）', no_difference: '（不超出偶然）', too_few: ''};

export const mendZhHans: MendLanguage = {
  verdict: {
    better: (t) => `${of(t, simplified)} 比之前好（${countHans(t)}）。`,
    worse: (t) => `${of(t, simplified)} 比之前差（${countHans(t)}）。`,
    mixed: (t) => `${of(t, simplified)} 有的方面变好，有的变差（${countHans(t)}）。`,
    no_difference: (t) => `${of(t, simplified)}：没有超出偶然的差异（${countHans(t)}）。`,
    too_few: (t) => `${of(t, simplified)}：请求太少，无法判断（${countHans(t)}）。`,
  },
  median: ({from, to}, verdict) => `中位数：之前 ${from}，之后 ${to}${seenHans[verdict]}。`,
  p95: ({from, to, slow, slowBefore, slowAfter}, verdict) =>
    `95 % 少于：之前 ${from}，之后 ${to}；慢于 ${slow} 的：之前 ${slowBefore}，之后 ${slowAfter}${seenHans[verdict]}。`,
  errors: ({from, to, low, high}, verdict) =>
    `失败：之前 ${from}，之后 ${to}${seenHans[verdict]}；真实变化在 ${low} 到 ${high} 个百分点之间。`,
  retries: ({from, to, healedFrom, healedTo}) =>
    `有重试：之前 ${from}，之后 ${to}；重试成功：之前 ${healedFrom}，之后 ${healedTo}。`,
  steps: (steps, better) =>
    `每个请求用时变${better ? '少' : '多'}的步骤：${steps.map((step) => `${of(step, simplified)}（${step.to}，原为 ${step.from}）`).join('、')}。`,
  calls: (steps) =>
    `每个请求的次数：${steps.map((step) => `${of(step, simplified)}（${step.to}，原为 ${step.from}）`).join('、')}。`,
  join: '',
};

const countHant = ({before, after}: MendTold): string => `之前 ${before} 個請求，之後 ${after} 個`;
const seenHant: Verdicts = {better: '（變好）', worse: '（變差）', no_difference: '（不超出偶然）', too_few: ''};

export const mendZhHant: MendLanguage = {
  verdict: {
    better: (t) => `${of(t, traditional)} 比之前好（${countHant(t)}）。`,
    worse: (t) => `${of(t, traditional)} 比之前差（${countHant(t)}）。`,
    mixed: (t) => `${of(t, traditional)} 有的方面變好，有的變差（${countHant(t)}）。`,
    no_difference: (t) => `${of(t, traditional)}：沒有超出偶然的差異（${countHant(t)}）。`,
    too_few: (t) => `${of(t, traditional)}：請求太少，無法判斷（${countHant(t)}）。`,
  },
  median: ({from, to}, verdict) => `中位數：之前 ${from}，之後 ${to}${seenHant[verdict]}。`,
  p95: ({from, to, slow, slowBefore, slowAfter}, verdict) =>
    `95 % 少於：之前 ${from}，之後 ${to}；慢於 ${slow} 的：之前 ${slowBefore}，之後 ${slowAfter}${seenHant[verdict]}。`,
  errors: ({from, to, low, high}, verdict) =>
    `失敗：之前 ${from}，之後 ${to}${seenHant[verdict]}；真實變化在 ${low} 到 ${high} 個百分點之間。`,
  retries: ({from, to, healedFrom, healedTo}) =>
    `有重試：之前 ${from}，之後 ${to}；重試成功：之前 ${healedFrom}，之後 ${healedTo}。`,
  steps: (steps, better) =>
    `每個請求耗時變${better ? '少' : '多'}的步驟：${steps.map((step) => `${of(step, traditional)}（${step.to}，原為 ${step.from}）`).join('、')}。`,
  calls: (steps) =>
    `每個請求的次數：${steps.map((step) => `${of(step, traditional)}（${step.to}，原為 ${step.from}）`).join('、')}。`,
  join: '',
};
