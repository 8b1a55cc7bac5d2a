import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signed } from '@plumbline/alerts/webhook/sign';
import { handler } from '@plumbline/functions/deliver';
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';
import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { seedsWith, tidyUp } from './support.ts';

tidyUp();

const KEY = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

const yamlOf = (url: string): string => `
workspace: acme
name: Acme
timezone: Europe/Berlin
currency: EUR
dris: { ceo: { title: CEO, email: ceo@acme.example } }
fallbackDri: ceo
channels: { webhook: { url: "${url}", events: [Indicator Missed] } }
sources: { stripe: {} }
`;

type Answer = { status: number; headers?: Record<string, string>; body: string };

async function serve(answer: (body: string, headers: Record<string, unknown>) => Answer): Promise<string> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { status, headers, body } = answer(Buffer.concat(parts).toString(), request.headers);
      response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const record = (messageId: string, detailType: string, workspace = 'acme'): Pick<SQSRecord, 'messageId' | 'body'> => ({
  messageId,
  body: JSON.stringify({
    source: 'plumbline',
    'detail-type': detailType,
    detail: {
      metadata: {
        id: `trn_${messageId}`,
        version: '1',
        workspace,
        time: '2026-02-14T01:00:00Z',
        correlationId: 'night_acme_2026-02-13',
        planVersion: null,
        later: 'a field of a later version',
      },
      data: { indicator: 'nps', gap: -4 },
    },
  }),
});

/** The function as Lambda calls it. */
const call = (...records: readonly object[]) => handler({ Records: records } as SQSEvent, {} as Context);

it('the deployed function asks for its secret, sends each event whole, and names those that were not taken', async () => {
  const received: { headers: Record<string, unknown>; body: string }[] = [];
  const hook = await serve((body, headers) => {
    received.push({ headers, body });
    return { status: body.includes('trn_refused') ? 404 : 204, body: '' };
  });
  const secrets = new Map<string, string>();
  const manager = await serve((body) => {
    const { SecretId } = z.object({ SecretId: z.string() }).parse(JSON.parse(body));
    const value = secrets.get(SecretId);
    return value === undefined
      ? { status: 400, headers: { 'x-amzn-errortype': 'ResourceNotFoundException' }, body: '{"message":"no"}' }
      : { status: 200, body: JSON.stringify({ Name: SecretId, SecretString: value }) };
  });
  const env = {
    PLUMBLINE_SEEDS: await seedsWith('acme', { 'workspace.yaml': yamlOf(hook) }),
    PLUMBLINE_TABLE: 'plumbline',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: manager,
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const said: string[] = [];
  vi.spyOn(console, 'error').mockImplementation((line: string) => void said.push(line));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  expect(await call(record('1', 'Indicator Missed'))).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  expect(said.join('\n')).toContain('there is no secret plumbline/acme/webhook in AWS Secrets Manager; make it there');

  secrets.set('plumbline/acme/webhook', KEY);
  const answer = await call(
    record('1', 'Indicator Missed'),
    record('unwanted', 'Indicator Met'),
    record('elsewhere', 'Indicator Missed', 'gone'),
    record('refused', 'Indicator Missed'),
    { messageId: 'broken', body: '{' },
  );
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'refused' }, { itemIdentifier: 'broken' }] });
  expect(said.join('\n')).toContain('trn_refused of acme: [webhook] answered 404');
  const taken = received.find(({ body }) => body.includes('trn_1'));
  const sent = z.looseObject({ detail: z.unknown() }).parse(JSON.parse(taken?.body ?? ''));
  expect(sent.detail).toEqual(z.object({ detail: z.unknown() }).parse(JSON.parse(record('1', '').body)).detail);
  const at = Number(taken?.headers['webhook-timestamp']) * 1000;
  expect(taken?.headers).toMatchObject(signed({ id: 'trn_1', at, body: taken?.body ?? '' }, KEY));
  expect(received).toHaveLength(2);
});
