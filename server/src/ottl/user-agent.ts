/** Browsers and operating systems of user agents, by the database of uap-core, read as the Collector's parser (uap-go) reads it. */
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {parse} from 'yaml';
import {bug} from '../base/index.ts';
import {compilePattern, expand, type Pattern} from '../regexp/index.ts';

export interface UserAgent {
  readonly browser: Product;
  readonly system: Product;
}
/** `Other` and no version where nothing in the database matches. */
interface Product {
  readonly name: string;
  readonly version: string;
}

/** What matches says what the product is: templates with the groups of the match. */
interface Rule {
  readonly pattern: Pattern;
  readonly name: string;
  readonly version: readonly string[];
}

/** Characters that are looked at. Agents are shorter, and each new text is held against some 550 patterns. */
const maxLength = 1024;
/** Texts whose answers are kept. */
const maxKnown = 4096;

export type UserAgentParser = (text: string) => UserAgent;

/** The parser, which is made once for all statements: a second of work. */
export function userAgentParser(): UserAgentParser {
  parser ??= createParser();
  return parser;
}
let parser: UserAgentParser | undefined;

function createParser(): UserAgentParser {
  const {browsers, systems} = readDatabase();
  const known = new Map<string, UserAgent>();
  return (text) => {
    // A copy, since a part of a long text would keep the whole of it in memory.
    const agent = text.length > maxLength ? Buffer.from(text.slice(0, maxLength)).toString() : text;
    let result = known.get(agent);
    if (result === undefined) {
      result = {browser: firstOf(browsers, agent), system: firstOf(systems, agent)};
      const [oldest] = known.keys();
      if (known.size >= maxKnown) known.delete(oldest as string);
      known.set(agent, result);
    }
    return result;
  };
}

/** By the first rule that matches and gives a name. */
function firstOf(rules: readonly Rule[], text: string): Product {
  let version = '';
  for (const rule of rules) {
    const match = rule.pattern.exec(text);
    if (match === undefined) continue;
    const [major = '', ...minors] = rule.version.map((template) => expand(template, match));
    version = [major, ...minors.filter((part) => part !== '').map((part) => `.${part}`)].join('');
    const name = expand(rule.name, match);
    if (name !== '') return {name, version};
  }
  return {name: 'Other', version};
}

type Entry = Readonly<Record<string, string>>;

function readDatabase(): {readonly browsers: readonly Rule[]; readonly systems: readonly Rule[]} {
  const text = readFileSync(createRequire(import.meta.url).resolve('uap-core/regexes.yaml'), 'utf8');
  // The third part, devices, is as large as the others together, and nobody asks for it.
  const [used = ''] = text.split('\ndevice_parsers:');
  const parts = parse(used, {schema: 'failsafe'}) as Readonly<Record<'user_agent_parsers' | 'os_parsers', Entry[]>>;
  return {
    browsers: parts.user_agent_parsers.map((entry) =>
      ruleOf(entry, 'family_replacement', ['v1_replacement', 'v2_replacement', 'v3_replacement']),
    ),
    systems: parts.os_parsers.map((entry) =>
      ruleOf(entry, 'os_replacement', [
        'os_v1_replacement',
        'os_v2_replacement',
        'os_v3_replacement',
        'os_v4_replacement',
      ]),
    ),
  };
}

/** Where an entry has no template, the groups stand for the name and the parts of the version in their order. */
function ruleOf(entry: Entry, name: string, version: readonly string[]): Rule {
  const {regex = '', regex_flag: flags} = entry;
  const pattern = compilePattern(flags === undefined ? regex : `(?${flags})${regex}`);
  if (typeof pattern === 'string') return bug(`uap-core: ${pattern}`);
  return {
    pattern,
    name: entry[name] || '$1',
    version: version.map((key, index) => entry[key] || `$${index + 2}`),
  };
}
