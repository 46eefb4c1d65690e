import {expect, test} from 'vitest';
import {fitCommands} from './palette-fit.ts';

const commands = [
  {group: 'Pages', name: 'Traces'},
  {group: 'Pages', name: 'Services'},
  {group: 'Service', name: 'order'},
  {group: 'Service', name: 'gateway'},
  {group: 'Look', name: 'Dark'},
];
const f = (query: string) =>
  fitCommands(commands, query)
    .map((command) => command.name)
    .join(' ');

test.each([
  ['', 'Traces Services order gateway Dark'],
  ['order', 'order'],
  ['SERV', 'Services order gateway'],
  ['service gate', 'gateway'],
  ['da', 'Dark'],
  ['zzz', ''],
])('palette fit: %j finds %j', (query, names) => expect(f(query)).toBe(names));

test('palette fit: a group with a name that begins with the query comes first', () =>
  expect(
    fitCommands(
      [
        {group: 'A', name: 'big'},
        {group: 'B', name: 'gap'},
      ],
      'g',
    ).map((command) => command.name),
  ).toEqual(['gap', 'big']));
