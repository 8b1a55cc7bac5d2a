import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NightToKill } from './crash/killed.ts';
import { nightToKill } from './crash/killed.ts';

// A sample of what `npm run crash` does at every moment: one death of each kind that leaves something else behind.

const SECONDS = 180_000;

let night: NightToKill;

beforeAll(async () => {
  night = await nightToKill();
}, SECONDS);

afterAll(() => night.close());

describe('a night that is killed once', () => {
  it('has hundreds of moments to die at', () => {
    expect(night.moments.length).toBeGreaterThan(300);
  });

  it.concurrent.each([
    ['before an answer of a vendor is read', 'answer GET /v1/subscriptions 1'],
    ['when some sources have been written', 'answer TransactWriteItems 4'],
    ['when an event is half in the file', 'during appendFileSync log 1'],
    ['when events are in the file and still wait in the outbox', 'after appendFileSync log 1'],
    ['when the cursor is not moved yet', 'after writeFileSync events.cursor.json.new 1'],
    ['when the night is closed and nobody has heard', 'ask PutEvents 2'],
    ['when a mail has been claimed and not been sent', 'ask POST /v2/email/outbound-emails 1'],
    ['when a mail is half in the file', 'during writeFile mail.new 2'],
    ['when a mail has been accepted and nobody knows', 'after rename mail.new 3'],
    ['when a mail has been accepted and that is not noted', 'answer POST /v2/email/outbound-emails 5'],
  ])(
    'ends as an undisturbed one: %s',
    async (_, point) => {
      const deaths = [point.replace(/ \d+$/, '')];
      expect(await night.crash(point)).toEqual({ points: [point], deaths, differences: [] });
    },
    SECONDS,
  );
});

describe('a night that is killed twice', () => {
  it.concurrent.each([
    ['between two mails, and at the next one', 'answer POST /v2/email/outbound-emails 2', 'after rename mail.new 1'],
    ['while it writes, and while it goes on', 'answer TransactWriteItems 6', 'ask TransactWriteItems 2'],
  ])(
    'ends as an undisturbed one: %s',
    async (_, first, second) => {
      const { deaths, differences } = await night.crash(first, second);
      expect([deaths.length, differences]).toEqual([2, []]);
    },
    SECONDS,
  );
});
