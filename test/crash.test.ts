import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  asked,
  eventsIn,
  headerOf,
  mailsIn,
  plumbline,
  seedsOf,
  sizeOf,
  start,
  temporaryFolder,
  tidyUp,
  until,
} from './support.ts';

tidyUp();

const LAST = '2026-01-16';
const SECONDS = 150_000;

let seeds: string;
let undisturbed: string;
let killed: string;
let kills: string[];

const up = (data: string) => ['up', '--once', '--port', '0', '--as-of', LAST, '--seeds', seeds, '--data', data];

const mailCount = async (data: string): Promise<number> => (await mailsIn(data)).length;
const eventBytes = (data: string): Promise<number> => sizeOf(path.join(data, 'events.jsonl'));

/** Moments to die at, each as soon as it can be seen from outside. */
const MOMENTS: readonly {
  name: string;
  reached: (data: string, before: { events: number; mails: number }) => Promise<boolean>;
}[] = [
  { name: 'the table is there', reached: async (data) => (await sizeOf(path.join(data, 'dynamodb.db'))) > 0 },
  { name: 'the first event', reached: async (data, { events }) => (await eventBytes(data)) > events },
  { name: 'some nights', reached: async (data, { events }) => (await eventBytes(data)) > events + 6_000 },
  { name: 'a mail', reached: async (data, { mails }) => (await mailCount(data)) > mails },
  { name: 'an event behind a mail', reached: async (data, { events }) => (await eventBytes(data)) > events + 2_500 },
  { name: 'one more mail', reached: async (data, { mails }) => (await mailCount(data)) > mails },
  { name: 'two more mails', reached: async (data, { mails }) => (await mailCount(data)) > mails + 1 },
];

beforeAll(async () => {
  seeds = await seedsOf('bakhmach');
  undisturbed = await temporaryFolder();
  killed = await temporaryFolder();
  kills = [];
  for (const { name, reached } of MOMENTS) {
    const before = { events: await eventBytes(killed), mails: await mailCount(killed) };
    const { child, ended } = start(up(killed));
    let over = false;
    void ended.then(() => (over = true));
    await until(async () => over || (await reached(killed, before)), name);
    if (!over) {
      child.kill('SIGKILL');
      kills.push(name);
    }
    await ended;
  }
  expect((await plumbline(up(killed))).exit).toBe(0);
  expect((await plumbline(up(undisturbed))).exit).toBe(0);
}, SECONDS);

const on = (data: string, ...words: string[]) => [
  ...words,
  '--workspace',
  'bakhmach',
  '--seeds',
  seeds,
  '--data',
  data,
];

const statusSchema = z.looseObject({ asOf: z.string(), indicators: z.array(z.looseObject({ id: z.string() })) });
const alertsSchema = z.object({
  transitions: z.array(
    z.looseObject({
      id: z.string(),
      at: z.string(),
      mail: z.object({ state: z.string(), to: z.string().nullable(), messageId: z.string().nullable() }),
      mails: z.array(
        z.looseObject({
          id: z.string(),
          state: z.string(),
          at: z.string(),
          delivery: z.object({ state: z.string() }).nullable(),
        }),
      ),
    }),
  ),
});

/** All of the alerts but the ids that the mail service gave, to the minute: a pull that a killed night had behind it takes no time again. */
async function alertsOf(data: string) {
  const { data: found } = await asked(alertsSchema, on(data, 'alerts'));
  const minute = (instant: string) => instant.slice(0, '2026-01-03T01:00'.length);
  return found.transitions.map(({ mail, mails, at, ...rest }) => ({
    ...rest,
    at: minute(at),
    mail: { state: mail.state, to: mail.to },
    mails: mails.map((one) => [one.id, one.state, minute(one.at), one.delivery?.state]),
  }));
}

describe(`an "up" that was killed again and again`, () => {
  it('was killed at five moments or more', () => {
    expect(kills.length).toBeGreaterThanOrEqual(5);
  });

  it('has every number that an undisturbed one has', async () => {
    const [found, expected] = [await plumbline(on(killed, 'export')), await plumbline(on(undisturbed, 'export'))];
    expect(found).toEqual(expected);
    expect(expected.out.split('\n').length).toBeGreaterThan(400);
  });

  it('judges the plan as the undisturbed one does', async () => {
    const found = await asked(statusSchema, on(killed, 'status'));
    expect(found).toEqual(await asked(statusSchema, on(undisturbed, 'status')));
    expect(found.data.asOf).toBe(LAST);
  });

  it('has the same transitions, mailed to the same people', async () => {
    const found = await alertsOf(killed);
    expect(found).toEqual(await alertsOf(undisturbed));
    expect(found.some(({ mail }) => mail.state === 'sent')).toBe(true);
  });

  it('sent each mail once', async () => {
    const ids = async (data: string) =>
      (await mailsIn(data)).map((mail) => headerOf(mail, 'X-Plumbline-Mail')).toSorted();
    const found = await ids(killed);
    expect(found).toEqual(await ids(undisturbed));
    expect(new Set(found).size).toBe(found.length);
  });

  it('published every event at least once, and no other', async () => {
    const transitions = async (data: string) =>
      [...new Set((await eventsIn(data)).map(({ id }) => id).filter((id) => id.startsWith('trn_')))].toSorted();
    expect(await transitions(killed)).toEqual(await transitions(undisturbed));
  });

  it('gave nothing up', async () => {
    expect(await readFile(path.join(killed, 'dead-letters.jsonl'), 'utf8').catch(() => '')).toBe('');
  });
});
