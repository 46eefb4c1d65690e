/** Regular expressions of configurations. */
import {compilePattern, noPattern, type Pattern} from '../regexp/index.ts';
import {textOf} from './node.ts';
import type {ConfigType} from './schema.ts';

/** A regular expression of Go. */
export const goRegExp: ConfigType<Pattern> = {
  label: 'regular expression',
  read(node, report) {
    const written = textOf(node);
    const compiled = written === undefined ? 'expected a regular expression' : compilePattern(written);
    if (typeof compiled !== 'string') return compiled;
    report.fault(node.at, written === undefined ? compiled : `${compiled}, in "${written}"`);
    return noPattern;
  },
};
