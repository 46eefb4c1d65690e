/** Values of attributes in a configuration, typed as YAML types them: `5` is whole, `5.0` and `5e0` are doubles. */
import type {ConfigNode, ConfigType} from '../config/index.ts';
import type {AnyValue} from '../model/index.ts';

export const anyValue: ConfigType<AnyValue> = {label: 'any value', read: toValue};

function toValue(node: ConfigNode): AnyValue {
  if (node.kind === 'list') return {type: 'array', value: node.items.map(toValue)};
  if (node.kind === 'map') {
    return {type: 'map', value: [...node.entries].map(([key, {value}]) => ({key, value: toValue(value)}))};
  }
  const {value} = node;
  switch (typeof value) {
    case 'undefined':
      return {type: 'empty'};
    case 'boolean':
      return {type: 'bool', value};
    case 'bigint':
      return {type: 'int', value};
    case 'string':
      return {type: 'string', value};
    case 'number':
      return Number.isSafeInteger(value) && !/^[+-]?[\d_]*(?:\.|\d[eE])/.test(node.text)
        ? {type: 'int', value: BigInt(value)}
        : {type: 'double', value};
  }
}
