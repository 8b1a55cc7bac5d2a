import type { PublishedEvent } from '@plumbline/alerts/channel';
import { webhook as definition } from '@plumbline/alerts/webhook/index';
import { expect } from 'vitest';
import type { Driver, Kind } from './driver.ts';
import { HOSTILE, httpService } from './driver.ts';

const KEYS = [11, 12].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`);

const event = (data: Record<string, unknown>): PublishedEvent => ({
  'detail-type': 'Indicator Missed',
  detail: {
    metadata: {
      id: 'trn_20260213_a1b2',
      version: '1',
      workspace: 'acme',
      time: '2026-02-14T01:00:00Z',
      correlationId: 'night_acme_2026-02-13',
      planVersion: null,
    },
    data,
  },
});

const messages: Readonly<Record<Kind, PublishedEvent>> = {
  plain: event({ indicator: 'nps', value: 36 }),
  hostile: event({ [HOSTILE]: HOSTILE, says: HOSTILE, risk: { note: HOSTILE } }),
  huge: event({ items: Array.from({ length: 2000 }, () => 'x'.repeat(500)) }),
};

export const webhook: Driver = {
  name: 'webhook',
  secrets: KEYS,
  patience: 'its own',
  inspect: (accepted, kind) =>
    expect(JSON.parse(accepted)).toEqual({ source: 'plumbline', time: '2026-02-14T01:00:00Z', ...messages[kind] }),
  start: (fault, excuse) =>
    httpService(fault, { accepts: { status: 202, body: '' }, refuses: { status: 410, body: excuse } }, (url) => {
      const channel =
        definition.hears === 'events' && definition.open({ url }, KEYS.join(' '), { clock: { now: () => 0 } });
      if (!channel) throw new Error('a webhook hears of events');
      return (kind, signal) => channel.send(messages[kind], signal);
    }),
};
