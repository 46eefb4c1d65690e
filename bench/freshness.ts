/** How soon after its acknowledgement a span can be found, while everything else goes on: one span a second, asked for by its trace id. */
import {randomBytes} from 'node:crypto';
import {type MeasuredWeft, sleep} from './running-weft.ts';

const pollMs = 25;

export interface Freshness {
  /** Stops, and resolves to the milliseconds of each span, ascending; as exact as the polling. */
  stop(): Promise<number[]>;
}

export function watchFreshness({endpoints}: MeasuredWeft): Freshness {
  let stopping = false;
  const found: number[] = [];
  const watching = (async () => {
    while (!stopping) {
      const traceId = randomBytes(16).toString('hex');
      await send(`http://${endpoints.otlp_http}/v1/traces`, traceId);
      const acknowledged = performance.now();
      while (!(await fetch(`http://${endpoints.http}/api/weft/v1/traces/${traceId}`).then(isFound)))
        await sleep(pollMs);
      found.push(performance.now() - acknowledged);
      await sleep(Math.max(0, acknowledged + 1000 - performance.now()));
    }
  })();
  return {
    async stop() {
      stopping = true;
      await watching;
      return found.sort((a, b) => a - b);
    },
  };
}

async function send(url: string, traceId: string): Promise<void> {
  const now = `${Date.now()}000000`;
  const span = {
    traceId,
    spanId: randomBytes(8).toString('hex'),
    name: 'freshness',
    startTimeUnixNano: now,
    endTimeUnixNano: now,
  };
  const body = JSON.stringify({resourceSpans: [{scopeSpans: [{spans: [span]}]}]});
  const answer = await fetch(url, {method: 'POST', headers: {'content-type': 'application/json'}, body});
  if (!answer.ok) throw new Error(`a span was refused: ${answer.status} ${await answer.text()}`);
  await answer.text();
}

async function isFound(answer: Response): Promise<boolean> {
  await answer.text();
  if (answer.status !== 200 && answer.status !== 404) throw new Error(`trace by id: ${answer.status}`);
  return answer.ok;
}
