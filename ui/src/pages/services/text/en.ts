export const en = {
  services: {
    title: 'Services',
    name: 'Service',
    rate: 'Rate',
    errors: 'Errors',
    p50: 'P50',
    p95: 'P95',
    p99: 'P99',
    table: 'Rate, errors and duration of each service',
    nothing: 'No service answered a request in this time.',
    nothingHint: 'Only server and consumer spans count here. Take a longer time range, or see the traces.',
    requests: (n: number, text: string, time: string) =>
      n === 1 ? `1 request in ${time}` : `${text} requests in ${time}`,
    showSampling: (name: string) => `Sampling and log level of ${name}`,
    showErrors: (name: string) => `Failed traces of ${name}`,
    showSlow: (name: string, quantile: string) => `Traces of ${name} slower than its ${quantile}`,
    explain: 'Requests that each service served: its server and consumer spans.',
    since: (time: string, at: string) => `Rates are over ${time}: the first span in this time is of ${at}.`,
  },
};

export type ServicesText = typeof en;
