/** The command line: `weft COMMAND`. What takes longest begins before the rest of the program is loaded. */
import {headStart} from './head-start.ts';

const args = process.argv.slice(2);
const start = await headStart(args);
const {runCommand} = await import('./commands.ts');
process.exitCode = await runCommand(args, start);
start?.end();
// All that has to be safe is. What did not drain in time, such as a request that nobody answers, must not keep the process.
setTimeout(() => process.exit(), 250).unref();
