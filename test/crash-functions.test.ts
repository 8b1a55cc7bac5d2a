import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NightInTheCloud } from './crash/cloud.ts';
import { nightInTheCloud } from './crash/cloud.ts';

// A sample of what `npm run crash` does at every moment to the functions as they are on AWS.

const SECONDS = 180_000;
const EVERY = 40;
const SEND = 'POST /v2/email/outbound-emails';
const right = { differences: [], twice: [] };

let night: NightInTheCloud;

beforeAll(async () => {
  night = await nightInTheCloud();
}, SECONDS);

afterAll(() => night.close());

describe('the night that is broken off', () => {
  it('brings everything that a night can, and hundreds of moments to die at', () => {
    const { transitions, mailed, nights, unreachable } = night.undisturbed;
    const kinds = Object.entries(transitions).flatMap(([id, text]) =>
      id.startsWith('trn_20260310') ? (/"kind":"(\w+)"/.exec(text)?.[1] ?? []) : [],
    );
    expect(new Set(kinds)).toEqual(
      new Set(['missed', 'met', 'at_risk', 'corrected', 'stale', 'source_failed', 'source_recovered']),
    );
    expect(mailed).toEqual({
      'mail_acme_2026-03-10_ceo': '1',
      'mail_acme_2026-03-10_cfo': '1',
      'mail_acme_2026-03-10_cpo': '1',
      'mail_acme_2026-03-10_cto': '1',
      'mail_acme_2026-03-10_sales_fallback': '1',
    });
    expect(nights['2026-03-10']).toBe('["closed",["ga4 ok","http ok","mixpanel ok","stripe ok","uptime failed"]]');
    expect(Object.keys(unreachable)).toEqual(['sales']);
    expect(night.moments.length).toBeGreaterThan(400);
  });
});

describe('functions that all die at once', () => {
  it(
    `leave what an undisturbed night leaves, at every ${EVERY}th moment`,
    async () => {
      for (let point = EVERY; point <= night.moments.length; point += EVERY) {
        const { deaths, ...rest } = await night.crash([point]);
        expect({ point, deaths: deaths.length, ...rest }).toEqual({ point, deaths: 1, ...right });
      }
    },
    SECONDS,
  );

  it.each([
    ['between two messages to the queues', 'ask SendMessage 4'],
    ['when events are on the bus and still wait in the outbox', 'answer PutEvents 2'],
    ['before a mail is sent', `ask ${SEND} 1`],
    ['when a mail has been accepted and that is not noted', `answer ${SEND} 2`],
    ['when an address has been refused and that is not noted', `answer ${SEND} 5`],
  ])(
    'leave what an undisturbed night leaves: %s',
    async (_, point) => {
      expect(await night.crash([point])).toEqual({ deaths: [point.replace(/ \d+$/, '')], ...right });
    },
    SECONDS,
  );

  it(
    'do so when those that take over die as well',
    async () => {
      const { deaths, ...rest } = await night.crash(['answer TransactWriteItems 6', 'ask TransactWriteItems 3', 100]);
      expect({ deaths: deaths.length, ...rest }).toEqual({ deaths: 3, ...right });
    },
    SECONDS,
  );

  it(
    'do so when what the mail service says comes together with the night, and both have been broken off',
    async () => {
      const { deaths, ...rest } = await night.crash([`answer ${SEND} 3`, 'ask TransactWriteItems 1']);
      expect({ deaths, ...rest }).toEqual({ deaths: [`answer ${SEND}`, 'ask TransactWriteItems'], ...right });
    },
    SECONDS,
  );
});

describe('a mail service of which nothing is heard', () => {
  it(
    'gets a mail again only where its answer was lost, half an hour later',
    async () => {
      expect(await night.crash([`answer ${SEND} 2`], { sesTells: false })).toEqual({
        deaths: [`answer ${SEND}`],
        differences: [expect.stringMatching(/^mailed \S+: 2, undisturbed 1$/)],
        twice: [{ id: expect.any(String), minutes: 30 }],
      });
    },
    SECONDS,
  );

  it(
    'gets each mail once where it was not asked yet',
    async () => {
      expect(await night.crash([`ask ${SEND} 2`], { sesTells: false })).toEqual({ deaths: [`ask ${SEND}`], ...right });
    },
    SECONDS,
  );
});
