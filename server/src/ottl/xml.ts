/** XML documents as trees, read and written. Entities other than the five of XML are refused, so that none can grow. */
import {OttlError} from './faults.ts';

export interface XmlElement {
  readonly kind: 'element';
  readonly name: string;
  parent: XmlParent | undefined;
  attributes: XmlAttribute[];
  children: XmlNode[];
}
/** The document: it may have several elements, as fragments have. */
export interface XmlDocument {
  readonly kind: 'document';
  children: XmlNode[];
}
export type XmlParent = XmlElement | XmlDocument;
export interface XmlAttribute {
  readonly kind: 'attribute';
  readonly name: string;
  readonly value: string;
  readonly parent: XmlElement;
}
/** `instruction` and `doctype` are kept as they are written. */
export interface XmlText {
  readonly kind: 'text' | 'cdata' | 'comment' | 'instruction' | 'doctype';
  readonly text: string;
  parent: XmlParent | undefined;
}
export type XmlNode = XmlElement | XmlText;
export type XmlAny = XmlNode | XmlDocument | XmlAttribute;

/** Deeper documents are refused: nobody writes them, and going over them must not exhaust the stack. */
const maxXmlDepth = 1000;

const nameStart = '[\\p{L}_:]';
const namePattern = new RegExp(`${nameStart}[\\p{L}\\p{N}_:.\\-]*`, 'uy');
const attributePattern = new RegExp(`\\s+(${nameStart}[\\p{L}\\p{N}_:.\\-]*)\\s*=\\s*("[^"<]*"|'[^'<]*')`, 'uy');

/** Throws OttlError where the text is no XML. */
export function parseXml(text: string): XmlDocument {
  const document: XmlDocument = {kind: 'document', children: []};
  const open: XmlElement[] = [];
  let at = 0;
  const fail = (why: string): never => {
    throw new OttlError(`not XML: ${why} at ${at}`);
  };
  const parent = (): XmlParent => open.at(-1) ?? document;
  const add = (node: XmlNode): void => {
    node.parent = parent();
    parent().children.push(node);
  };
  const until = (start: string, end: string, kind: XmlText['kind']): void => {
    const close = text.indexOf(end, at + start.length);
    if (close < 0) fail(`\`${start}\` without \`${end}\``);
    add({kind, text: text.slice(at + start.length, close), parent: undefined});
    at = close + end.length;
  };
  while (at < text.length) {
    if (text.startsWith('<!--', at)) until('<!--', '-->', 'comment');
    else if (text.startsWith('<![CDATA[', at)) until('<![CDATA[', ']]>', 'cdata');
    else if (text.startsWith('<?', at)) until('<?', '?>', 'instruction');
    else if (text.startsWith('<!', at)) until('<!', '>', 'doctype');
    else if (text.startsWith('</', at)) {
      const close = text.indexOf('>', at);
      const name = close < 0 ? '' : text.slice(at + 2, close).trim();
      if (open.at(-1)?.name !== name) fail(`\`</${name}>\` closes nothing`);
      open.pop();
      at = close + 1;
    } else if (text[at] === '<') {
      at++;
      namePattern.lastIndex = at;
      const name = namePattern.exec(text)?.[0] ?? fail('a name is missing');
      at += name.length;
      const element: XmlElement = {kind: 'element', name, parent: undefined, attributes: [], children: []};
      for (;;) {
        attributePattern.lastIndex = at;
        const match = attributePattern.exec(text);
        if (match === null) break;
        element.attributes.push({
          kind: 'attribute',
          name: match[1] as string,
          value: unescaped((match[2] as string).slice(1, -1)),
          parent: element,
        });
        at += match[0].length;
      }
      const end = /\s*(\/?)>/y;
      end.lastIndex = at;
      const match = end.exec(text) ?? fail(`the tag \`${name}\` does not end`);
      at += match[0].length;
      add(element);
      if (match[1] === '/') continue;
      open.push(element);
      if (open.length > maxXmlDepth) fail(`elements nest deeper than ${maxXmlDepth} levels`);
    } else {
      const next = text.indexOf('<', at);
      const end = next < 0 ? text.length : next;
      const raw = text.slice(at, end);
      if (open.length === 0 && raw.trim() !== '') fail('text outside of an element');
      add({kind: 'text', text: unescaped(raw), parent: undefined});
      at = end;
    }
  }
  if (open.length > 0) fail(`\`<${open.at(-1)!.name}>\` is not closed`);
  return document;
}

const entities: Readonly<Record<string, string>> = {lt: '<', gt: '>', amp: '&', quot: '"', apos: "'"};

function unescaped(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w*));?/g,
    (written, hex?: string, decimal?: string, name?: string) => {
      const code = hex !== undefined ? Number.parseInt(hex, 16) : decimal !== undefined ? Number(decimal) : undefined;
      if (code !== undefined && code <= 0x10ffff) return String.fromCodePoint(code);
      const known = entities[name ?? ''];
      if (known === undefined || !written.endsWith(';'))
        throw new OttlError(`not XML: the entity ${JSON.stringify(written)} is not known`);
      return known;
    },
  );
}

const escapeText = (text: string): string =>
  text.replace(/[&<>]/g, (each) => ({'&': '&amp;', '<': '&lt;', '>': '&gt;'})[each] as string);
const escapeAttribute = (text: string): string => escapeText(text).replace(/"/g, '&#34;');

export function writeXml(node: XmlNode | XmlDocument): string {
  switch (node.kind) {
    case 'document':
      return node.children.map(writeXml).join('');
    case 'element': {
      const attributes = node.attributes.map(({name, value}) => ` ${name}="${escapeAttribute(value)}"`).join('');
      return `<${node.name}${attributes}>${node.children.map(writeXml).join('')}</${node.name}>`;
    }
    case 'text':
      return escapeText(node.text);
    case 'cdata':
      return `<![CDATA[${node.text}]]>`;
    case 'comment':
      return `<!--${node.text}-->`;
    case 'instruction':
      return `<?${node.text}?>`;
    case 'doctype':
      return `<!${node.text}>`;
  }
}

export const isCharacters = (node: XmlAny): node is XmlText => node.kind === 'text' || node.kind === 'cdata';

/** All characters within a node. */
export function innerText(node: XmlAny): string {
  if (node.kind === 'attribute') return node.value;
  if (node.kind === 'element' || node.kind === 'document') {
    return node.children
      .filter((each) => each.kind === 'element' || isCharacters(each))
      .map(innerText)
      .join('');
  }
  return node.text;
}

export function removeNode(node: XmlAny): void {
  if (node.kind === 'attribute') node.parent.attributes = node.parent.attributes.filter((each) => each !== node);
  else if (node.kind !== 'document' && node.parent !== undefined) {
    node.parent.children = node.parent.children.filter((each) => each !== node);
  }
}
