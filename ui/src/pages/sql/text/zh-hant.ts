import type {SqlText} from './en.ts';

export const zhHant: SqlText = {
  title: 'SQL',
  explain: '以資料表的形式查詢 span、trace、速率、操作和日誌，限於上方的時間範圍。',
  toSearch: '搜尋 trace 和 span',
  statement: '陳述式',
  run: '執行',
  rows: (count) => `${count} 列`,
  truncated: '還有更多列：請使用 LIMIT，或下載全部',
  download: (format) => `下載 ${format}`,
  copy: '複製連結',
  tables: '資料表和欄位',
  offer: {tables: '資料表', columns: '欄位', functions: '函式', keywords: 'SQL 關鍵字', keys: '已收到的鍵'},
  answer: '結果',
  chart: (names) => `隨時間變化：${names}`,
  nothing: '沒有資料列',
  nothingHint: '陳述式已執行，但這段時間內沒有符合的資料。',
  examples: '試試這些',
  example: {
    routes: '最慢的路由',
    versions: '依版本統計錯誤',
    statements: '資料庫慢陳述式',
    minutes: '每分鐘的請求和錯誤',
  },
};
