/** Converters of formats that logs have: grok, and CEF, CLF, ELF and LEEF of the processor `transform`. */
import type {Frame} from './frame.ts';
import {type Argument, ArgumentFault, converter, type FunctionDefinition, may, needs} from './function.ts';
import {compileGrok, type Grok} from './grok.ts';
import {parseCef, parseClf, parseElf, parseLeef} from './log-formats.ts';
import {compiledArgument} from './patterns.ts';

function grokArgument(
  pattern: Argument<string>,
  namedOnly: boolean,
  definitions: readonly string[],
): (frame: Frame) => Grok {
  return compiledArgument('pattern', pattern, (text) => {
    const made = compileGrok(text, namedOnly, definitions);
    if (typeof made === 'string' || made.captures > 0 || !namedOnly) return made;
    return 'expected a named part such as %{NUMBER:count}';
  });
}

export const grokConverters: readonly FunctionDefinition[] = [
  converter(
    'ExtractGrokPatterns',
    'A map of the named parts of a grok pattern in a text; empty where it does not match.',
    {
      target: needs('string'),
      pattern: needs('string'),
      namedCapturesOnly: may('literal bool'),
      patternDefinitions: may('literal strings'),
    },
    ({target, pattern, namedCapturesOnly = false, patternDefinitions = []}) => {
      const grok = grokArgument(pattern, namedCapturesOnly, patternDefinitions);
      return (frame) => grok(frame).match(target.get(frame));
    },
  ),
];

const ofLogs = {contexts: ['log']} as const;

export const logConverters: readonly FunctionDefinition[] = [
  converter(
    'ParseCEF',
    'A map of a message in the Common Event Format.',
    {target: needs('string')},
    ({target}) =>
      (frame) =>
        parseCef(target.get(frame)),
    ofLogs,
  ),
  converter(
    'ParseCLF',
    'A map of an access log entry in the Common Log Format (`clf`) or the combined one (`combined`).',
    {target: needs('string'), format: may('literal string')},
    ({target, format = 'clf'}) => {
      if (format !== 'clf' && format !== 'combined')
        throw new ArgumentFault('format', `expected clf or combined, found ${format}`);
      return (frame) => parseClf(target.get(frame), format === 'combined');
    },
    ofLogs,
  ),
  converter(
    'ParseELF',
    'A map of a block in the W3C Extended Log Format.',
    {target: needs('string')},
    ({target}) =>
      (frame) =>
        parseElf(target.get(frame)),
    ofLogs,
  ),
  converter(
    'ParseLEEF',
    'A map of a message in the Log Event Extended Format.',
    {target: needs('string')},
    ({target}) =>
      (frame) =>
        parseLeef(target.get(frame)),
    ofLogs,
  ),
];
