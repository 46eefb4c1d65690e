/** `weft log-level`: how much a service logs, changed while it runs. */
import type {OverridesResponse} from '../api/index.ts';
import {
  callsToWeft,
  clientFlags,
  describeOverride,
  nameOf,
  overrideFlags,
  overrideOf,
  overridePath,
  serviceOf,
} from './api-client.ts';
import {type Command, readFlags, UsageError} from './command.ts';

const flags = {...clientFlags, ...overrideFlags, clear: {help: 'End what is set, instead of setting a level'}} as const;

export const logLevelCommand: Command = {
  name: 'log-level',
  summary: 'Set how much a service logs, for a time, while it runs.',
  usage: '[SERVICE LEVEL | SERVICE --clear]',
  details: [
    'log-level                                  what is set now',
    'log-level cart debug --for 15m             the service logs at debug, then as before',
    'log-level --all warn --for 2h              so does every service',
    'log-level cart --clear                     ends it early',
    '',
    'It reaches services that run with @weft/instrument and WEFT_SETTINGS_ENDPOINT, within five seconds.',
  ].join('\n'),
  flags,
  async run(args) {
    const values = readFlags(flags, args, 2);
    const call = callsToWeft(values);
    const words = [...values.words];
    if (words.length === 0 && !values.on('all')) {
      if (values.on('clear')) throw new UsageError('which service? Name it, or use --all');
      const {overrides} = await call<OverridesResponse>('GET', '/instrument/overrides');
      const levels = overrides.filter(({what}) => what === 'logLevel');
      const lines = levels.map((each) => describeOverride(each, Date.now()));
      console.log(lines.length === 0 ? 'No log level is set; every service logs as it was started.' : lines.join('\n'));
      return 0;
    }
    const service = serviceOf(values.on('all') ? undefined : words.shift(), values);
    const level = words.shift();
    if (words.length > 0) throw new UsageError(`name either the service "${level}" or --all`);
    if (values.on('clear')) {
      if (level !== undefined) throw new UsageError(`--clear ends what is set; it takes no level, such as "${level}"`);
      await call('DELETE', `${overridePath(service)}?what=logLevel`);
      console.log(`${nameOf(service)}: no log level is set any more`);
      return 0;
    }
    if (level === undefined) throw new UsageError('which level? Such as debug, info or warn; or --clear');
    const change = {...overrideOf(values), logLevel: level};
    const {overrides} = await call<OverridesResponse>('PUT', overridePath(service), change);
    const set = overrides.find((each) => each.service === service && each.what === 'logLevel');
    console.log(set === undefined ? 'set, and ended already' : describeOverride(set, Date.now()));
    return 0;
  },
};
