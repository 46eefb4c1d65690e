/** What the page of the pipelines shows, as it stands in the address bar. */
import {type RawQuery, type Reader, readerOf} from './query-string.ts';

export interface PipelineUrl {
  /** The component whose details are on show, by its key: `exporter/otlp`. */
  readonly component?: string | undefined;
}

export function readPipelineUrl(query: RawQuery | Reader): PipelineUrl {
  const component = readerOf(query).text('component');
  return component === undefined ? {} : {component};
}
