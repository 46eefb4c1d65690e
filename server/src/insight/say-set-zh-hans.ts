import type {SetLanguage, ToldStep} from './say-set.ts';

const where = ({service, operation}: ToldStep): string => `${service}“${operation}”`;
const because = ({explains}: ToldStep): string => (explains === undefined ? '' : `，占多出时间的 ${explains}`);
const alike = ([first = '', ...twins]: readonly string[]): string =>
  twins.length === 0 ? first : `${first}（总是伴随 ${twins.join('、')}）`;

export const setZhHans: SetLanguage = {
  headline: ({traces, others, p50, otherP50, failed, otherFailed, few}) => {
    const took = few === undefined ? `耗时中位数 ${p50}` : `耗时 ${few.took.join(' 和 ')}`;
    const fails =
      few === undefined
        ? `失败 ${failed}`
        : few.took.length === 1
          ? ['没有失败', '失败'][few.failed]
          : ['都没有失败', '其中 1 条失败', '都失败'][few.failed];
    const than =
      others === undefined
        ? ['', '', '']
        : [`，对照其他 ${others} 条`, `，其他中位数 ${otherP50}`, `，其他失败 ${otherFailed}`];
    return `选中 ${traces} 条链路${than[0]}：${took}${than[1]}；${fails}${than[2]}。`;
  },
  sampled: (traces, others) => `实际查看样本：选中 ${traces} 条${others === undefined ? '' : `，其他 ${others} 条`}。`,
  finding: ({traces, of, share, otherShare, sentence}) =>
    of === 1
      ? `这条链路${otherShare === undefined ? '' : `（其他为 ${otherShare}）`}：${sentence}`
      : `${of} 条中有 ${traces} 条（${share}${otherShare === undefined ? '' : `；其他为 ${otherShare}`}）：${sentence}`,
  period: ({period, times}) => `大约每 ${period} 重复一次（共出现 ${times} 次）。`,
  more: ({names, share, otherShare}) => `共同点是 ${alike(names)}：占 ${share}，其他为 ${otherShare}。`,
  less: ({names, share, otherShare}) => `大多缺少 ${alike(names)}：占 ${share}，其他为 ${otherShare}。`,
  steps: {
    slower: (s) => `${s.share} 在 ${where(s)} 花了 ${s.nanos}，平时为 ${s.usual}${because(s)}。`,
    more_calls: (s) => `调用 ${where(s)} ${s.calls} 次，平时为 ${s.usualCalls} 次${because(s)}。`,
    failing: (s) => `${where(s)} 在其中 ${s.share} 失败，其他为 ${s.otherShare}。`,
    only: (s) => `${s.share} 有 ${where(s)}（${s.nanos}），其他为 ${s.otherShare}${because(s)}。`,
    missing: (s) => `${s.share} 有 ${where(s)}，其他为 ${s.otherShare}。`,
  },
  names: {
    service: (service) => `服务 ${service}`,
    operation: (service, operation) => `${service}“${operation}”`,
    failed: (service, operation) => `${service}“${operation}”失败`,
    root: (service, operation) => `起点 ${service}“${operation}”`,
    has: (key) => `属性 ${key}`,
    duration: '耗时',
    spans: 'span 数',
  },
  disproveFeature: (name) => `带有 ${name} 却正常的链路`,
  check: (text) => `可推翻此说法的证据：${text}。`,
  nothing: '与其他链路相比，没有明显的不同。',
  none: '所选范围内没有链路。',
  noBaseline: '没有其他链路可供对照。',
  join: '',
};
