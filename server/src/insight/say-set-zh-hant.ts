import type {SetLanguage, ToldStep} from './say-set.ts';

const where = ({service, operation}: ToldStep): string => `${service}「${operation}」`;
const because = ({explains}: ToldStep): string => (explains === undefined ? '' : `，占多出時間的 ${explains}`);
const alike = ([first = '', ...twins]: readonly string[]): string =>
  twins.length === 0 ? first : `${first}（總是伴隨 ${twins.join('、')}）`;

export const setZhHant: SetLanguage = {
  headline: ({traces, others, p50, otherP50, failed, otherFailed, few}) => {
    const took = few === undefined ? `耗時中位數 ${p50}` : `耗時 ${few.took.join(' 和 ')}`;
    const fails =
      few === undefined
        ? `失敗 ${failed}`
        : few.took.length === 1
          ? ['沒有失敗', '失敗'][few.failed]
          : ['都沒有失敗', '其中 1 筆失敗', '都失敗'][few.failed];
    const than =
      others === undefined
        ? ['', '', '']
        : [`，對照其他 ${others} 筆`, `，其他中位數 ${otherP50}`, `，其他失敗 ${otherFailed}`];
    return `選取 ${traces} 筆追蹤${than[0]}：${took}${than[1]}；${fails}${than[2]}。`;
  },
  sampled: (traces, others) => `實際檢視樣本：選取 ${traces} 筆${others === undefined ? '' : `，其他 ${others} 筆`}。`,
  finding: ({traces, of, share, otherShare, sentence}) =>
    of === 1
      ? `這筆追蹤${otherShare === undefined ? '' : `（其他為 ${otherShare}）`}：${sentence}`
      : `${of} 筆中有 ${traces} 筆（${share}${otherShare === undefined ? '' : `；其他為 ${otherShare}`}）：${sentence}`,
  period: ({period, times}) => `大約每 ${period} 重複一次（共出現 ${times} 次）。`,
  more: ({names, share, otherShare}) => `共同點是 ${alike(names)}：占 ${share}，其他為 ${otherShare}。`,
  less: ({names, share, otherShare}) => `多半缺少 ${alike(names)}：占 ${share}，其他為 ${otherShare}。`,
  steps: {
    slower: (s) => `${s.share} 在 ${where(s)} 花了 ${s.nanos}，平常為 ${s.usual}${because(s)}。`,
    more_calls: (s) => `呼叫 ${where(s)} ${s.calls} 次，平常為 ${s.usualCalls} 次${because(s)}。`,
    failing: (s) => `${where(s)} 在其中 ${s.share} 失敗，其他為 ${s.otherShare}。`,
    only: (s) => `${s.share} 有 ${where(s)}（${s.nanos}），其他為 ${s.otherShare}${because(s)}。`,
    missing: (s) => `${s.share} 有 ${where(s)}，其他為 ${s.otherShare}。`,
  },
  names: {
    service: (service) => `服務 ${service}`,
    operation: (service, operation) => `${service}「${operation}」`,
    failed: (service, operation) => `${service}「${operation}」失敗`,
    root: (service, operation) => `起點 ${service}「${operation}」`,
    has: (key) => `屬性 ${key}`,
    duration: '耗時',
    spans: 'span 數',
  },
  disproveFeature: (name) => `帶有 ${name} 卻正常的追蹤`,
  check: (text) => `可推翻此說法的證據：${text}。`,
  nothing: '與其他追蹤相比，沒有明顯的不同。',
  none: '選取範圍內沒有追蹤。',
  noBaseline: '沒有其他追蹤可供對照。',
  join: '',
};
