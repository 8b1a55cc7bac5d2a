import { describe, expect, test } from 'vitest';
import { mailNamed, reportOf, sesEvent } from './ses-events.ts';
import type { SampleName } from './ses-samples.ts';
import { sampleEvent } from './ses-samples.ts';

const ID = 'mail_bakhmach_2026-02-13_vp-product';
const BACK = Date.parse('2017-08-05T00:41:02.669Z');

const told = (type: SampleName, changes: Record<string, unknown> = {}, id: string | undefined = ID) =>
  reportOf(sesEvent.parse(sampleEvent(type, id, changes)))?.report;

describe('AWS’s own samples', () => {
  test.each([
    ['Email Sent', { state: 'accepted', at: Date.parse('2016-10-14T05:02:16.645Z'), reason: null, permanent: false }],
    ['Email Delivered', { state: 'delivered', at: 1476919264133, reason: null, permanent: false }],
    [
      'Email Delivery Delayed',
      {
        state: 'delayed',
        at: 1592267140095,
        reason: 'smtp; 421 4.4.1 Unable to connect to remote host',
        permanent: false,
      },
    ],
    [
      'Email Rejected',
      { state: 'rejected', at: Date.parse('2016-10-14T17:38:15.211Z'), reason: 'Bad content', permanent: false },
    ],
    [
      'Email Rendering Failed',
      {
        state: 'rejected',
        at: Date.parse('2018-01-22T18:43:06.197Z'),
        reason: "Attribute 'attributeName' is not present in the rendering data.",
        permanent: false,
      },
    ],
    ['Email Bounced', { state: 'bounced', at: BACK, reason: 'smtp; 550 5.1.1 user unknown', permanent: true }],
    ['Email Complaint Received', { state: 'complained', at: BACK, reason: 'abuse', permanent: true }],
  ] as const)('of "%s" say what became of which mail', (type, expected) => {
    expect(told(type)).toEqual({
      mail: ID,
      workspace: 'bakhmach',
      night: '2026-02-13',
      messageId: 'EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000',
      ...expected,
    });
  });
});

const soft = { bounceType: 'Transient', bounceSubType: 'General' };

describe('a bounce', () => {
  test.each(['Suppressed', 'OnAccountSuppressionList'])('of the subtype %s was accepted and never sent', (subType) => {
    expect(told('Email Bounced', { bounceSubType: subType })).toMatchObject({
      state: 'suppressed',
      reason: subType,
      permanent: true,
    });
  });

  test('that SES gave up trying is of this mail, not of the address', () => {
    const given = { ...soft, bouncedRecipients: [{ action: 'failed', status: '4.4.7' }] };
    expect(told('Email Bounced', given)).toMatchObject({ state: 'bounced', reason: '4.4.7', permanent: false });
  });

  test.each([
    ['as the mailbox simulator answers', { ...soft, bouncedRecipients: [{ emailAddress: 'a@b.example' }] }],
    ['as mail programs do', { bounceType: 'Undetermined', bounceSubType: 'Undetermined', bouncedRecipients: [] }],
  ])('that is an out-of-office answer, %s, is no bounce', (_, changes) => {
    expect(told('Email Bounced', changes)).toBeUndefined();
  });
});

describe('a complaint', () => {
  test('about an address on the account’s suppression list was accepted and never sent', () => {
    expect(told('Email Complaint Received', { complaintSubType: 'OnAccountSuppressionList' })).toMatchObject({
      state: 'suppressed',
    });
  });
  test('that a mail is no spam after all is none', () => {
    expect(told('Email Complaint Received', { complaintFeedbackType: 'not-spam' })).toBeUndefined();
  });
  test('without a kind is one', () => {
    expect(told('Email Complaint Received', { complaintFeedbackType: undefined })).toMatchObject({
      state: 'complained',
      reason: null,
    });
  });
});

describe('which mail it is about', () => {
  test('is in the tag that it was sent with; a mail of somebody else has none', () => {
    expect(reportOf(sesEvent.parse(sampleEvent('Email Bounced', undefined)))).toBeUndefined();
    expect(() => told('Email Bounced', {}, 'mail_for\nsomebody')).toThrow(
      '[ses] the tag "mail_for somebody" is no id of a mail',
    );
  });

  test.each([
    ['mail_acme_2026-02-13_cpo', 'acme', false],
    ['mail_acme_2026-02-13_cpo_fallback', 'acme', false],
    // One in place of another, when somebody else has become the fallback DRI and the first fallback's came back.
    ['mail_acme_2026-02-13_cpo_fallback_fallback', 'acme', false],
    ['mail_demo_acme_2026-02-13_cpo', 'acme', true],
    ['mail_demo_2026-02-13_cpo', 'demo', false],
    ['mail_demo_demo_2026-02-13_cpo', 'demo', true],
    ['mail_2026-02-13_2026-02-13_2026-02-13', '2026-02-13', false],
  ])('%s belongs to %s, demo: %s', (id, workspace, demo) => {
    expect(mailNamed(id)).toEqual({ workspace, night: '2026-02-13', demo });
  });

  test.each(['mail_acme_2026-02-30_cpo', 'mail_acme_cpo', 'slack_acme_2026-02-13', 'mail_acme_2026-02-13_'])(
    '%s is no id of a mail',
    (id) => {
      expect(() => mailNamed(id)).toThrow('is no id of a mail');
    },
  );
});

test.each([
  ['of another source', { source: 'plumbline' }],
  ['of another kind', { 'detail-type': 'Email Opened' }],
  ['without its mail', { detail: { eventType: 'Send' } }],
])('an event %s is not read', (_, changes) => {
  expect(sesEvent.safeParse({ ...sampleEvent('Email Sent', ID), ...changes }).success).toBe(false);
});
