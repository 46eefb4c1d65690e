/** One table of commands; help and errors are made from it. A command is loaded when it is named. */
import {errorMessage, version} from '../base/index.ts';
import {type Command, UsageError} from './command.ts';
import type {HeadStart} from './head-start.ts';

/** In the order of the help. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./command-serve.ts')).serveCommand,
  demo: async () => (await import('./command-demo.ts')).demoCommand,
  'check-config': async () => (await import('./command-check-config.ts')).checkConfigCommand,
  doctor: async () => (await import('./command-doctor.ts')).doctorCommand,
  mcp: async () => (await import('./command-mcp.ts')).mcpCommand,
  mend: async () => (await import('./command-mend.ts')).mendCommand,
  explain: async () => (await import('./command-explain.ts')).explainCommand,
  service: async () => (await import('./command-service.ts')).serviceCommand,
  graph: async () => (await import('./command-graph.ts')).graphCommand,
  query: async () => (await import('./command-query.ts')).queryCommand,
  sampling: async () => (await import('./command-sampling.ts')).samplingCommand,
  'log-level': async () => (await import('./command-log-level.ts')).logLevelCommand,
  tail: async () => (await import('./command-tail.ts')).tailCommand,
  trace: async () => (await import('./command-trace.ts')).traceCommand,
};

/** Runs the command and resolves to its exit code. */
export async function runCommand(args: readonly string[], start?: HeadStart): Promise<number> {
  const isFlag = args[0]?.startsWith('-') && !['--version', '-v', '--help', '-h'].includes(args[0]);
  const [name, ...rest] = isFlag ? ['serve', ...collectorFlags(args)] : args;
  if (name === '--version' || name === '-v' || name === 'version') {
    console.log(`weft ${version}`);
    return 0;
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const topic = await commandOf(rest[0]);
    console.log(topic === undefined ? await overview() : helpOf(topic));
    return name === undefined ? 2 : 0;
  }
  const command = await commandOf(name);
  if (command === undefined) {
    console.error(
      `weft: there is no command "${name}". Commands: ${Object.keys(commands).join(', ')}. See weft --help`,
    );
    return 2;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(helpOf(command));
    return 0;
  }
  try {
    return await command.run(rest, start);
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

const commandOf = async (name: string | undefined): Promise<Command | undefined> =>
  name !== undefined && Object.hasOwn(commands, name) ? commands[name]?.() : undefined;

async function overview(): Promise<string> {
  const all = await Promise.all(Object.values(commands).map((load) => load()));
  const width = Math.max(...all.map((command) => command.name.length));
  return [
    `Weft ${version}: distributed tracing and observability in one process.`,
    '',
    'Usage: weft COMMAND [FLAGS]',
    '',
    ...all.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
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
