/**
 * A service for the tests of sampling: begins traces of several operations at steady rates, `SAMPLED_RATES="busy=200,rare=1"`,
 * and says every 200 ms in a line of JSON how many of each it began and kept so far, and at which level it logs.
 */
import {trace} from '@opentelemetry/api';
import {start} from '@weft/instrument';

const running = start();
const {pino} = await import('pino');
const log = pino({level: 'info', enabled: true}, {write() {}});
const tracer = trace.getTracer('sampled');
const operations = (process.env.SAMPLED_RATES ?? 'work=50').split(',').map((text) => {
  const [name, rate] = text.split('=') as [string, string];
  return {name, perSecond: Number(rate), begun: 0, kept: 0};
});

const began = performance.now();
setInterval(() => {
  for (const operation of operations) {
    const due = Math.floor(((performance.now() - began) / 1000) * operation.perSecond);
    while (operation.begun < due) {
      const span = tracer.startSpan(operation.name, {root: true});
      operation.begun++;
      if (span.isRecording()) operation.kept++;
      span.end();
    }
  }
}, 20);
setInterval(() => {
  const counts = Object.fromEntries(operations.map(({name, begun, kept}) => [name, {begun, kept}]));
  console.log(JSON.stringify({level: log.level, counts}));
}, 200);
process.once('SIGTERM', () => void running.shutdown().then(() => process.exit()));
