export {expandNodes, type Surroundings} from './expand.ts';
export {clientSampler, foreignStrategies, foreignVariable, variablesIn} from './foreign.ts';
export {compileGlob} from './glob.ts';
export {headerMap} from './headers.ts';
export {checkedJson, type JsonRead, parseForeignYaml, parseJson, readJson} from './json.ts';
export {
  type ConfigNode,
  describeNode,
  type Entry,
  emptyMap,
  type Fault,
  formatFault,
  isNull,
  type MapNode,
  mergeNodes,
  type Position,
  type Report,
  textOf,
} from './node.ts';
export {goRegExp} from './regexp.ts';
export {
  always,
  bool,
  type ConfigType,
  type Field,
  type Fields,
  ifSound,
  ignored,
  integer,
  list,
  listed,
  listOfSound,
  mapOf,
  number,
  object,
  oneOf,
  optional,
  record,
  required,
  scalar,
  string,
  text,
  tuple,
  unsupported,
  withDefault,
} from './schema.ts';
export {maskedYaml} from './secrets.ts';
export {readTelemetry, type TelemetryConfig, telemetrySection} from './section-telemetry.ts';
export {type WeftConfig, weftSection} from './section-weft.ts';
export {nearest, suggestion} from './suggest.ts';
export {
  type Address,
  anyLength,
  byteSize,
  duration,
  extensionId,
  formatAddress,
  isLoopback,
  isWildcard,
  listenAddress,
  listenAddressOrPath,
  listensAt,
  parseAddress,
  pipelineId,
} from './units.ts';
export {parseYaml} from './yaml.ts';
