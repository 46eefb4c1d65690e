/** The collector's pipelines as they run. */
import type {PipelineComponentResponse, PipelineResponse} from './contract.ts';
import {ApiFailure} from './errors.ts';
import {required, text} from './parameters.ts';
import {json, type Route, weftRoute} from './route.ts';

export const pipelineRoutes: readonly Route[] = [
  weftRoute({
    method: 'GET',
    path: '/pipeline',
    summary: "The collector's running graph: components, items a second, losses with reasons, queues, errors.",
    parameters: {},
    answer: 'PipelineResponse',
    async handle(_request, {control}) {
      return json((await control.pipeline()) satisfies PipelineResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/pipeline/component',
    summary: 'The configuration of one component as it runs, secrets masked, and the documentation of its settings.',
    parameters: {key: required(text('The `key` of a node of `GET /pipeline`, such as `exporter/otlp`.'))},
    answer: 'PipelineComponentResponse',
    async handle({values}, {control}) {
      const component = await control.pipelineComponent(values.key);
      if (component === undefined) throw new ApiFailure('component_missing', {key: JSON.stringify(values.key)}, 'key');
      return json(component satisfies PipelineComponentResponse);
    },
  }),
];
