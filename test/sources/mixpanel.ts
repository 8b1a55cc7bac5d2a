import { linesOf } from '@plumbline/sources/mixpanel/export-server';
import type { Driver } from './driver.ts';
import { vendor } from './driver.ts';

const people = ['ada@people.example', '__proto__', 'Ада Лавлейс', 'a\u0000b/../c'];

const event = (name: string, at: string, person: string, id: string, more: object = {}) => ({
  event: name,
  properties: { time: Date.parse(at) / 1000, distinct_id: person, $insert_id: id, $email: person, ...more },
});

const events = [
  // The day begins at 22:00 of the date before.
  ...people.map((person, index) => event('Sign Up', '2026-02-11T22:00:00Z', person, `s${index}`)),
  event('Sign Up', '2026-02-11T21:59:59Z', 'grace@people.example', 'before'),
  event('Sign Up', '2026-02-12T22:00:00Z', 'grace@people.example', 'after'),
  event('NPS Response', '2026-02-12T21:59:59Z', 'ada@people.example', 'n1', { score: 10 }),
  event('NPS Response', '2026-02-12T12:00:00Z', '__proto__', 'n2', { score: 3 }),
];

export const mixpanel: Driver = {
  name: 'mixpanel',
  source: 'mixpanel',
  config: {
    projectId: 271828,
    metrics: {
      signups: { count: 'Sign Up' },
      dau: { uniques: '*', days: 1 },
      wau: { uniques: '*', days: 7 },
      nps: { nps: 'NPS Response', property: 'score', days: 30 },
    },
  },
  secret: 'svc.1:s3cret-of-mixpanel',
  secrets: ['s3cret-of-mixpanel', Buffer.from('svc.1:s3cret-of-mixpanel').toString('base64')],
  start: (fault) => vendor(fault, () => ({ body: linesOf(events) })),
  values: { signups: 4, dau: 4, wau: 5, nps: 0 },
  laterPages: { none: 'an export is one answer, however long' },
  surprise: '{"surprise":true}\n',
  people: [...people, 'grace@people.example'],
};
