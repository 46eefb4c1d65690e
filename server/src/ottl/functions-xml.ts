/** Converters of XML. */
import {OttlError} from './faults.ts';
import type {Frame} from './frame.ts';
import {ArgumentFault, converter, type FunctionDefinition, may, needs} from './function.ts';
import type {Value, ValueMap} from './value.ts';
import {
  innerText,
  isCharacters,
  parseXml,
  removeNode,
  writeXml,
  type XmlAny,
  type XmlElement,
  type XmlNode,
  type XmlParent,
} from './xml.ts';
import {compileXPath, type Selector} from './xpath.ts';

function selector(xpath: string): Selector {
  const made = compileXPath(xpath);
  if (typeof made === 'string') throw new ArgumentFault('xpath', made);
  return made;
}

/** A document edited by `edit`, as text again. */
const edited = (
  target: {get(frame: Frame): string},
  xpath: string,
  edit: (selected: readonly XmlAny[], frame: Frame) => void,
): ((frame: Frame) => string) => {
  const select = selector(xpath);
  return (frame) => {
    const document = parseXml(target.get(frame));
    edit(select(document), frame);
    return writeXml(document);
  };
};

const isElement = (node: XmlAny): node is XmlElement => node.kind === 'element';

const element = (name: string, children: XmlNode[]): XmlElement => ({
  kind: 'element',
  name,
  parent: undefined,
  attributes: [],
  children,
});

/** The attribute becomes the last child of its element. */
function attributeToElement(node: XmlAny): void {
  if (node.kind !== 'attribute') return;
  const {parent} = node;
  const child = element(node.name, node.value === '' ? [] : [{kind: 'text', text: node.value, parent: undefined}]);
  child.parent = parent;
  parent.children.push(child);
  removeNode(node);
}

/** Characters beside elements get an element of their own; within `node` too. */
function textToElements(node: XmlParent, name: string): void {
  const isMixed = node.children.some(isElement);
  node.children = node.children.map((child) => {
    if (isElement(child)) textToElements(child, name);
    if (!isMixed || node.kind === 'document' || !isCharacters(child) || child.text.trim() === '') return child;
    const wrapped = element(name, [child]);
    wrapped.parent = node;
    child.parent = wrapped;
    return wrapped;
  });
}

/** As ParseXML describes an element. */
function described(node: XmlElement): ValueMap {
  const map: ValueMap = new Map([['tag', node.name]]);
  const content = node.children
    .filter(isCharacters)
    .map(({text}) => text.trim())
    .join('');
  if (content !== '') map.set('content', content);
  if (node.attributes.length > 0) map.set('attributes', new Map(node.attributes.map(({name, value}) => [name, value])));
  const children = node.children.filter(isElement).map(described);
  return children.length > 0 ? map.set('children', children) : map;
}

/** As ParseSimplifiedXML has it: texts and maps, lists of equal tags; undefined where nothing is inside. */
function simplified(node: XmlParent): Value {
  const elements = node.children.filter(isElement);
  if (elements.length === 0) {
    const text = innerText(node).trim();
    return text === '' ? undefined : text;
  }
  const byTag = Map.groupBy(elements, ({name}) => name);
  const map: ValueMap = new Map();
  for (const [tag, same] of byTag) {
    const values = same.map(simplified).filter((value) => value !== undefined);
    if (values.length > 0) map.set(tag, same.length > 1 ? values : values[0]);
  }
  return map.size === 0 ? undefined : map;
}

const target = {target: needs('string')} as const;

export const xmlConverters: readonly FunctionDefinition[] = [
  converter(
    'ParseXML',
    'A map of an XML document: `tag`, `content`, `attributes` and `children`.',
    target,
    ({target: text}) =>
      (frame) => {
        const roots = parseXml(text.get(frame)).children.filter(isElement);
        if (roots.length !== 1) throw new OttlError(`not XML: ${roots.length} elements at the root`);
        return described(roots[0] as XmlElement);
      },
  ),
  converter(
    'ParseSimplifiedXML',
    'A map of an XML document without attributes and text beside elements.',
    target,
    ({target: text}) =>
      (frame) => {
        const document = text.get(frame);
        if (document === '') throw new OttlError('not XML: it is empty');
        return simplified(parseXml(document)) ?? new Map();
      },
  ),
  converter(
    'GetXML',
    'What an XPath selects of an XML document, as XML.',
    {...target, xpath: needs('literal string')},
    ({target: text, xpath}) => {
      const select = selector(xpath);
      return (frame) =>
        select(parseXml(text.get(frame)))
          .map((node) => (node.kind === 'attribute' || isCharacters(node) ? innerText(node) : writeXml(node)))
          .join('');
    },
  ),
  converter(
    'RemoveXML',
    'An XML document without what an XPath selects.',
    {...target, xpath: needs('literal string')},
    ({target: text, xpath}) => edited(text, xpath, (selected) => selected.forEach(removeNode)),
  ),
  converter(
    'InsertXML',
    'An XML document with another inserted into the elements that an XPath selects.',
    {...target, xpath: needs('literal string'), subDocument: needs('string')},
    ({target: text, xpath, subDocument}) =>
      edited(text, xpath, (selected, frame) => {
        for (const node of selected) {
          if (node.kind !== 'element' && node.kind !== 'document')
            throw new OttlError(`the XPath selected what is no element: ${JSON.stringify(innerText(node))}`);
          for (const child of parseXml(subDocument.get(frame)).children) {
            child.parent = node;
            node.children.push(child);
          }
        }
      }),
  ),
  converter(
    'ConvertAttributesToElementsXML',
    'An XML document with attributes made elements; `xpath` selects which, or the elements whose.',
    {...target, xpath: may('literal string')},
    ({target: text, xpath = ''}) =>
      edited(text, xpath === '' ? '//@*' : /@[^/]*$/.test(xpath) ? xpath : `${xpath}/@*`, (selected) =>
        selected.forEach(attributeToElement),
      ),
  ),
  converter(
    'ConvertTextToElementsXML',
    'An XML document with text beside elements made elements; `xpath` selects where.',
    {...target, xpath: may('literal string'), elementName: may('literal string')},
    ({target: text, xpath = '', elementName = ''}) =>
      edited(text, xpath === '' ? '/' : xpath, (selected) => {
        for (const node of selected) {
          if (node.kind === 'element' || node.kind === 'document')
            textToElements(node, elementName === '' ? 'value' : elementName);
        }
      }),
  ),
];
