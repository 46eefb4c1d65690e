/** Headers by name: a map, or a list of names with their values, which the Collector takes too. */
import {describeNode} from './node.ts';
import {type ConfigType, list, mapOf, object, required, text} from './schema.ts';

const byName = mapOf(text);
const pairs = list(object({name: required(text, 'the name'), value: required(text, 'the value')}));

export const headerMap: ConfigType<ReadonlyMap<string, string>> = {
  label: byName.label,
  read(node, report) {
    if (node.kind === 'map') return byName.read(node, report);
    const headers = new Map<string, string>();
    if (node.kind !== 'list') {
      report.fault(node.at, `expected a map, or a list of \`{name, value}\`; found ${describeNode(node)}`);
      return headers;
    }
    for (const {name, value} of pairs.read(node, report)) {
      if (headers.has(name)) report.fault(node.at, `the name \`${name}\` is there twice`);
      headers.set(name, value);
    }
    return headers;
  },
};
