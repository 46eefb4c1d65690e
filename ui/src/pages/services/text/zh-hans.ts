import type {ServicesText} from './en.ts';

export const zhHans: ServicesText = {
  services: {
    title: '服务',
    name: '服务',
    rate: '速率',
    errors: '错误',
    p50: 'P50',
    p95: 'P95',
    p99: 'P99',
    table: '各服务的速率、错误与耗时',
    nothing: '这段时间内没有服务处理过请求。',
    nothingHint: '这里只计算服务端与消费者 span。请选择更长的时间范围，或查看链路。',
    requests: (_, text, time) => `${time}内 ${text} 个请求`,
    showSampling: (name) => `${name} 的采样与日志级别`,
    showErrors: (name) => `${name} 失败的链路`,
    showSlow: (name, quantile) => `${name} 中慢于 ${quantile} 的链路`,
    explain: '各服务处理的请求：其服务端与消费者 span。',
    since: (time, at) => `速率按 ${time} 计算：这段时间内的第一个 span 始于 ${at}。`,
  },
};
