/** Edits the attributes of resources: the Collector's resource processor. Once for each resource of a batch, not for its items. */
import {list, object, required} from '../config/index.ts';
import {allSignals, edits, type ProcessorFactory} from '../pipeline/index.ts';
import {attributeAction, compileActions} from './attribute-actions.ts';
import {AttributeEditor} from './attribute-editor.ts';

const config = object(
  {attributes: required(list(attributeAction), 'What to do with the attributes of resources, in this order.')},
  ({attributes}, node, report) => {
    if (attributes.length === 0) report.fault(node.at, '`attributes` is empty: the processor would do nothing');
  },
);
export type ResourceConfig = ReturnType<typeof config.read>;

export const resourceProcessor: ProcessorFactory<ResourceConfig> = {
  help: 'Inserts, updates, deletes, hashes, extracts and converts attributes of resources.',
  signals: allSignals,
  config,
  create(_, {attributes}, next) {
    const run = compileActions(attributes);
    return {
      consumer: edits(next, (batch, context) => {
        const editor = new AttributeEditor(batch);
        const {columns, count} = batch.resources;
        for (let row = 0; row < count; row++) run(editor, columns.attributes, row, context);
        return batch;
      }),
    };
  },
};
