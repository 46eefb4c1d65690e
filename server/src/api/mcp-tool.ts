/** A tool for assistants: what each of `mcp-tools.ts` is made of. */
import {z} from 'zod';
import {expectedSince, sinceNanos} from '../base/index.ts';
import {explainLanguages} from '../insight/index.ts';

export interface Asked {
  /** Asks a route of the API; rejects with what it refuses, and how to mend that. */
  readonly get: <T>(path: string, query?: Readonly<Record<string, string | number | undefined>>) => Promise<T>;
  readonly post: <T>(path: string, body: object) => Promise<T>;
  /** The address of the page, without a slash at its end. */
  readonly page: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Tool<S extends z.ZodRawShape = z.ZodRawShape> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: S;
  /** Resolves to what is said, in Markdown without headings. */
  readonly run: (input: z.infer<z.ZodObject<S>>, asked: Asked) => Promise<string>;
}

// biome-ignore lint/suspicious/noExplicitAny: each tool's input is inferred where it is written
export const tool = <S extends z.ZodRawShape>(made: Tool<S>): Tool<any> => made;

/** A mistake of the assistant's in its arguments. */
export class ToolInputError extends Error {}

export const weft = '/api/weft/v1';
export const traceId = z.string().describe('The id of the trace, in hexadecimal.');
export const service = z.string().describe('The name of a service, as list_services has it.');
export const language = z.enum(explainLanguages as unknown as [string, ...string[]]).default('en');
export const range = {
  since: z
    .string()
    .default('1h')
    .describe('How far back to look, such as 15m, 6h or 2d. Ignored where `start` is given.'),
  start: z.string().optional().describe('RFC 3339, such as 2026-01-02T03:04:05Z.'),
  end: z.string().optional().describe('RFC 3339. Default: now.'),
};
type Range = z.infer<z.ZodObject<typeof range>>;

/** As the routes take it: nanoseconds since 1970. */
export function times({since, start, end}: Range, now: number): {readonly start: string; readonly end: string} {
  const until = end === undefined ? BigInt(now) * 1_000_000n : nanos('end', end);
  if (start !== undefined) return {start: `${nanos('start', start)}`, end: `${until}`};
  const from = sinceNanos(since, Number(until / 1_000_000n));
  if (from === undefined) throw new ToolInputError(`since: ${expectedSince(since)}`);
  return {start: `${from}`, end: `${until}`};
}

export function nanos(name: string, text: string): bigint {
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) {
    throw new ToolInputError(`${name}: expected a moment such as 2026-01-02T03:04:05Z, not "${text}"`);
  }
  return BigInt(Math.max(0, milliseconds)) * 1_000_000n;
}
