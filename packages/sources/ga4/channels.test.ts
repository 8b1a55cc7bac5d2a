import { toDay } from '@plumbline/core/day';
import { expect, test } from 'vitest';
import { ga4 } from './index.ts';
import { named, observed, plain, pullFrom, row } from './test-property.ts';

const day = toDay('2026-02-12');
const range = { from: day, to: day };
const BY_CHANNEL = 'date sessionDefaultChannelGroup';

/** 10 visitors in 12 sessions. */
const daily = { dimensionHeaders: named('date'), rows: [row('20260212', 10, 9, 3, 12, 40, 6, 30)], rowCount: 1 };
const metadata = { timeZone: 'Europe/Kyiv' };
const channels = {
  dimensionHeaders: named('date', 'sessionDefaultChannelGroup'),
  rows: [
    row(['20260212', 'Organic Search'], 6, 7),
    row(['20260212', 'Unassigned'], 0, 0),
    row(['20260212', 'Direct'], 5, 5),
  ],
  rowCount: 3,
};

const pull = (byChannel: object, whole: object = daily) =>
  pullFrom({ date: { metadata, ...whole }, [BY_CHANNEL]: byChannel }, range, { config: plain });

test('visitors and sessions by channel are parts of the day’s numbers; who came by two channels is in both', async () => {
  const { pulled } = await pull(channels);
  const [visitors] = observed(pulled, 'website_visitors');
  expect(visitors).toMatchObject({
    value: 10,
    breakdown: { channel: { 'Organic Search': 6, Direct: 5 } },
    quality: [],
    evidence: { requests: 2, rows: 3 },
  });
  expect(observed(pulled, 'sessions')[0]).toMatchObject({
    value: 12,
    breakdown: { channel: { 'Organic Search': 7, Direct: 5 } },
    quality: [],
  });
  expect(observed(pulled, 'active_users')[0]).not.toHaveProperty('breakdown');
});

test('both are announced with their dimension, so that a plan may ask for a channel', () => {
  const metrics = ga4.metrics(plain, { currency: 'USD' });
  expect(metrics.filter(({ dimensions }) => dimensions).map(({ id, dimensions }) => [id, dimensions])).toEqual([
    ['website_visitors', ['channel']],
    ['sessions', ['channel']],
  ]);
});

test.each([
  ['thresholded', { subjectToThresholding: true }],
  ['sampled', { samplingMetadatas: [{ samplesReadCount: '500', samplingSpaceSize: '1000' }] }],
  ['other-row', { dataLossFromOtherRow: true }],
  [
    'truncated:rules_based_models',
    { dataTruncationReasons: [{ dataTruncationType: 'DATA_TRUNCATION_TYPE_RULES_BASED_MODELS' }] },
  ],
  // Enums come as numbers, as the SDK asks for.
  ['truncated:dv360', { dataTruncationReasons: [{ dataTruncationType: 3, dataTruncationMessage: 'Too old.' }] }],
])('channels that are %s are left out and said so; the day’s own numbers stand', async (flag, said) => {
  const { pulled } = await pull({ ...channels, metadata: said });
  const [visitors] = observed(pulled, 'website_visitors');
  expect(visitors).toMatchObject({ value: 10, quality: [`channels:${flag}`] });
  expect(visitors).not.toHaveProperty('breakdown');
  expect(observed(pulled, 'active_users')[0]).toMatchObject({ value: 9, quality: [] });
});

test('an "(other)" row among the channels is a loss, whatever the metadata says', async () => {
  const { pulled } = await pull({
    ...channels,
    rows: [...channels.rows, row(['20260212', '(other)'], 1, 1)],
    rowCount: 4,
  });
  const [sessions] = observed(pulled, 'sessions');
  expect(sessions).toMatchObject({ value: 12, quality: ['channels:other-row'] });
  expect(sessions).not.toHaveProperty('breakdown');
});

test('a day without visits has no channels; one whose visits came in between the two reports has no breakdown yet', async () => {
  const none = { dimensionHeaders: channels.dimensionHeaders };
  const empty = await pull(none, { dimensionHeaders: named('date') });
  expect(observed(empty.pulled, 'sessions')[0]).toMatchObject({ value: 0, breakdown: { channel: {} } });
  const late = await pull(none);
  expect(observed(late.pulled, 'sessions')[0]).not.toHaveProperty('breakdown');
  expect(observed(late.pulled, 'sessions')[0]).toMatchObject({ value: 12, quality: [] });
});

test('a report without its channels is refused', async () => {
  const bare = { dimensionHeaders: named('date'), rows: [row('20260212', 6, 7)], rowCount: 1 };
  await expect(pull(bare)).rejects.toThrow("[ga4] a report's row lacks its sessionDefaultChannelGroup");
  const twice = { ...channels, rows: [channels.rows[0], channels.rows[0]] };
  await expect(pull(twice)).rejects.toThrow('[ga4] a report has two rows for 2026-02-12 Organic Search');
});
