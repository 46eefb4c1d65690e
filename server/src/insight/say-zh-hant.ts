import type {Language, Told} from './say.ts';

const where = ({service, operation}: Told): string => (operation === '' ? service : `${service}「${operation}」`);
const told = (message: string | undefined): string => (message === undefined ? '' : `：「${message}」`);

export const zhHant: Language = {
  errors: {
    deadlock: '死結',
    lock_timeout: '等待鎖逾時',
    pool_closed: '連線池已關閉',
    pool_exhausted: '連線池耗盡',
    circuit_open: '斷路器開啟',
    connection_lost: '連線中斷',
    refused: '連線遭拒',
    dns: '無法解析名稱',
    tls: 'TLS 失敗',
    rate_limited: '超過速率限制',
    out_of_memory: '記憶體不足',
    disk_full: '磁碟已滿',
    wrong_type: '資料型別不符',
    constraint: '違反約束條件',
    bad_statement: '陳述式無效',
    access_denied: '拒絕存取',
    timeout: '逾時',
    cancelled: '已取消',
    bug: '程式錯誤',
    unavailable: '無法使用',
    not_found: '找不到',
    invalid: '請求無效',
    server_error: '伺服器錯誤',
    unknown: '類別不明的錯誤',
  },
  work: {
    code: '自身程式',
    database: '資料庫',
    cache: '快取',
    messaging: '訊息',
    network: '網路',
    external: '外部呼叫',
    backoff: '重試等待',
    pool: '等待連線池',
    lock: '等待鎖',
    queue: '佇列等待',
  },
  protocols: {
    grpc: 'gRPC',
    rpc: 'RPC',
    http: 'HTTP',
    database: '資料庫',
    cache: '快取',
    messaging: '訊息',
    other: '其他',
  },
  findings: {
    error: (t) => ({
      title: `錯誤：${t.error}`,
      sentence: `錯誤源頭是 ${where(t)}${t.version === undefined ? '' : `（版本 ${t.version}）`}，類別為${t.error}${told(t.message)}${t.noticeable ? `，發生於 ${t.longest} 之後` : ''}${t.way.length > 1 ? `，並一路往上傳到 ${t.way.slice(1).join('、')}` : ''}${t.waitedFor === undefined ? '' : `；當時正在等待 ${t.waitedFor}`}。`,
      disprove: `有請求在 ${where(t)} 沒有失敗時仍然失敗，或遇到相同錯誤仍然成功`,
    }),
    healed_error: (t) => ({
      title: `重試後已恢復：${t.error}`,
      sentence: `${where(t)} 失敗 ${t.count} 次，類別為${t.error}${told(t.message)}；之後的嘗試成功。`,
      disprove: '之後的嘗試做的其實是另一件事',
    }),
    handled_error: (t) => ({
      title: `未往上傳的錯誤：${t.error}`,
      sentence: `${where(t)} 失敗 ${t.count} 次，類別為${t.error}${told(t.message)}；呼叫端略過後繼續。`,
      disprove: '回應仍然完整且正確',
    }),
    retry_backoff: (t) => ({
      title: `重試等待 ${t.nanos}`,
      sentence: `${t.service} 在「${t.operation}」的各次嘗試之間等待了 ${t.nanos}（佔時間的 ${t.share}）${t.failed === undefined || t.failed === 0 ? '' : `，其中 ${t.failed} 次嘗試失敗${told(t.message)}`}。`,
      disprove: `${t.service} 在等待期間有 span 正在處理`,
    }),
    pool_wait: (t) => ({
      title: `等待連線池 ${t.nanos}`,
      sentence: `${t.service} 在「${t.operation}」為了從連線池取得連線等待了 ${t.nanos}（佔時間的 ${t.share}）：連線都已被佔用，慢的不是陳述式本身。`,
      disprove: `${t.service} 的連線池當時有閒置連線（則是建立連線慢）`,
    }),
    lock_wait: (t) => ({
      title: `等待鎖 ${t.nanos}`,
      sentence: `${where(t)} 等待鎖 ${t.nanos}（佔時間的 ${t.share}）。`,
      disprove: '當時沒有其他持有者',
    }),
    queue_wait: (t) => ({
      title: `在佇列中 ${t.nanos}`,
      sentence: `在 ${where(t)} 之前，訊息在佇列中等待了 ${t.nanos}（佔時間的 ${t.share}）。`,
      disprove: '消費端當時閒置，或時鐘不一致',
    }),
    network_time: (t) => ({
      title: `用戶端與伺服器端之間 ${t.nanos}`,
      sentence: `呼叫 ${where(t)}${t.peer === undefined ? '' : `（至 ${t.peer}）`}有 ${t.nanos}（佔時間的 ${t.share}）花在用戶端與伺服器端之間：網路、建立連線，或伺服器忙到無法開始。`,
      disprove: '代理或連線池本身也出現相同的等待',
    }),
    cold_start: (t) => ({
      title: `冷啟動 ${t.nanos}`,
      sentence: `${where(t)} 以 ${t.nanos} 的冷啟動開始（佔時間的 ${t.share}）。`,
      disprove: '執行中的執行個體也有相同延遲',
    }),
    slow_statement: (t) => ({
      title: `慢陳述式：${t.longest}`,
      sentence: `${where(t)} 的一個陳述式花了 ${t.longest}（佔時間的 ${t.share}）${t.statement === undefined ? '' : `：${t.statement}`}。${t.writes ? '它會更改資料列，很可能在等待另一個交易持有的鎖。' : '它讀取的資料很可能遠多於傳回的資料，例如缺少索引：請檢視執行計畫。'}`,
      disprove: t.writes
        ? '當時沒有其他交易處理相同的資料列'
        : '執行計畫（EXPLAIN）有使用索引，或相同的值再執行一次很快',
    }),
    slow_call: (t) => ({
      title: `慢的外部呼叫：${t.longest}`,
      sentence: `${where(t)} 呼叫${t.peer === undefined ? '的外部系統' : ` ${t.peer}`} 花了 ${t.longest}${t.count > 1 ? `（${t.count} 次，共 ${t.nanos}）` : ''}，佔時間的 ${t.share}；對方不送 span，因此不知道它做了什麼。`,
      disprove: '對方的日誌顯示很快（則是網路或用戶端慢）',
    }),
    unexplained_time: (t) => ({
      title: `${t.nanos} 沒有 span 說明`,
      sentence: `${where(t)} 有 ${t.nanos}（佔時間的 ${t.share}）花在${t.isCode ? '自身的處理，或未追蹤的呼叫' : '各次呼叫之間、沒有 span 說明的事'}。`,
      disprove: '對該服務做效能剖析，或在該處加上 span',
    }),
    slow_consumer: (t) => ({
      title: '消費端跟不上',
      sentence: `${where(t)} 跟不上${t.peer === undefined ? '' : ` ${t.peer}`}：${[...(t.age === undefined ? [] : [`訊息最久已等待 ${t.age}`]), ...(t.lag === undefined ? [] : [`還有 ${t.lag} 則在等待`])].join('，')}${t.noticeable ? `；一則訊息最長需要 ${t.longest}` : ''}。`,
      disprove: '積壓量逐批減少',
    }),
    slower_than_usual: (t) => ({
      title: `比平時慢：${t.nanos}`,
      sentence: `${where(t)} 花了 ${t.nanos}（佔時間的 ${t.share}），${t.usual === undefined ? '而同一操作的其他追蹤沒有這一步' : `平時為 ${t.usual}`}（${t.traces} 筆追蹤）。`,
      disprove: '同類的請求（例如大小相同）也一樣久',
    }),
    repeated_statement: (t) => ({
      title: `同一陳述式執行 ${t.count} 次（N+1）`,
      sentence: `${t.service} 在一個請求中把同一陳述式送出 ${t.count} 次（${t.nanos}，佔時間的 ${t.share}）${t.statement === undefined ? '' : `：${t.statement}`}。合併成一個即可。`,
      disprove: '每次的值都要等前一次的結果才知道',
    }),
    chatty_edge: (t) => ({
      title: `${t.count} 次相同的呼叫${t.peer === undefined ? '' : `至 ${t.peer}`}`,
      sentence: `${t.service} 在一個請求中${t.peer === undefined ? '' : `對 ${t.peer} `}做了 ${t.count} 次相同的呼叫「${t.operation}」（${t.nanos}，佔時間的 ${t.share}）。合併成一次即可。`,
      disprove: '對方的 API 沒有批次呼叫',
    }),
    serial_calls: (t) => ({
      title: `${t.count} 次呼叫依序進行`,
      sentence: `${t.service} ${t.peer === undefined ? '' : `對 ${t.peer} `}依序做了 ${t.count} 次呼叫「${t.operation}」（共 ${t.nanos}，最長 ${t.longest}）；若並行，只需最長那次的時間。`,
      disprove: '某次呼叫需要前一次的回應',
    }),
    lost_context: (t) => ({
      title: '追蹤從中途開始',
      sentence: `這筆追蹤從 ${where(t)} 開始，而它平常由 ${t.callers.join('、')} 呼叫${t.peer === undefined ? '' : `（這次是「${t.peer}」）`}：呼叫端很可能沒有送出追蹤情境，追蹤因此斷成兩段。`,
      disprove: '呼叫端本來就沒有追蹤，例如指令碼',
    }),
    sensitive_data: (t) => ({
      title: '屬性中有敏感資料',
      sentence: `${t.service} 的 span 在 ${t.keys.join('、')} 中帶有敏感資料。`,
      disprove: '只是看起來像，例如測試資料',
    }),
    unbounded_name: (t) => ({
      title: 'span 名稱無上限',
      sentence: `${t.service} 以每個請求都不同的內容命名 span（「${t.name}」）：操作清單與指標會無限增長。`,
      disprove: '該值其實只有幾種',
    }),
    low_sampling: (t) => ({
      title: `只保留 ${t.probability} 的追蹤`,
      sentence: `${t.service} 只保留 ${t.probability} 的追蹤，且在開始時就決定：慢的與失敗的請求大多遺失。`,
      disprove: '別處另有規則保留慢的與失敗的請求',
    }),
  },
  headline: ({service, operation, duration, failed, healthy, spans}) =>
    `${service}「${operation}」${failed ? `在 ${duration} 後失敗` : `耗時 ${duration}`}（${spans} 個 span）${healthy ? (failed ? '；沒有 span 說明原因。' : '；沒有異常。') : '。'}`,
  time: (parts) => `時間花在：${parts.map(({name, share}) => `${name} ${share}`).join('、')}。`,
  slowest: ({service, operation, duration}) => `最慢的步驟：${service}「${operation}」（${duration}）。`,
  calls: (calls) => `呼叫：${calls.join(' + ')}。`,
  check: (text) => `可推翻此說法的證據：${text}。`,
  notes: {
    omitted: (count) => `追蹤另有 ${count} 個 span 未納入分析。`,
    missing_parents: (count) => `${count} 個 span 的父 span 未抵達；說明可能不完整。`,
    cycles: (count) => `${count} 個 span 的父 span 形成循環，已切斷。`,
    several_roots: (count) => `這筆追蹤有 ${count} 個根 span。`,
    ends_before_start: (count) => `${count} 個 span 的結束早於開始，耗時以 0 計。`,
    after_parent: (count) => `${count} 個 span 在父 span 結束後才開始：沒有人等待的工作，或父 span 太早結束。`,
    no_name: (count) => `${count} 個 span 沒有名稱。`,
    repeated_ids: (count) => `${count} 個 span 的 ID 與其他 span 重複。`,
    clock_skew: (count, name, nanos) => `${name} 的時鐘相差 ${nanos}；分析時移動了 ${count} 個 span。`,
  },
  join: '',
  empty: '這筆追蹤沒有 span。',
};
