export const en = {
  status: {
    title: 'Status',
    version: 'Version',
    uptime: 'Running for',
    since: (text: string) => `since ${text}`,
    endpoints: 'Addresses',
    use: 'Use',
    address: 'Address',
    name: 'Name',
    nameHint: 'As in endpoints.json',
    copyAddress: 'Copy the address',
    store: 'Store',
    storeKind: {embedded: 'Embedded ClickHouse', clickhouse: 'ClickHouse server'},
    state: {ready: 'Ready', unavailable: 'Unavailable'},
    stateHint: 'What was acknowledged is safe on disk and is stored as soon as the engine is back.',
    spans: 'Spans',
    logs: 'Log records',
    metricPoints: 'Metric points',
    disk: 'On disk',
    perSpan: (bytes: string) => `${bytes} a span`,
    spooled: 'Waiting to be stored',
    spooledHint: 'Acknowledged and on disk, not yet in queries',
    arriving: (rate: string) => `${rate} arriving`,
  },
};

export type StatusText = typeof en;
