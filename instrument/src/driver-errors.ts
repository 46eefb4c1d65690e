import {constantMessages, postgresConditions, postgresTemplates, redisCodes} from './driver-messages.ts';

/** An error of a database or a broker in words that hold no value: its kind, and a message made of codes and names. */
export type Described = {readonly type: string; readonly message: string};

type Fields = Readonly<Record<string, unknown>>;

/**
 * Describes an error of PostgreSQL, MySQL, Redis, MongoDB, Kafka or AMQP; undefined for any other. Their own messages
 * quote parameters (`invalid input syntax for type integer: "4111 1111"`), so none is used unless it is known to be constant.
 */
export function describeDriverError(error: unknown): Described | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  try {
    const fields = error as Fields;
    const about = postgres(fields) ?? mysql(fields) ?? redis(fields) ?? mongo(fields) ?? broker(fields);
    return about === undefined ? undefined : produced(constant(fields) ?? about.message, about.type);
  } catch {
    return undefined; // Its getters throw.
  }
}

/** Describes any error of an operation whose failures may quote a value: as above, else by its code or class only. */
export function describeFailure(error: unknown): Described {
  const known = describeDriverError(error);
  if (known !== undefined) return known;
  try {
    const fields = (error ?? {}) as Fields;
    const type = kindOf(fields);
    return produced(constant(fields) ?? type, type);
  } catch {
    return produced('Error', 'Error');
  }
}

/** Describes a failure of which only a text is known: OpenTelemetry's pg instrumentation writes `… (code: 28P01)`. */
export function describeText(text: string): Described | undefined {
  if (constantMessages.has(text)) return {type: 'Error', message: text};
  const code = /\(code: ([0-9A-Z_]{3,64})\)$/.exec(text)?.[1];
  if (code === undefined || code === 'UNKNOWN') return undefined;
  return describeFailure(/^[0-9A-Z]{5}$/.test(code) ? {code, severity: 'ERROR'} : {code});
}

/** Whether `text` is a message that this module wrote, or a constant one: it holds no value. */
export const isDescribed = (text: string): boolean => constantMessages.has(text) || written.has(text);

/** Bounded: messages are made of codes and of names in schemas, which are few. */
const written = new Set<string>();

function produced(message: string, type: string): Described {
  if (!written.has(message) && written.size >= 1_000) written.delete(written.values().next().value as string);
  written.add(message);
  return {type, message};
}

const constant = ({message}: Fields): string | undefined =>
  typeof message === 'string' && constantMessages.has(message) ? message : undefined;

const codeLike = /^[A-Z][A-Z0-9_]{2,63}$/;
const nameLike = /^[A-Za-z_$][\w$]{0,63}$/;

function kindOf(fields: Fields): string {
  if (typeof fields.code === 'string' && codeLike.test(fields.code)) return fields.code;
  const {name} = fields;
  if (typeof name === 'string' && nameLike.test(name) && name !== 'Error') return name;
  const maker = fields instanceof Error ? fields.constructor.name : '';
  return nameLike.test(maker) ? maker : 'Error';
}

/** pg's DatabaseError: fields as the server sends them (PostgreSQL, "Error and Notice Message Fields"). */
function postgres(fields: Fields): Described | undefined {
  const {code, severity} = fields;
  if (typeof severity !== 'string' || typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code)) return undefined;
  const condition = postgresConditions[code] ?? postgresConditions[code.slice(0, 2)] ?? 'database error';
  // A function's own RAISE may name anything a table.
  const template = fields.routine === 'exec_stmt_raise' ? undefined : postgresTemplates[code];
  const filled = template?.replace(/\{(\w+)\}/g, (_all, field: string) => {
    const value = fields[field];
    return typeof value === 'string' ? value : '?';
  });
  return {type: code, message: filled ?? condition};
}

/** mysql2's and mysql's: `ER_DUP_ENTRY`, 1062, '23000'. */
function mysql({code, errno, sqlState}: Fields): Described | undefined {
  if (typeof errno !== 'number' || typeof code !== 'string' || !codeLike.test(code)) return undefined;
  if (typeof sqlState !== 'string' && !code.startsWith('ER_')) return undefined;
  const state = typeof sqlState === 'string' && /^[0-9A-Z]{5}$/.test(sqlState) ? `, SQLSTATE ${sqlState}` : '';
  return {type: code, message: `${code} (${errno}${state})`};
}

/** ioredis' ReplyError; redis' ErrorReply and its subclasses, all of which are named Error. */
const redisErrors = new Set(['ReplyError', 'ErrorReply', 'SimpleError', 'BlobError', 'MultiErrorReply', 'ParserError']);
function redis(fields: Fields): Described | undefined {
  const {name, message} = fields;
  const maker = typeof name === 'string' && redisErrors.has(name) ? name : (fields.constructor?.name ?? '');
  if (!redisErrors.has(maker)) return undefined;
  const [word] = typeof message === 'string' ? message.split(/\s/, 1) : [];
  const type = word !== undefined && redisCodes.has(word) ? word : maker;
  return {type, message: `Redis: ${type}`};
}

function mongo({name, code, codeName}: Fields): Described | undefined {
  if (typeof name !== 'string' || !/^Mongo[A-Za-z]{1,60}$/.test(name)) return undefined;
  const number = typeof code === 'number' ? ` ${code}` : '';
  const word = typeof codeName === 'string' && nameLike.test(codeName) ? ` ${codeName}` : '';
  return {type: number === '' ? name : String(code), message: `${name}${number}${word}`};
}

/** KafkaJS' errors, and those that amqplib makes of a close by the server (`404 (NOT-FOUND)`). */
function broker({name, type, code, message}: Fields): Described | undefined {
  if (typeof name === 'string' && /^KafkaJS[A-Za-z]{1,60}$/.test(name)) {
    const word = typeof type === 'string' && codeLike.test(type) ? type : undefined;
    return {type: word ?? name, message: word === undefined ? name : `${name} ${word}`};
  }
  // Only of texts: to print any other value may cost without end.
  if (typeof code !== 'number' || typeof message !== 'string') return undefined;
  if (!/^(?:Channel closed|Connection closed|Operation failed)\b/.test(message)) return undefined;
  const [, number, word] = /\b(\d{3}) \(([A-Z-]{1,32})\)/.exec(message) ?? [];
  return number === undefined ? undefined : {type: number, message: `AMQP ${number} (${word})`};
}
