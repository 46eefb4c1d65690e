/** Redacting the body of a log record: a text, or a tree of maps and lists, whose keys are told with their path. */
import {type AnyValue, goText, type KeyValue} from '../model/index.ts';
import {keyIs, type RedactionRules, valueIs} from './redaction-rules.ts';
import type {Done} from './redaction-summary.ts';

type Tell = (done: Done, path: string) => void;

/** The body as it goes on; the same object where nothing was done to it. */
export function redactBody(rules: RedactionRules, body: AnyValue, tell: Tell): AnyValue {
  if (body.type === 'map') return redactMap(rules, body, '', tell);
  if (body.type === 'array') return redactList(rules, body, '', tell);
  return redactLeaf(rules, body, 'body', tell, false);
}

function redactMap(rules: RedactionRules, map: AnyValue & {type: 'map'}, path: string, tell: Tell): AnyValue {
  let isSame = true;
  const entries: KeyValue[] = [];
  for (const {key, value} of map.value) {
    const place = path === '' ? key : `${path}.${key}`;
    const verdict = rules.keyVerdict(key);
    if ((verdict & keyIs.removed) !== 0) {
      tell('redacted', place);
      isSame = false;
      continue;
    }
    let after = value;
    if ((verdict & keyIs.ignored) !== 0) tell('ignored', place);
    else if ((verdict & keyIs.masked) !== 0) {
      tell('masked', place);
      after = {type: 'string', value: rules.maskWhole(value.type === 'string' ? value.value : '')};
    } else after = redactValue(rules, value, place, tell);
    if (after !== value) isSame = false;
    entries.push({key, value: after});
  }
  return isSame ? map : {type: 'map', value: entries};
}

function redactList(rules: RedactionRules, list: AnyValue & {type: 'array'}, path: string, tell: Tell): AnyValue {
  const items = list.value.map((value, index) =>
    redactValue(rules, value, path === '' ? `[${index}]` : `${path}.[${index}]`, tell),
  );
  return items.every((each, index) => each === list.value[index]) ? list : {type: 'array', value: items};
}

function redactValue(rules: RedactionRules, value: AnyValue, path: string, tell: Tell): AnyValue {
  if (value.type === 'map') return redactMap(rules, value, path, tell);
  if (value.type === 'array') return redactList(rules, value, path, tell);
  return redactLeaf(rules, value, path, tell, true);
}

function redactLeaf(rules: RedactionRules, value: AnyValue, path: string, tell: Tell, tellsAllowed: boolean): AnyValue {
  const text = goText(value);
  if ((rules.valueVerdict(text) & valueIs.allowed) !== 0) {
    if (tellsAllowed) tell('allowed', path);
    return value;
  }
  const after = rules.body(text);
  if (after === text) return value;
  tell('masked', path);
  return {type: 'string', value: after};
}
