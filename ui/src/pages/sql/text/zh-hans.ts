import type {SqlText} from './en.ts';

export const zhHans: SqlText = {
  title: 'SQL',
  explain: '以表的形式查询 span、trace、速率、操作和日志，限于上方的时间范围。',
  toSearch: '搜索 trace 和 span',
  statement: '语句',
  run: '运行',
  rows: (count) => `${count} 行`,
  truncated: '还有更多行：请使用 LIMIT，或下载全部',
  download: (format) => `下载 ${format}`,
  copy: '复制链接',
  tables: '表和列',
  offer: {tables: '数据表', columns: '列', functions: '函数', keywords: 'SQL 关键字', keys: '已收到的键'},
  answer: '结果',
  chart: (names) => `随时间变化：${names}`,
  nothing: '没有行',
  nothingHint: '语句已执行，但这段时间内没有符合的数据。',
  examples: '试试这些',
  example: {
    routes: '最慢的路由',
    versions: '按版本统计错误',
    statements: '数据库慢语句',
    minutes: '每分钟的请求和错误',
  },
};
