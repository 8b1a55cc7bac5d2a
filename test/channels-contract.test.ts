import { channels } from '@plumbline/alerts/registry';
import { sources } from '@plumbline/sources/registry';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import type { Driver, Fault, Kind } from './channels/driver.ts';
import { FAULTS, HOSTILE } from './channels/driver.ts';
import { ses, smtp } from './channels/mail.ts';
import { slack } from './channels/slack.ts';
import { webhook } from './channels/webhook.ts';

const DRIVERS: readonly Driver[] = [ses, smtp, slack, webhook];
const KINDS: readonly Kind[] = ['plain', 'hostile', 'huge'];
const PATIENCE_MS = 100;

test('every channel has a driver here, and a name that no source has', () => {
  const names = channels.map(({ name }) => name);
  expect(DRIVERS.map(({ name }) => name)).toEqual(['ses', 'smtp', ...names]);
  const taken = new Set([...sources.map(({ name }) => name), 'mail']);
  expect(names.filter((name) => taken.has(name))).toEqual([]);
});

test.each(channels)('$name refuses keys that it does not know, and says what its secret is', ({ config, secret }) => {
  expect(config instanceof z.ZodObject && config.def.catchall instanceof z.ZodNever).toBe(true);
  expect(secret.describe).not.toBe('');
  for (const wrong of ['', 'secret', 'http://elsewhere.example/services/a', HOSTILE])
    expect(secret.isValid(wrong)).toBe(false);
});

describe.each(DRIVERS)('the channel $name', (driver) => {
  const service = async (fault: Fault, excuse = 'no') => {
    const started = await driver.start(fault, excuse);
    onTestFinished(() => started.close());
    return started;
  };

  test.each(KINDS)('gets a message through once and whole: %s', async (kind) => {
    const { send, asked, accepted } = await service('accepts');
    const delivery = await send(kind);
    expect(delivery).toEqual({ outcome: 'delivered', messageId: expect.stringMatching(/./) });
    expect([asked(), accepted().length]).toEqual([1, 1]);
    driver.inspect(accepted()[0] ?? '', kind);
  });

  const faults = Object.entries(FAULTS).filter(([, outcome]) => outcome !== 'delivered') as [Fault, string][];
  test.each(faults)('whose service %s says so, and does not try again: %s', async (fault, outcome) => {
    const { send, asked } = await service(fault);
    for (const kind of KINDS) {
      expect(await send(kind)).toMatchObject({ outcome, reason: expect.stringMatching(`^\\[${driver.name}\\] .{2,}`) });
    }
    expect(asked()).toBe(KINDS.length);
  });

  test('repeats of a refusal one short line, and no secret', async () => {
    const told = [...driver.secrets, HOSTILE, ...driver.secrets].join('\n');
    for (const excuse of [told, `${told} ${'x'.repeat(1_000_000)}`, '']) {
      const { send } = await service('refuses', excuse);
      const { reason } = z.object({ outcome: z.literal('rejected'), reason: z.string() }).parse(await send('plain'));
      expect(reason.length).toBeLessThanOrEqual(256);
      expect(reason).not.toMatch(/\p{Cc}/u);
      for (const secret of driver.secrets) expect(reason).not.toContain(secret);
    }
  });

  test('whose service is not there says so', async () => {
    const gone = await driver.start('accepts', '');
    await gone.close();
    expect(await gone.send('plain')).toMatchObject({
      outcome: 'retryable',
      reason: expect.stringMatching(`^\\[${driver.name}\\] .*ECONNREFUSED`),
    });
  });

  const { patience } = driver;
  const untried = typeof patience === 'object';
  test.skipIf(untried)(
    `gives up a service that is silent${untried ? ` (skipped: ${patience.untried})` : ''}`,
    async () => {
      const timeout = AbortSignal.timeout.bind(AbortSignal);
      const limits: number[] = [];
      vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
        limits.push(ms);
        return timeout(PATIENCE_MS);
      });
      onTestFinished(() => void vi.restoreAllMocks());
      const { send } = await service('is silent');
      const delivery = await send('plain', patience === 'the signal' ? timeout(PATIENCE_MS) : undefined);
      expect(delivery).toMatchObject({ outcome: 'retryable', reason: expect.stringMatching(`^\\[${driver.name}\\] `) });
      expect(limits).toEqual(patience === 'its own' ? [10_000] : []);
    },
  );
});
