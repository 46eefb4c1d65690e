/** Every set of commands that the page has, for the help and `docs/reference/keys.md`: in the order in which they are read. */
import {type CommandSet, thingCommands} from '../frame/index.ts';
import {stepCommands} from '../pages/compare/compare-commands.ts';
import {exploreCommands} from '../pages/explore/explore-commands.ts';
import {spanCommands} from '../pages/explore/span-commands.ts';
import {pipelineCommands} from '../pages/pipeline/pipeline-commands.ts';
import {samplingCommands} from '../pages/sampling/sampling-commands.ts';
import {serviceCommands} from '../pages/services/service/service-commands.ts';
import {timelineCommands, traceCommands} from '../pages/trace/trace-commands.ts';
import {tableCommands} from '../table/table-commands.ts';
import {flameCommands} from '../timeline/flame-commands.ts';
import {contextCommands} from './context-commands.ts';
import {doorCommands, shellCommands} from './shell-commands.ts';

export const commandSets: readonly CommandSet<never>[] = [
  shellCommands,
  doorCommands,
  contextCommands,
  thingCommands,
  exploreCommands,
  spanCommands,
  traceCommands,
  timelineCommands,
  stepCommands,
  flameCommands,
  serviceCommands,
  pipelineCommands,
  samplingCommands,
  tableCommands,
];
