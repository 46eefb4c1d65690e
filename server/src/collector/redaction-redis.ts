/** Commands of Redis and Valkey without values: names of commands and keys stay, what is stored or compared becomes `?`. */

/** Which arguments are values: `from` that one on, every `step`th; `all` of the rest where it is one `?`. */
type Rule = {readonly from: number; readonly step?: number; readonly all?: true; readonly only?: true};

const one = (from: number): Rule => ({from, only: true});
const rest = (from: number): Rule => ({from, all: true});
const every = (from: number, step: number): Rule => ({from, step});

const rules: Readonly<Record<string, Rule>> = {
  auth: rest(0),
  hello: rest(1),
  ...each(one(1), 'append getset lpushx georadiusbymember rpushx set setnx sismember zrank zrevrank zscore publish'),
  ...each(one(2), 'hsetnx lrem lset setbit setex psetex setrange zincrby smove restore hincrby hincrbyfloat'),
  linsert: one(3),
  ...each(rest(1), 'geohash geopos geodist lpush rpush srem zrem sadd pfadd smismember zmscore xadd eval evalsha'),
  geoadd: every(3, 3),
  ...each(every(2, 2), 'hset hmset'),
  ...each(every(1, 2), 'mset msetnx'),
  zadd: rest(1),
  config: one(2),
  bitfield: rest(1),
};

function each(rule: Rule, names: string): Record<string, Rule> {
  return Object.fromEntries(names.split(' ').map((name) => [name, rule]));
}

/** One command a line. */
export const sanitizeRedis = (commands: string): string => commands.split('\n').map(sanitizeCommand).join('\n');

function sanitizeCommand(line: string): string {
  const parts = line.match(/"(?:[^"\\]|\\.)*(?:"|$)|'(?:[^'\\]|\\.)*(?:'|$)|[^\s"']+/g) ?? [];
  const [command = '', ...args] = parts;
  const rule = rules[command.toLowerCase()];
  if (rule === undefined || args.length <= rule.from) return line;
  if (rule.all) return [command, ...args.slice(0, rule.from), '?'].join(' ');
  const isValue = (index: number): boolean =>
    rule.only ? index === rule.from : index >= rule.from && (index - rule.from) % (rule.step ?? 1) === 0;
  return [command, ...args.map((arg, index) => (isValue(index) ? '?' : arg))].join(' ');
}
