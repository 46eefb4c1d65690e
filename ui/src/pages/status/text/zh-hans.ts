import type {StatusText} from './en.ts';

export const zhHans: StatusText = {
  status: {
    title: '状态',
    version: '版本',
    uptime: '运行时间',
    since: (text) => `自 ${text} 起`,
    endpoints: '地址',
    use: '用途',
    address: '地址',
    name: '名称',
    nameHint: 'endpoints.json 中的名称',
    copyAddress: '复制地址',
    store: '存储',
    storeKind: {embedded: '内嵌 ClickHouse', clickhouse: 'ClickHouse 服务器'},
    state: {ready: '就绪', unavailable: '不可用'},
    stateHint: '已确认收到的数据安全地保存在磁盘上，引擎恢复后会立即写入。',
    spans: 'Span',
    logs: '日志',
    metricPoints: '指标数据点',
    disk: '磁盘用量',
    perSpan: (bytes) => `每个 span ${bytes}`,
    spooled: '等待写入',
    spooledHint: '已确认并保存在磁盘上，但还不能查询',
    arriving: (rate) => `接收速率 ${rate}`,
  },
};
