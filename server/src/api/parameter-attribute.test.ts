import {describe, expect, test} from 'vitest';
import type {SpanCondition} from '../query/index.ts';
import {readAttribute} from './parameter-attribute.ts';

const read = (text: string) => readAttribute(text, 'attribute');
const is = (key: string, value: string): SpanCondition => ({type: 'attribute', key, value, of: 'anywhere'});
const compares = (key: string, operator: '!=' | '>=' | '<=' | '>' | '<', value: string): SpanCondition => ({
  type: 'comparison',
  ...{key, operator, value},
  of: 'anywhere',
});

describe('attribute parameter: reads', () => {
  test.each<[string, SpanCondition]>([
    ['user.id=u-1', is('user.id', 'u-1')],
    ['user.id=', is('user.id', '')],
    ['query=a>b=c', is('query', 'a>b=c')],
    ['user.id= u', is('user.id', ' u')],
    ['user.id = u', is('user.id', 'u')],
    ['http.response.status_code>=500', compares('http.response.status_code', '>=', '500')],
    ['http.response.status_code >= 500', compares('http.response.status_code', '>=', '500')],
    ['ratio<.5', compares('ratio', '<', '.5')],
    ['ratio<=-1.5e3', compares('ratio', '<=', '-1.5e3')],
    ['size>10', compares('size', '>', '10')],
    ['region!=eu', compares('region', '!=', 'eu')],
    ['region != eu', compares('region', '!=', 'eu')],
    ['really!=', compares('really', '!=', '')],
    ['really!=5', compares('really', '!=', '5')],
    ['"a>b"=c', is('a>b', 'c')],
    ['""=x', is('', 'x')],
    ['"" > 5', compares('', '>', '5')],
    ['"a>" > 5', compares('a>', '>', '5')],
    ['"say \\"x\\""=1', is('say "x"', '1')],
    ['error=true', {type: 'any', of: [{type: 'status', status: 'error'}, is('error', 'true')]}],
    ['error=false', is('error', 'false')],
    ['constructor=x', is('constructor', 'x')],
  ])('%s', (text, condition) => expect(read(text)).toEqual(condition));
});

describe('attribute parameter: refuses', () => {
  test.each([
    ['user.id', 'is not valid: "user.id".', 'Expected key=value, key!=value, or a comparison'],
    ['=x', 'is not valid', 'Expected key=value'],
    ['"\\x"=x', 'is not valid', 'Expected key=value'],
    ['"not closed=1', 'is not valid: "\\"not closed=1".', 'Expected a quote at the end of the key'],
    [' "a>b=c', 'is not valid', 'Expected a quote at the end of the key'],
    ['"a"b=c', 'is not valid', 'Expected a quote at the end of the key'],
    ['"', 'is not valid', 'Expected a quote at the end of the key'],
    ['>=5', 'is not valid', 'Expected key=value'],
    ['a>b', 'compares with what is not a number: "a>b".', 'written in quotes: "a>b"=c'],
    ['a>=', 'compares with what is not a number', 'Expected a number after >=.'],
    ['a>NaN', 'compares with what is not a number', 'Expected a number after >.'],
    [
      'duration > 1s',
      'compares with what is not a number',
      'minDuration and maxDuration (of a span), minTraceDuration',
    ],
    ['status: error', 'is not valid', 'use status=error'],
    ['service:cart', 'is not valid', 'use service=NAME'],
    ['duration.total>x', 'compares with what is not a number', 'Expected a number after >.'],
  ])('%s', (text, message, hint) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({
        code: 'bad_request',
        parameter: 'attribute',
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    );
  });
});
