/** Every part that a configuration can name. To add one is to write its file and its line here. */
import type {Registry} from './component.ts';
import {weftExporter} from './exporter-weft.ts';
import {otlpReceiver} from './receiver-otlp.ts';

export const registry = {
  receivers: {otlp: otlpReceiver},
  processors: {},
  connectors: {},
  exporters: {weft: weftExporter},
  extensions: {},
} satisfies Registry;
