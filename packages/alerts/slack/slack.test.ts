import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Delivery } from '../channel.ts';
import { slack } from './index.ts';

const SECRET = '/services/T0001/B0002/s3cret';

/** What becomes of a post to a server that answers so. */
async function postTo(answer: RequestListener): Promise<Delivery> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${SECRET}`;
  if (slack.hears !== 'nights') throw new Error('Slack hears of nights');
  const channel = slack.open({}, url, { clock: { now: () => 0 } });
  return channel.send({
    id: 'slack_acme',
    headline: 'News',
    groups: [],
    digests: [],
    dashboardUrl: 'http://127.0.0.1',
  });
}

const says = (status: number, body: string, headers: Record<string, string> = {}): RequestListener => {
  return (_, response) => response.writeHead(status, headers).end(body);
};

describe('what Slack answers', () => {
  it.each([
    [200, 'ok', { outcome: 'delivered', messageId: 'slack_acme' }],
    [400, 'invalid_blocks', { outcome: 'rejected', reason: '[slack] answered 400: invalid_blocks' }],
    [
      403,
      'action_prohibited',
      {
        outcome: 'rejected',
        reason:
          '[slack] answered 403: action_prohibited, the Slack workspace does not let it post: ask one of its admins',
      },
    ],
    [
      404,
      'no_service',
      {
        outcome: 'rejected',
        reason:
          '[slack] answered 404: no_service, the webhook is no longer there: make a new one in Slack and put its address where the old one was',
      },
    ],
    [
      410,
      'channel_is_archived\n',
      {
        outcome: 'rejected',
        reason:
          '[slack] answered 410: channel_is_archived, its channel is archived: take it out of the archive, or make a webhook for another one',
      },
    ],
    [500, 'rollup_error', { outcome: 'retryable', reason: '[slack] answered 500: rollup_error' }],
  ])('%i %s comes with what to do', async (status, body, delivery) => {
    expect(await postTo(says(status, body))).toEqual(delivery);
  });

  it('may be a wish to wait', async () => {
    expect(await postTo(says(429, 'rate_limited', { 'retry-after': '30' }))).toEqual({
      outcome: 'retryable',
      reason: '[slack] answered 429 and asks to wait 30 seconds: rate_limited',
    });
  });

  it('leads nowhere else, and repeats nothing of a page that is not from Slack', async () => {
    const elsewhere = { location: 'http://127.0.0.1:9/' };
    expect(await postTo(says(307, `<a href="${SECRET}">moved</a>`, elsewhere))).toEqual({
      outcome: 'rejected',
      reason: '[slack] answered 307',
    });
    expect(await postTo(says(404, `Cannot POST ${SECRET}`))).toEqual({
      outcome: 'rejected',
      reason:
        '[slack] answered 404: the webhook is no longer there: make a new one in Slack and put its address where the old one was',
    });
  });

  it('is a refusal also where it breaks off, or never ends', async () => {
    const cut: RequestListener = (_, response) => {
      response.writeHead(403, { 'content-length': '100' });
      response.write('action', () => response.destroy());
    };
    expect(await postTo(cut)).toMatchObject({
      outcome: 'rejected',
      reason: expect.stringMatching(/^\[slack\] answered 403/),
    });
    const endless: RequestListener = (_, response) => {
      response.writeHead(410);
      const more = () => void (response.destroyed || response.write('x'.repeat(65_536), () => setImmediate(more)));
      more();
    };
    expect(await postTo(endless)).toMatchObject({ outcome: 'rejected' });
  });
});

it.each([
  ['https://hooks.slack.com/services/T0001/B0002/abc', true],
  ['https://hooks.slack-gov.com/services/T0001/B0002/abc', true],
  ['http://127.0.0.1:5000/anything', true],
  ['http://hooks.slack.com/services/T0001/B0002/abc', false],
  ['https://hooks.slack.com/workflows/T0001', false],
  ['https://hooks.slack.com.evil.example/services/T0001', false],
  ['xoxb-123', false],
])('the address "%s" may be its secret: %s', (text, isOne) => {
  expect(slack.secret.isValid(text)).toBe(isOne);
});
