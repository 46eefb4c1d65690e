/** The spans that are requests which a service served, by their kinds in OTLP: server and consumer. */
export const servingKinds = [2, 5] as const;
