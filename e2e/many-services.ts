/** Seventy services, with names that break pages: one of 216 characters, one that reads backwards, one with a space of no width. */
import {traceOf} from './ui-testing.ts';

export const longName = `checkout-${'very-long-service-name-'.repeat(9)}`;
/** As they are sent. */
export const oddNames = {
  long: longName,
  backwards: 'invoice\u202egpj.exe',
  hidden: 'pay\u200bment',
  hebrew: 'שירות-תשלום',
  blank: '   ',
  markup: '<img src=x onerror=alert(1)>',
} as const;

const teams = ['cart', 'catalog', 'email', 'fraud', 'ledger', 'orders', 'pricing', 'search', 'shipping', 'stock'];
export const serviceNames: readonly string[] = [
  ...Object.values(oddNames),
  'gateway',
  ...Array.from({length: 63}, (_, i) => `${teams[i % teams.length]}-${Math.floor(i / teams.length) + 1}`),
];

/**
 * Requests of every service, `ago` milliseconds before now, as one OTLP body: their number and durations differ from service to
 * service and are multiplied by `slow`; every seventh service fails a share of them, and `stock-1` twice as many where `failing`.
 */
export function manyServices(ago: number, {slow = 1, failing = false, only = serviceNames} = {}): unknown {
  const traces = serviceNames.flatMap((service, index) => {
    if (!only.includes(service)) return [];
    const requests = 20 + ((index * 7) % 23);
    return Array.from({length: requests}, (_, i) => {
      const duration = slow * (4 + (index % 11) * 9 + (i % 20 === 0 ? 400 : i % 5));
      const fails = (index % 7 === 0 && i % 9 === 0) || (failing && service === 'stock-1' && i % 3 === 0);
      return traceOf(ago + i * 50, [
        {
          id: 'root',
          service,
          name: i % 3 === 0 ? `POST /${index}/orders` : `GET /${index}`,
          kind: 2,
          start: 0,
          end: duration,
          ...(fails ? {error: 'no answer'} : {}),
        },
      ]);
    });
  });
  return {resourceSpans: traces.flatMap(({body}) => (body as {resourceSpans: readonly unknown[]}).resourceSpans)};
}
