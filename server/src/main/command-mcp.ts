/** `weft mcp`: the tools for assistants over standard input and output, for programs that start their servers themselves. */
import {StreamableHTTPClientTransport} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {StdioServerTransport} from '@modelcontextprotocol/sdk/server/stdio.js';
import type {JSONRPCMessage} from '@modelcontextprotocol/sdk/types.js';
import {errorMessage} from '../base/index.ts';
import {clientFlags, weftAddress} from './api-client.ts';
import {type Command, readFlags} from './command.ts';

const flags = {
  ...clientFlags,
  tenant: {value: 'NAME', help: 'Whose data (default: default)'},
} as const;

/** JSON-RPC's: the server has failed at it. */
const internalError = -32_603;

export const mcpCommand: Command = {
  name: 'mcp',
  summary: 'Offer the traces of a running Weft to an assistant (Model Context Protocol over stdio).',
  details: [
    'For programs that start a server of tools themselves. Others reach the same at http://127.0.0.1:16686/mcp.',
    'Everything that is offered only reads. See docs/how-to/assistants.md.',
  ].join('\n'),
  flags,
  async run(args) {
    const values = readFlags(flags, args);
    const address = weftAddress(values);
    const tenant = values.text('tenant');
    const headers = tenant === undefined ? undefined : {'x-scope-orgid': tenant};
    const stdio = new StdioServerTransport();
    const http = new StreamableHTTPClientTransport(new URL(`${address}/mcp`), {
      ...(headers && {requestInit: {headers}}),
    });
    /** What is still to be answered: each settles when its answer is written. */
    const asked = new Set<Promise<void>>();
    http.onmessage = (message) => void stdio.send(message);
    stdio.onmessage = (message) => {
      const answered = http
        .send(message)
        .catch((error: unknown) => {
          const why = errorMessage((error as Error).cause ?? error);
          return refuse(
            stdio,
            message,
            `no Weft answers assistants at ${address}: ${why}. Start it with ./weft serve, or name its address with --http`,
          );
        })
        .finally(() => asked.delete(answered));
      asked.add(answered);
    };
    stdio.onerror = (error) => console.error(`weft mcp: a line that is no message: ${errorMessage(error)}`);
    const left = new Promise<void>((resolve) => {
      stdio.onclose = resolve;
      process.stdout.on('error', () => resolve()); // nobody reads the answers
    });
    // The transport does not tell the end of its input.
    const ended = new Promise<void>((resolve) => process.stdin.once('end', resolve));
    await http.start();
    await stdio.start();
    await Promise.race([left, ended.then(() => Promise.all(asked))]);
    return 0;
  },
};

/** Notifications have no answer. */
async function refuse(stdio: StdioServerTransport, message: JSONRPCMessage, why: string): Promise<void> {
  if (!('id' in message && 'method' in message)) return;
  await stdio.send({jsonrpc: '2.0', id: message.id, error: {code: internalError, message: why}});
}
