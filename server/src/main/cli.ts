/** The command line: `weft COMMAND`. One table of commands; help and errors are made from it. */
import {errorMessage, version} from '../base/index.ts';
import {type Command, UsageError} from './command.ts';
import {checkConfigCommand} from './command-check-config.ts';
import {demoCommand} from './command-demo.ts';
import {doctorCommand} from './command-doctor.ts';
import {logLevelCommand} from './command-log-level.ts';
import {queryCommand} from './command-query.ts';
import {samplingCommand} from './command-sampling.ts';
import {serveCommand} from './command-serve.ts';
import {traceCommand} from './command-trace.ts';

const commands: readonly Command[] = [
  serveCommand,
  demoCommand,
  checkConfigCommand,
  doctorCommand,
  queryCommand,
  samplingCommand,
  logLevelCommand,
  traceCommand,
];

async function main(args: readonly string[]): Promise<number> {
  const isFlag = args[0]?.startsWith('-') && !['--version', '-v', '--help', '-h'].includes(args[0]);
  const [name, ...rest] = isFlag ? [serveCommand.name, ...collectorFlags(args)] : args;
  if (name === '--version' || name === '-v' || name === 'version') {
    console.log(`weft ${version}`);
    return 0;
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const topic = commands.find((command) => command.name === rest[0]);
    console.log(topic === undefined ? overview() : helpOf(topic));
    return name === undefined ? 2 : 0;
  }
  const command = commands.find((each) => each.name === name);
  if (command === undefined) {
    console.error(
      `weft: there is no command "${name}". Commands: ${commands.map((each) => each.name).join(', ')}. See weft --help`,
    );
    return 2;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(helpOf(command));
    return 0;
  }
  try {
    return await command.run(rest);
  } catch (error) {
    console.error(`weft ${command.name}: ${errorMessage(error)}`);
    if (error instanceof UsageError) {
      console.error(`See weft ${command.name} --help`);
      return 2;
    }
    return 1;
  }
}

/**
 * Flags without a command are `serve`'s, as the Collector's image is started. Go takes one dash where Node wants two, and
 * feature gates are the Collector's own.
 */
function collectorFlags(args: readonly string[]): string[] {
  const flags = args.map((arg) => arg.replace(/^-(?=(config|set|feature-gates)(=|$))/, '--'));
  const at = flags.findIndex((flag) => /^--feature-gates(=|$)/.test(flag));
  if (at < 0) return flags;
  console.error('weft: --feature-gates has no effect: there are none');
  return flags.toSpliced(at, flags[at] === '--feature-gates' ? 2 : 1);
}

function overview(): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  return [
    `Weft ${version}: distributed tracing and observability in one process.`,
    '',
    'Usage: weft COMMAND [FLAGS]',
    '',
    ...commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    'weft COMMAND --help tells its flags. Flags without a command are those of serve. First time here? weft demo',
  ].join('\n');
}

function helpOf(command: Command): string {
  const flags = Object.entries(command.flags).map(([name, flag]) => [
    `--${name}${flag.value === undefined ? '' : ` ${flag.value}`}`,
    flag.help + (flag.default === undefined ? '' : ` (default: ${flag.default})`),
  ]);
  const width = Math.max(0, ...flags.map(([flag]) => flag!.length));
  return [
    command.summary,
    '',
    `Usage: weft ${command.name}${command.usage === undefined ? '' : ` ${command.usage}`} [FLAGS]`,
    ...(command.details === undefined ? [] : ['', command.details]),
    ...(flags.length === 0 ? [] : ['', ...flags.map(([flag, help]) => `  ${flag!.padEnd(width)}  ${help}`)]),
  ].join('\n');
}

process.exitCode = await main(process.argv.slice(2));
// All that has to be safe is. What did not drain in time, such as a request that nobody answers, must not keep the process.
setTimeout(() => process.exit(), 250).unref();
