/** Configurations on show: written as YAML, without what only its owner should know. */
import {stringify} from 'yaml';
import type {ConfigNode} from './node.ts';

const mask = '••••••';

/** Names of settings whose value is a secret, however deep in it. */
const secretName =
  /^(.*_)?(password|passwd|secret|token|tokens|credential|credentials|authorization|api_?key|access_?key|secret_?key|account_?key|sas_?token|key_pem|inline|htpasswd)$/i;
/** Maps of headers: what they are called is no secret, but any of their values may be. */
const headerName = /^(.*_)?headers$/i;
/** Of an entry of a list of headers, what is not its value. */
const openHeaderField = /^(key|name|action|from_context|from_attribute)$/i;

/** YAML of what is written, with references replaced and secrets masked. Empty where nothing is. */
export function maskedYaml(node: ConfigNode): string {
  const value = masked(node, 'open');
  if (value === null || (typeof value === 'object' && Object.keys(value as object).length === 0)) return '';
  return stringify(value, {lineWidth: 100, nullStr: ''}).trimEnd();
}

function masked(node: ConfigNode, state: 'open' | 'headers' | 'entry' | 'secret'): unknown {
  switch (node.kind) {
    case 'scalar':
      if (node.value === undefined) return null;
      if (state !== 'open' && node.text !== '') return mask;
      return typeof node.value === 'string' ? withoutUser(node.text) : node.value;
    case 'list':
      // Headers as a list are entries with a name and a value.
      return node.items.map((item) => masked(item, state === 'headers' ? 'entry' : state));
    case 'map':
      return Object.fromEntries(
        [...node.entries].map(([key, {value}]) => {
          const isOpen = state === 'entry' && openHeaderField.test(key);
          const inside = secretName.test(key) ? 'secret' : isOpen ? 'open' : headerName.test(key) ? 'headers' : state;
          return [key, masked(value, inside)];
        }),
      );
  }
}

/** `https://user:password@host` without who. */
const withoutUser = (text: string): string => text.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/i, `$1${mask}@`);
