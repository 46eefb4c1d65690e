/** Names and passwords (RFC 7617), for exporters that show them and for receivers that ask for them (the Collector's basicauth). */
import {createHash} from 'node:crypto';
import {PermanentError, RetryableError} from '../base/index.ts';
import {object, optional, text, unsupported, withDefault} from '../config/index.ts';
import type {AuthData} from '../model/index.ts';
import type {ClientAuth, ExtensionFactory, Settings} from '../pipeline/index.ts';
import {parseHtpasswd, passwordFits, type Users} from './htpasswd.ts';
import {readText, type WatchedFile, watchText} from './watched-file.ts';

const clientConfig = object(
  {
    username: optional(text, 'The name.'),
    username_file: optional(
      text,
      'A file that holds the name, read again when it changes. It counts before `username`.',
    ),
    password: optional(text, 'The password.'),
    password_file: optional(text, 'A file that holds the password, likewise.'),
    aws_secrets_manager: unsupported('secrets are read from files; let the secrets manager write one'),
    secret_provider: unsupported(
      'no extension here provides secrets; let the provider write files and name them as `username_file` and `password_file`',
    ),
  },
  ({username}, node, report) => {
    if (username?.includes(':') === true) report.fault(node.at, '`username` may hold no `:` (RFC 7617)');
  },
);
const serverConfig = object(
  {
    file: optional(text, 'A file of `name:hash` lines, as `htpasswd -B` writes them; read again when it changes.'),
    inline: withDefault(text, '', '', 'Such lines themselves. They count before those of the file.'),
    secret_provider: unsupported(
      'no extension here provides secrets; let the provider write a file and name it as `file`',
    ),
  },
  ({file, inline}, node, report) => {
    if (file === undefined && inline === '') report.fault(node.at, 'set `file` or `inline`');
    try {
      parseHtpasswd(inline);
    } catch (error) {
      report.fault(node.at, `\`inline\`: ${(error as Error).message}`);
    }
  },
);
const config = object(
  {
    htpasswd: optional(serverConfig, 'For receivers: who may send.'),
    client_auth: optional(clientConfig, 'For exporters: who we are.'),
  },
  ({htpasswd, client_auth}, node, report) => {
    if ((htpasswd === undefined) === (client_auth === undefined)) {
      report.fault(node.at, 'set either `htpasswd`, for receivers, or `client_auth`, for exporters');
    }
  },
);
type ServerConfig = ReturnType<typeof serverConfig.read>;
type ClientConfig = ReturnType<typeof clientConfig.read>;

export const basicAuthExtension: ExtensionFactory<ReturnType<typeof config.read>> = {
  help: 'Names and passwords: an exporter shows one with every request, a receiver lets only known senders in.',
  config,
  create: (settings, {htpasswd, client_auth}) =>
    htpasswd === undefined ? createClient(settings, client_auth as ClientConfig) : createServer(settings, htpasswd),
};

function createClient({log}: Settings, config: ClientConfig) {
  let name = config.username ?? '';
  let password = config.password ?? '';
  const files: WatchedFile[] = [];
  const clientAuth: ClientAuth = {
    authorize: (headers) => ({
      ...headers,
      authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
    }),
  };
  const sources: (readonly [file: string | undefined, take: (content: string) => void])[] = [
    [
      config.username_file,
      (content) => {
        if (content.trim().includes(':')) throw new Error('a name may hold no `:` (RFC 7617)');
        name = content.trim();
      },
    ],
    [
      config.password_file,
      (content) => {
        password = content.trim();
      },
    ],
  ];
  return {
    clientAuth,
    async check() {
      for (const [file, take] of sources) if (file !== undefined) readText(file, take);
    },
    async start() {
      for (const [file, take] of sources) if (file !== undefined) files.push(watchText(file, log, take));
    },
    async stop() {
      for (const file of files) file.stop();
    },
  };
}

/** Of credentials that were found to be right; what they are is not kept. */
const maxKnown = 1000;
/** A bcrypt hash takes its time: more senders than this do not wait for it. */
const maxWaiting = 32;

function createServer({id, log}: Settings, {file, inline}: ServerConfig) {
  const own = parseHtpasswd(inline);
  let users: Users = own;
  let watched: WatchedFile | undefined;
  /** Digests of right credentials, so that each is worked out once; the oldest go first. */
  const known = new Set<string>();
  /** What pipelines may ask for, as in the Collector. */
  const dataOf = (header: string, username: string): AuthData =>
    new Map([
      ['username', username],
      ['raw', header],
    ]);
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  const refuse = (why: string): never => {
    throw new PermanentError('unauthenticated', `${id}: ${why}`);
  };
  /** One after another, and no more than `maxWaiting`. */
  const inTurn = async (work: () => Promise<boolean>): Promise<boolean> => {
    if (waiting >= maxWaiting) throw new RetryableError('auth_busy', `${id}: too many passwords are being checked`);
    waiting++;
    const mine = last.then(work);
    last = mine.catch(() => {}); // told to whoever asked
    try {
      return await mine;
    } finally {
      waiting--;
    }
  };
  const take = (content: string): void => {
    users = new Map([...parseHtpasswd(content), ...own]);
    known.clear();
  };
  return {
    async check() {
      if (file !== undefined) readText(file, take);
    },
    async start() {
      if (file !== undefined) watched = watchText(file, log, take);
    },
    async stop() {
      watched?.stop();
    },
    serverAuth: {
      challenge: 'Basic realm="weft", charset="UTF-8"',
      check(headers: {readonly authorization?: string | undefined}): AuthData | Promise<AuthData> {
        const header = headers.authorization;
        if (header === undefined || header === '') return refuse('no credentials in the header Authorization');
        if (!/^basic /i.test(header)) return refuse('the credentials are of another scheme than Basic');
        const credentials = Buffer.from(header.slice(6).trim(), 'base64').toString('utf8');
        const colon = credentials.indexOf(':');
        if (colon < 0) return refuse('the credentials are not `name:password`');
        const digest = createHash('sha256').update(credentials).digest('base64');
        const username = credentials.slice(0, colon);
        if (known.has(digest)) return dataOf(header, username);
        const hash = users.get(username);
        if (hash === undefined) return refuse('the credentials are not known');
        const from = users;
        return inTurn(() => passwordFits(credentials.slice(colon + 1), hash)).then((fits) => {
          if (!fits) return refuse('the credentials are not known');
          // The list may have changed meanwhile.
          if (from === users) {
            if (known.size >= maxKnown) known.delete(known.values().next().value as string);
            known.add(digest);
          }
          return dataOf(header, username);
        });
      },
    },
  };
}
