import type {ServicesText} from './en.ts';

export const zhHant: ServicesText = {
  services: {
    title: '服務',
    name: '服務',
    rate: '速率',
    errors: '錯誤',
    p50: 'P50',
    p95: 'P95',
    p99: 'P99',
    table: '各服務的速率、錯誤與耗時',
    nothing: '這段時間內沒有服務處理過請求。',
    nothingHint: '這裡只計算伺服端與消費者 span。請選擇較長的時間範圍，或查看追蹤。',
    requests: (_, text, time) => `${time}內 ${text} 個請求`,
    showSampling: (name) => `${name} 的取樣與日誌層級`,
    showErrors: (name) => `${name} 失敗的追蹤`,
    showSlow: (name, quantile) => `${name} 中慢於 ${quantile} 的追蹤`,
    explain: '各服務處理的請求：其伺服端與消費者 span。',
    since: (time, at) => `速率以 ${time} 計算：這段時間內的第一個 span 始於 ${at}。`,
  },
};
