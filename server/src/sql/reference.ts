/** The reference of the tables and functions, as Markdown: `npm run gen` writes it. */
import {functionGroups} from './functions.ts';
import {sqlTables} from './tables.ts';
import {compoundTypes, plainTypes, sizedTypes} from './types.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|');
const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

export const renderSqlReference = (): string =>
  [
    '# SQL: tables, functions, types',
    '',
    '<!-- Made by `npm run gen` from server/src/sql; do not edit. -->',
    '',
    'What `/api/weft/v1/sql`, `./weft query` and the page understand. How to ask is in [Ask in SQL](../how-to/sql.md). A statement is a',
    'SELECT in the SQL of [ClickHouse](https://clickhouse.com/docs/sql-reference/statements/select), with WITH (RECURSIVE too), joins,',
    'ARRAY JOIN, subqueries, UNION, INTERSECT and EXCEPT, window functions, LIMIT BY and WITH FILL; or EXPLAIN with one, DESCRIBE with',
    'the name of a table, or SHOW TABLES. It has no SETTINGS, no FORMAT and no INTO. Every table has the rows of one tenant only.',
    '',
    '## Tables',
    '',
    'Rows can also be made: `numbers(10)`, `generateSeries(1, 10, 2)`.',
    '',
    ...sqlTables.flatMap(({name, description, columns}) => [
      `### \`${name}\``,
      '',
      description,
      '',
      '| column | type | meaning |',
      '|---|---|---|',
      ...columns.map((column) => `| \`${column.name}\` | \`${cell(column.type)}\` | ${cell(column.description)} |`),
      '',
    ]),
    '## Functions',
    '',
    "Names are taken in any case; ClickHouse's documentation says what each does. Others are refused. Aggregates also with `If`, `Array`,",
    '`Map`, `Distinct`, `OrNull`, `OrDefault`, `ForEach`, `ArgMin` and `ArgMax` behind their name (`countIf`), `FILTER (WHERE …)` and `OVER`.',
    '',
    ...Object.entries(functionGroups).flatMap(([group, names]) => [`- **${group}**: ${code(names.split(' '))}`]),
    '',
    '## Types',
    '',
    `A cast or a parameter may name ${code([...plainTypes, ...sizedTypes, ...compoundTypes])}, and standard SQL's names for these.`,
    '',
  ].join('\n');
