export const en = {
  title: 'SQL',
  explain: 'Spans, traces, rates, operations and logs as tables, within the time above.',
  toSearch: 'Search traces and spans',
  statement: 'Statement',
  run: 'Run',
  rows: (count: string, rows: number) => (rows === 1 ? `${count} row` : `${count} rows`),
  truncated: 'there are more: say LIMIT, or take all of them as a file',
  download: (format: string) => `Download ${format}`,
  copy: 'Copy link',
  tables: 'Tables and columns',
  offer: {
    tables: 'Tables',
    columns: 'Columns',
    functions: 'Functions',
    keywords: 'Words of SQL',
    keys: 'Keys that have arrived',
  },
  answer: 'Answer',
  chart: (names: string) => `Over time: ${names}`,
  nothing: 'No row',
  nothingHint: 'The statement is answered; nothing fits it in this time.',
  examples: 'Try one',
  example: {
    routes: 'The slowest routes',
    versions: 'Errors by version',
    statements: 'Slow statements of databases',
    minutes: 'Requests and errors by the minute',
  },
};

export type SqlText = typeof en;
