import type { ImportEvent } from '@plumbline/local/mixpanel-events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Job } from './send-to-mixpanel.ts';
import { sendToMixpanel } from './send-to-mixpanel.ts';
import type { TestProject } from './testing-mixpanel.ts';
import { PROJECT, refuse, startProject } from './testing-mixpanel.ts';

let project: TestProject;
beforeEach(async () => {
  project = await startProject();
});
afterEach(() => project.close());

const some = (count: number): ImportEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    event: 'Sign Up',
    properties: { time: 1_767_340_800 + index, distinct_id: `користувач-${index}`, $insert_id: `id-${index}` },
  }));

const [acct = '', pass = ''] = PROJECT.secret.split(':');
const jobOf = (events: readonly ImportEvent[], credentials: Partial<Job['credentials']> = { acct, pass }): Job => ({
  address: `${project.url}/import`,
  region: 'eu',
  credentials: { project: PROJECT.id, ...credentials } as Job['credentials'],
  events,
});

const inOrder = (events: readonly { properties: { time?: number } }[]) =>
  events.toSorted((a, b) => (a.properties.time ?? 0) - (b.properties.time ?? 0));

const Z = { 'retry-after': '0.02' };

test('sends all as they are, by a thousand, and tells how far it is', async () => {
  const events = some(2500);
  const steps: number[] = [];
  const sent = await sendToMixpanel(jobOf(events), { onProgress: (done) => steps.push(done) });
  expect(sent).toEqual({ imported: 2500, failed: new Map() });
  expect(inOrder(project.events)).toEqual(events);
  expect(project.batches.toSorted((a, b) => a - b)).toEqual([500, 1000, 1000]);
  expect(steps.at(-1)).toBe(2500);
  expect(steps).toHaveLength(3);
});

test("the project's own token will do", async () => {
  const sent = await sendToMixpanel(jobOf(some(3), { token: PROJECT.token }));
  expect(sent).toEqual({ imported: 3, failed: new Map() });
});

test('what Mixpanel takes in part is counted with its reasons', async () => {
  const [first, ...others] = some(5);
  const tooLong = others.map((event) => ({
    ...event,
    properties: { ...event.properties, $insert_id: 'x'.repeat(37) },
  }));
  const sent = await sendToMixpanel(jobOf([...(first ? [first] : []), ...tooLong]));
  expect(sent).toEqual({ imported: 1, failed: new Map([["'properties.$insert_id' is invalid", 4]]) });
});

test('a busy or broken moment is waited out', async () => {
  project.instead = [
    (response) => refuse(response, 429, 'Project exceeded rate limits', Z),
    (response) => void response.writeHead(503, Z).end('<html>later</html>'),
  ];
  expect(await sendToMixpanel(jobOf(some(3)))).toEqual({ imported: 3, failed: new Map() });
  expect(project.asked).toHaveLength(3);
});

describe('a refusal ends it with its reason, and without the secret', () => {
  test('a wrong key', async () => {
    const sent = sendToMixpanel(jobOf(some(3), { acct, pass: 'wrong' }));
    await expect(sent).rejects.toThrow(
      '[mixpanel] POST /import answered 401: the credentials are wrong; set the service account as user:secret, or --project-token ' +
        "to the project's own token; it says: Invalid credentials",
    );
  });

  test('an account that may not write, quoted back with its secret', async () => {
    project.instead = [(response) => refuse(response, 403, `${PROJECT.secret} has no permission`)];
    await expect(sendToMixpanel(jobOf(some(3)))).rejects.toThrow(
      /^\[mixpanel\] POST \/import answered 403: the service account may not write .* it says: \*\*\*:\*\*\* has no permission$/,
    );
  });

  test('a batch that is too big for something on the way', async () => {
    project.instead = [(response) => void response.writeHead(413).end('<html>nginx</html>')];
    await expect(sendToMixpanel(jobOf(some(3)))).rejects.toThrow(/^\[mixpanel\] POST \/import answered 413: the batch/);
  });

  test('a limit that stays', async () => {
    project.instead = Array.from({ length: 7 }, () => (response) => refuse(response, 429, 'exceeded rate limits', Z));
    await expect(sendToMixpanel(jobOf(some(3)))).rejects.toThrow(
      /^\[mixpanel\] POST \/import answered 429: more than the project may take in a minute; .* it says: exceeded rate limits$/,
    );
    expect(project.asked).toHaveLength(7);
  });

  test('an answer that is none', async () => {
    project.instead = [(response) => void response.end('OK')];
    await expect(sendToMixpanel(jobOf(some(3)))).rejects.toThrow(/^\[mixpanel\] POST \/import failed: /);
  });
});

test('a silence ends it, and the sending process with it', async () => {
  let cut = false;
  project.instead = [(response) => void response.once('close', () => (cut = true))];
  // Long enough for the library to load on a busy machine, short enough for a test.
  const sent = sendToMixpanel(jobOf(some(3)), { silenceMs: 6000 });
  await expect(sent).rejects.toThrow('[mixpanel] POST /import: nothing was heard for 6 s');
  await expect.poll(() => cut || project.asked.length === 0).toBe(true);
});
