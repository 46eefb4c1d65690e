import type {CompareLanguage, ToldStep} from './say-compare.ts';

const list = (parts: readonly string[], and: string, comma: string): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(comma)}${and}${parts.at(-1)}`;
const inEnglish = (parts: readonly string[]): string => list(parts, ' and ', ', ');
type Named = Pick<ToldStep, 'service' | 'operation'>;
const where = ({service, operation}: Named): string => `${service} "${operation}"`;

export const compareEn: CompareLanguage = {
  usual: ({duration, typical, p95, traces, rank, difference, longer, ...root}) =>
    `${where(root)} took ${duration}; usual is ${typical}, and 95 % take less than ${p95} (${traces} traces). ${
      longer === undefined
        ? 'That is as long as usual.'
        : longer
          ? `That is ${difference} more than typical, and more than ${rank ?? 'any'} of them took.`
          : `That is ${difference} less than typical.`
    }`,
  trace: ({duration, other, difference, longer, ...root}) =>
    longer === undefined
      ? `${where(root)} took about as long as the other trace: ${duration} and ${other}.`
      : `${where(root)} took ${duration}, the other trace ${other}: ${difference} ${longer ? 'more' : 'less'}.`,
  parts: (steps, longer) =>
    `Where the difference comes from: ${inEnglish(
      steps.map(
        (step) =>
          `${where(step)} ${longer ? '+' : '−'}${step.excess}, ${step.share}${
            step.other === undefined ? ' (new)' : ` (${step.nanos} instead of ${step.other})`
          }`,
      ),
    )}.`,
  rest: (difference) => `${difference} lie between spans, as in a queue.`,
  more: (steps) =>
    `More often: ${inEnglish(steps.map((step) => `${where(step)} (${step.calls} instead of ${step.otherCalls})`))}.`,
  added: (steps) => `New: ${inEnglish(steps.map(where))}.`,
  missing: (steps) => `Missing: ${inEnglish(steps.map(where))}.`,
  failed: (steps) => `Failed here and not there: ${inEnglish(steps.map(where))}.`,
  same: 'No step differs.',
  join: ' ',
};

const inChinese = ({service, operation}: Named): string => `${service}“${operation}”`;
const quoted = ({service, operation}: Named): string => `${service}「${operation}」`;

export const compareZhHans: CompareLanguage = {
  usual: ({duration, typical, p95, traces, rank, difference, longer, ...root}) =>
    `${inChinese(root)} 耗时 ${duration}；平时为 ${typical}，95 % 少于 ${p95}（${traces} 条链路）。${
      longer === undefined
        ? '与平时相当。'
        : longer
          ? `比典型情况多 ${difference}，慢于${rank === undefined ? '所有' : `其中 ${rank} 的`}链路。`
          : `比典型情况少 ${difference}。`
    }`,
  trace: ({duration, other, difference, longer, ...root}) =>
    longer === undefined
      ? `${inChinese(root)} 与另一条链路耗时相当：${duration} 与 ${other}。`
      : `${inChinese(root)} 耗时 ${duration}，另一条链路 ${other}：${longer ? '多' : '少'} ${difference}。`,
  parts: (steps, longer) =>
    `差异中，${steps
      .map(
        (step) =>
          `${inChinese(step)} ${longer ? '多花' : '节省'} ${step.excess}（${step.share}${
            step.other === undefined ? '，新增的步骤' : `，${step.nanos}，原为 ${step.other}`
          }）`,
      )
      .join('、')}。`,
  rest: (difference) => `另有 ${difference} 在 span 之间，例如排队。`,
  more: (steps) =>
    `次数变多：${steps.map((step) => `${inChinese(step)} ${step.calls} 次（原为 ${step.otherCalls} 次）`).join('、')}。`,
  added: (steps) => `新增：${steps.map(inChinese).join('、')}。`,
  missing: (steps) => `缺少：${steps.map(inChinese).join('、')}。`,
  failed: (steps) => `只在此处失败：${steps.map(inChinese).join('、')}。`,
  same: '没有任何步骤不同。',
  join: '',
};

export const compareZhHant: CompareLanguage = {
  usual: ({duration, typical, p95, traces, rank, difference, longer, ...root}) =>
    `${quoted(root)} 耗時 ${duration}；平時為 ${typical}，95 % 少於 ${p95}（${traces} 筆追蹤）。${
      longer === undefined
        ? '與平時相當。'
        : longer
          ? `比典型情況多 ${difference}，慢於${rank === undefined ? '所有' : `其中 ${rank} 的`}追蹤。`
          : `比典型情況少 ${difference}。`
    }`,
  trace: ({duration, other, difference, longer, ...root}) =>
    longer === undefined
      ? `${quoted(root)} 與另一筆追蹤耗時相當：${duration} 與 ${other}。`
      : `${quoted(root)} 耗時 ${duration}，另一筆追蹤 ${other}：${longer ? '多' : '少'} ${difference}。`,
  parts: (steps, longer) =>
    `差異中，${steps
      .map(
        (step) =>
          `${quoted(step)} ${longer ? '多花' : '節省'} ${step.excess}（${step.share}${
            step.other === undefined ? '，新增的步驟' : `，${step.nanos}，原為 ${step.other}`
          }）`,
      )
      .join('、')}。`,
  rest: (difference) => `另有 ${difference} 在 span 之間，例如排隊。`,
  more: (steps) =>
    `次數變多：${steps.map((step) => `${quoted(step)} ${step.calls} 次（原為 ${step.otherCalls} 次）`).join('、')}。`,
  added: (steps) => `新增：${steps.map(quoted).join('、')}。`,
  missing: (steps) => `缺少：${steps.map(quoted).join('、')}。`,
  failed: (steps) => `只在此處失敗：${steps.map(quoted).join('、')}。`,
  same: '沒有任何步驟不同。',
  join: '',
};
