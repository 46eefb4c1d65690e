/** `weft check-config`: every fault of a configuration with its place, and what it would run. */
import {errorMessage} from '../base/index.ts';
import {registry} from '../collector/index.ts';
import {formatFault} from '../config/index.ts';
import {ComponentFaults, explainConfig, loadConfig, storesNothing} from '../pipeline/index.ts';
import {type Command, readFlags} from './command.ts';

const flags = {
  config: {
    value: 'FILE',
    multiple: true,
    help: 'As for serve: a file, yaml:TEXT or env:NAME; beside the files that are named',
  },
  set: {value: 'PATH=VALUE', multiple: true, help: 'One setting, stronger than the files; may be repeated'},
  explain: {help: 'Print the graph that would run: order, who edits, what is copied, addresses, settings'},
} as const;

export const checkConfigCommand: Command = {
  name: 'check-config',
  summary: 'Check a configuration: every fault with file, line and column, before anything starts.',
  usage: '[FILE…]',
  details:
    'Later files are merged over earlier ones, as by serve. Without any, the built-in configuration. Exits 0 where it is sound (there may be warnings), 1 where it is not.',
  flags,
  async run(args) {
    const values = readFlags(flags, args, Number.POSITIVE_INFINITY);
    const configs = [...values.all('config'), ...values.words];
    const loaded = await loadConfig({configs, sets: values.all('set'), env: process.env, registry});
    for (const warning of loaded.warnings) console.log(`warning: ${formatFault(warning)}`);
    if (loaded.kind === 'faulty') return told(loaded.faults.map(formatFault));
    let explained: readonly string[];
    try {
      explained = await explainConfig(loaded.config);
    } catch (error) {
      return told(error instanceof ComponentFaults ? error.faults.map(formatFault) : [errorMessage(error)]);
    }
    const unstored = storesNothing(loaded.config);
    if (unstored !== undefined) console.log(`note: ${unstored}`);
    const ids = loaded.config.pipelines.map(({id}) => id);
    const count = ids.length === 1 ? '1 pipeline' : `${ids.length} pipelines`;
    console.log(values.on('explain') ? explained.join('\n') : `sound: ${count} (${ids.join(', ')})`);
    return 0;
  },
};

function told(faults: readonly string[]): number {
  for (const fault of faults) console.log(`fault: ${fault}`);
  console.log(faults.length === 1 ? '1 fault' : `${faults.length} faults`);
  return 1;
}
