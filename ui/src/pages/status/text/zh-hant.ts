import type {StatusText} from './en.ts';

export const zhHant: StatusText = {
  status: {
    title: '狀態',
    version: '版本',
    uptime: '執行時間',
    since: (text) => `自 ${text} 起`,
    endpoints: '位址',
    use: '用途',
    address: '位址',
    name: '名稱',
    nameHint: 'endpoints.json 中的名稱',
    copyAddress: '複製位址',
    store: '儲存',
    storeKind: {embedded: '內嵌 ClickHouse', clickhouse: 'ClickHouse 伺服器'},
    state: {ready: '就緒', unavailable: '無法使用'},
    stateHint: '已確認收到的資料安全地存在磁碟上，引擎恢復後會立即寫入。',
    spans: 'Span',
    logs: '日誌',
    metricPoints: '指標資料點',
    disk: '磁碟用量',
    perSpan: (bytes) => `每個 span ${bytes}`,
    spooled: '等待寫入',
    spooledHint: '已確認並存於磁碟，但還不能查詢',
    arriving: (rate) => `接收速率 ${rate}`,
  },
};
