import type { Driver } from './driver.ts';
import { vendor } from './driver.ts';

const SECRET = 'http-secret-token';
const common = {
  url: 'https://desk.example/kpis/{day}',
  headers: { authorization: 'Bearer {secret}' },
  direction: 'down',
};

export const http: Driver = {
  name: 'http',
  source: 'http',
  config: {
    metrics: [
      { ...common, id: 'open_tickets', path: '$.tickets.open', unit: 'count', kind: 'stock' },
      { ...common, id: 'owed', path: "$['owed to us']", unit: 'money', kind: 'stock' },
      { ...common, id: 'late', numerator: '$.late', denominator: '$.tickets.all', unit: '%', kind: 'rate' },
    ],
  },
  secret: SECRET,
  secrets: [SECRET],
  start: (fault) =>
    vendor(fault, ({ url }) => ({
      body: {
        tickets: { open: url.pathname === '/kpis/2026-02-12' ? 12 : 0, all: 40 },
        'owed to us': '1234.50',
        late: 10,
        assignee: 'ada@people.example',
      },
    })),
  values: { open_tickets: 12, owed: 123_450, late: 25 },
  laterPages: { none: 'one answer, and no next one is known of' },
  surprise: { tickets: [] },
  people: ['ada@people.example'],
};
