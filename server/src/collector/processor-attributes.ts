/** Edits the attributes of spans, log records and metric points: the Collector's attributes processor. */
import {list, object, required} from '../config/index.ts';
import type {Batch, BatchOf, ConsumeContext, RangeColumn, Signal} from '../model/index.ts';
import {allSignals, edits, type ProcessorFactory} from '../pipeline/index.ts';
import {attributeAction, compileActions} from './attribute-actions.ts';
import {AttributeEditor} from './attribute-editor.ts';
import {checkMatchSignal, matchFields, selectRows} from './match-properties.ts';

const config = object(
  {...matchFields, actions: required(list(attributeAction), 'What to do with the attributes, in this order.')},
  ({actions}, node, report) => {
    if (actions.length === 0) report.fault(node.at, '`actions` is empty: the processor would do nothing');
  },
);
export type AttributesConfig = ReturnType<typeof config.read>;

export const attributesProcessor: ProcessorFactory<AttributesConfig> = {
  help: 'Inserts, updates, deletes, hashes, extracts and converts attributes of spans, log records and metric points.',
  signals: allSignals,
  config,
  create(settings, wanted, next, signal) {
    checkMatchSignal(wanted, signal, settings.id);
    const run = compileActions(wanted.actions);
    return {
      consumer: edits(next, (batch: BatchOf<Signal>, context: ConsumeContext) => {
        const isSelected = selectRows(wanted, batch as never);
        const editor = new AttributeEditor(batch);
        const owner = attributesOfItems(batch);
        const {count} = batch.items;
        for (let row = 0; row < count; row++) {
          if (isSelected === undefined || isSelected(row)) run(editor, owner, row, context);
        }
        return batch;
      }),
    };
  },
};

const attributesOfItems = (batch: Batch): RangeColumn => batch.items.columns.attributes as RangeColumn;
