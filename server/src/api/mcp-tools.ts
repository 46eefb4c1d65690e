/**
 * The tools that assistants are offered (docs/how-to/assistants.md): each asks a route of this API, and says the answer in a few lines,
 * with the page's address where a person would look. None of them writes.
 */
import type {Tool} from './mcp-tool.ts';
import {traceHealth} from './mcp-tools-health.ts';
import {serviceTools} from './mcp-tools-service.ts';
import {systemTools} from './mcp-tools-system.ts';
import {traceTools} from './mcp-tools-traces.ts';

export const tools: readonly Tool[] = [...systemTools, traceHealth, ...serviceTools, ...traceTools];
