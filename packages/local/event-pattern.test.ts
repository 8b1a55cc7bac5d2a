import { describe, expect, test } from 'vitest';
import { compilePattern, matches } from './event-pattern.ts';

// The example event and cases follow AWS's documentation of event patterns and the README of its event-ruler library.
const event = {
  version: '0',
  id: 'ddddd4-aaaa-7777-4444-345dd43cc333',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '012345679012',
  time: '2017-10-02T16:24:49Z',
  region: 'us-east-1',
  resources: ['arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000'],
  detail: {
    'c-count': 5,
    'd-count': 3,
    'x-limit': 301.8,
    'source-ip': '10.0.0.33',
    'instance-id': 'i-000000aaaaaa00000',
    state: 'running',
    eventName: '',
    responseElements: null,
    done: false,
    tags: [],
    steps: [
      { name: 'build', ok: true },
      { name: 'deploy', ok: false },
    ],
  },
};

describe('an event matches', () => {
  test.each<[string, unknown]>([
    ['a value in the list', { source: ['aws.s3', 'aws.ec2'] }],
    ['all fields', { source: ['aws.ec2'], detail: { state: ['running'], 'c-count': [5] } }],
    ['a number however it is written', { detail: { 'c-count': [5.0] } }],
    ['null and the empty text as such', { detail: { responseElements: [null], eventName: [''] } }],
    ['a boolean', { detail: { done: [false] } }],
    [
      'any value of an array',
      { resources: ['other', 'arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000'] },
    ],
    ['prefix', { time: [{ prefix: '2017-10-02' }] }],
    ['prefix, any case', { source: [{ prefix: { 'equals-ignore-case': 'AWS.' } }] }],
    ['suffix', { resources: [{ suffix: 'aaaa00000' }] }],
    ['suffix, any case', { source: [{ suffix: { 'equals-ignore-case': '.EC2' } }] }],
    ['equals-ignore-case', { detail: { state: [{ 'equals-ignore-case': 'RunNing' }] } }],
    ['wildcard', { resources: [{ wildcard: 'arn:aws:ec2:us-*:*/i-*' }] }],
    ['wildcard for nothing', { source: [{ wildcard: '*aws.ec2*' }] }],
    ['anything-but a text', { detail: { state: [{ 'anything-but': 'initializing' }] } }],
    ['anything-but a list', { detail: { state: [{ 'anything-but': ['stopped', 'overloaded'] }] } }],
    ['anything-but numbers', { detail: { 'x-limit': [{ 'anything-but': [100, 200, 300] }] } }],
    ['anything-but a prefix', { detail: { state: [{ 'anything-but': { prefix: 'init' } }] } }],
    ['anything-but prefixes', { detail: { state: [{ 'anything-but': { prefix: ['init', 'error'] } }] } }],
    ['anything-but a suffix', { source: [{ 'anything-but': { suffix: '.s3' } }] }],
    ['anything-but any case', { detail: { state: [{ 'anything-but': { 'equals-ignore-case': ['STOPPED'] } }] } }],
    ['anything-but a wildcard', { resources: [{ 'anything-but': { wildcard: '*/lib/*' } }] }],
    ['numeric', { detail: { 'c-count': [{ numeric: ['>', 0, '<=', 5] }], 'd-count': [{ numeric: ['<', 10] }] } }],
    ['numeric equality', { detail: { 'x-limit': [{ numeric: ['=', 3.018e2] }] } }],
    ['numeric bounds', { detail: { 'c-count': [{ numeric: ['>=', 5, '<=', 5] }] } }],
    ['exists', { detail: { 'c-count': [{ exists: true }], nothing: [{ exists: false }] } }],
    ['exists for null', { detail: { responseElements: [{ exists: true }] } }],
    ['a missing leaf under a missing parent', { detail: { no: { such: [{ exists: false }] } } }],
    ['an object is no leaf', { detail: [{ exists: false }] }],
    ['one of several matchers', { detail: { state: ['stopped', { prefix: 'run' }] } }],
    ['$or', { detail: { $or: [{ 'c-count': [{ numeric: ['>', 10] }] }, { 'd-count': [{ numeric: ['<', 10] }] }] } }],
    ['$or beside a field', { source: ['aws.ec2'], $or: [{ region: ['eu-west-1'] }, { account: ['012345679012'] }] }],
    ['one object of an array as a whole', { detail: { steps: { name: ['deploy'], ok: [false] } } }],
  ])('%s', (_, pattern) => {
    expect(matches(pattern, event)).toBe(true);
  });
});

describe('an event does not match', () => {
  test.each<[string, unknown]>([
    ['one field out of several', { source: ['aws.ec2'], detail: { state: ['stopped'] } }],
    ['a number given as text', { detail: { 'c-count': ['5'] } }],
    ['another case', { detail: { state: ['Running'] } }],
    ['a missing field', { detail: { nothing: ['x'] } }],
    ['a text operator on a number', { detail: { 'c-count': [{ prefix: '5' }] } }],
    ['numeric on a text', { account: [{ numeric: ['>', 0] }] }],
    ['just beyond a bound', { detail: { 'c-count': [{ numeric: ['>', 5] }], 'd-count': [{ numeric: ['<', 4] }] } }],
    ['anything-but the very value', { detail: { state: [{ 'anything-but': ['stopped', 'running'] }] } }],
    ['anything-but in a missing field', { detail: { nothing: [{ 'anything-but': 'x' }] } }],
    ['anything-but its prefix', { detail: { state: [{ 'anything-but': { prefix: 'run' } }] } }],
    ['exists where it is missing', { detail: { nothing: [{ exists: true }] } }],
    ['exists false where it is', { detail: { state: [{ exists: false }] } }],
    ['values of two objects of an array', { detail: { steps: { name: ['build'], ok: [false] } } }],
    ['an escaped star', { source: [{ wildcard: 'aws\\*' }] }],
    ['no branch of $or', { $or: [{ region: ['eu-west-1'] }, { account: ['1'] }] }],
    ['a name that every object inherits', { toString: [{ exists: true }] }],
  ])('%s', (_, pattern) => {
    expect(matches(pattern, event)).toBe(false);
  });
});

test('an escaped star and backslash stand for themselves', () => {
  const pattern = { path: [{ wildcard: 'C:\\\\*\\*' }] };
  expect(matches(pattern, { path: 'C:\\temp*' })).toBe(true);
  expect(matches(pattern, { path: 'C:\\temp' })).toBe(false);
});

test.each<[unknown, string]>([
  [{ ip: [{ cidr: '10.0.0.0/24' }] }, 'event pattern: pattern.ip: "cidr" is not an operator known here; known are'],
  [{ a: [{ 'anything-but': { contains: 'x' } }] }, 'pattern.a: "contains" is not an operator'],
  [{ a: [{ prefix: 'x', suffix: 'y' }] }, 'pattern.a: a matcher is a value or an object with one operator'],
  [{ a: [{ numeric: ['!=', 3] }] }, 'pattern.a: "numeric" takes =, <, <=, > or >='],
  [{ a: [{ numeric: ['>', 1, '<'] }] }, 'pattern.a: "numeric" takes one or two comparisons'],
  [{ a: [{ exists: 'yes' }] }, 'pattern.a: "exists" takes true or false'],
  [{ a: [{ wildcard: 'a**b' }] }, 'pattern.a: "wildcard" can\'t have two * in a row'],
  [{ a: [{ wildcard: 'a\\b' }] }, 'pattern.a: "wildcard" may only escape'],
  [{ a: [{ prefix: 5 }] }, 'pattern.a: "prefix" takes a text'],
  [{ a: [{ 'anything-but': [] }] }, 'pattern.a: "anything-but" takes'],
  [{ a: 'x' }, 'pattern.a: must be an object or a non-empty array'],
  [{ a: [] }, 'pattern.a: must be an object or a non-empty array'],
  [{ $or: [{ a: ['x'] }] }, 'pattern.$or: must be an array of two or more'],
  [{}, 'pattern: must be an object with a field'],
])('the pattern %j is refused', (pattern, message) => {
  expect(() => compilePattern(pattern)).toThrow(message);
});
