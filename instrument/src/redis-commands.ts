/**
 * Where the first key of a command stands (Redis' COMMAND, versions up to 8), by command: names of keys tell what was touched, as
 * table names do. All other arguments may be values. `redis-commands.test.ts` compares this with a real server.
 */
const firstKeys: Readonly<Record<number, string>> = {
  1: `append bitcount bitfield bitfield_ro bitpos blmove blpop brpop brpoplpush bzpopmax bzpopmin copy decr decrby del dump exists
    expire expireat expiretime geoadd geodist geohash geopos georadius georadius_ro georadiusbymember georadiusbymember_ro geosearch
    geosearchstore get getbit getdel getex getrange getset hdel hexists hexpire hexpireat hexpiretime hget hgetall hgetdel hgetex
    hincrby hincrbyfloat hkeys hlen hmget hmset hpersist hpexpire hpexpireat hpexpiretime hpttl hrandfield hscan hset hsetex hsetnx
    hstrlen httl hvals incr incrby incrbyfloat lcs lindex linsert llen lmove lpop lpos lpush lpushx lrange lrem lset ltrim mget move
    mset msetnx persist pexpire pexpireat pexpiretime pfadd pfcount pfmerge psetex pttl rename renamenx restore restore-asking rpop
    rpoplpush rpush rpushx sadd scard sdiff sdiffstore set setbit setex setnx setrange sinter sinterstore sismember smembers
    smismember smove sort sort_ro spop spublish srandmember srem sscan ssubscribe strlen substr sunion sunionstore sunsubscribe touch
    ttl type unlink watch xack xackdel xadd xautoclaim xclaim xdel xdelex xlen xpending xrange xrevrange xsetid xtrim zadd zcard
    zcount zdiffstore zincrby zinterstore zlexcount zmscore zpopmax zpopmin zrandmember zrange zrangebylex zrangebyscore zrangestore
    zrank zrem zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore
    zunionstore`,
  2: 'bitop',
};

/** Subcommands, and behind them 2 where a key follows. */
const containers: Readonly<Record<string, string>> = {
  acl: 'cat deluser dryrun genpass getuser help list load log save setuser users whoami',
  client: `caching getname getredir help id info kill list no-evict no-touch pause reply setinfo setname tracking trackinginfo unblock
    unpause`,
  cluster: `addslots addslotsrange bumpepoch count-failure-reports countkeysinslot delslots delslotsrange failover flushslots forget
    getkeysinslot help info keyslot links meet myid myshardid nodes replicas replicate reset saveconfig set-config-epoch setslot
    shards slaves slots`,
  command: 'count docs getkeys getkeysandflags help info list',
  config: 'get help resetstat rewrite set',
  function: 'delete dump flush help kill list load restore stats',
  latency: 'doctor graph help histogram history latest reset',
  memory: 'doctor help malloc-stats purge stats usage:2',
  module: 'help list load loadex unload',
  object: 'encoding:2 freq:2 help idletime:2 refcount:2',
  pubsub: 'channels help numpat numsub shardchannels shardnumsub',
  script: 'debug exists flush help kill load',
  slowlog: 'get help len reset',
  xgroup: 'create:2 createconsumer:2 delconsumer:2 destroy:2 help setid:2',
  xinfo: 'consumers:2 groups:2 help stream:2',
};

const words = (text: string): string[] => text.trim().split(/\s+/);

const keyAt = new Map<string, number>([
  ...Object.entries(firstKeys).flatMap(([at, names]) => words(names).map((name) => [name, Number(at)] as const)),
  ...Object.entries(containers).flatMap(([name, subcommands]) =>
    words(subcommands)
      .filter((sub) => sub.endsWith(':2'))
      .map((sub) => [`${name}|${sub.slice(0, -2)}`, 2] as const),
  ),
]);
const subcommands = new Map(
  Object.entries(containers).map(
    ([name, subs]) => [name, new Set(words(subs).map((sub) => sub.split(':')[0]!))] as const,
  ),
);

const shownArguments = 3;
const longestKey = 100;

/**
 * A Redis command as a span's `db.query.text`: its name, its subcommand, its first key; any other argument is a `?`.
 *
 * @example redisText('SET', ['stock:7', 'secret']) // SET stock:7 ?
 */
export function redisText(command: string, args: readonly unknown[]): string {
  if (!/^[A-Za-z][\w.-]{0,31}$/.test(command)) return '?';
  const name = command.toLowerCase();
  const sub = subcommands.get(name)?.has(String(args[0]).toLowerCase()) === true ? String(args[0]) : undefined;
  const key = keyAt.get(sub === undefined ? name : `${name}|${sub.toLowerCase()}`);
  const parts = [command];
  for (let at = 0; at < args.length; at++) {
    if (at === 0 && sub !== undefined) parts.push(sub);
    else if (at + 1 === key) parts.push(keyText(args[at]));
    else if (at - (key ?? 0) < shownArguments) parts.push('?');
    else {
      parts.push('…');
      break;
    }
  }
  return parts.join(' ');
}

/** Masks a command that has become a text: where it is split by spaces, a value may look like several arguments, never like a key. */
export function maskRedis(text: string): string {
  const [command = '', ...args] = text.trim().split(/\s+/);
  return redisText(command, args);
}

/** Only names: bytes that are no text, and objects, are none. */
function keyText(key: unknown): string {
  const text =
    typeof key === 'string' || typeof key === 'number' ? String(key) : Buffer.isBuffer(key) ? key.toString() : '?';
  return /[\s\p{C}\ufffd]/u.test(text) ? '?' : text.length > longestKey ? `${text.slice(0, longestKey)}…` : text;
}
