/** When and as whom the samples' mail was sent; `tags` are those that it would have by our own sending. */
const mail = {
  timestamp: '2017-08-05T00:40:02.012Z',
  source: 'Sender Name <sender@example.com>',
  sourceArn: 'arn:aws:ses:us-east-1:123456789012:identity/sender@example.com',
  sendingAccountId: '123456789012',
  messageId: 'EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000',
  destination: ['recipient@example.com'],
  headersTruncated: false,
  headers: [
    { name: 'From', value: 'Sender Name <sender@example.com>' },
    { name: 'To', value: 'recipient@example.com' },
    { name: 'Subject', value: 'Message sent from Amazon SES' },
  ],
  commonHeaders: {
    from: ['Sender Name <sender@example.com>'],
    to: ['recipient@example.com'],
    messageId: 'EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000',
    subject: 'Message sent from Amazon SES',
  },
  tags: {
    'ses:configuration-set': ['ConfigSet'],
    'ses:source-ip': ['192.0.2.0'],
    'ses:from-domain': ['example.com'],
    'ses:caller-identity': ['ses_user'],
  },
};

/**
 * Event data as AWS publishes samples of it: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html,
 * by the names that they have on an event bus: https://docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html
 */
export const samples = {
  'Email Sent': { eventType: 'Send', send: {} },
  'Email Delivered': {
    eventType: 'Delivery',
    delivery: {
      timestamp: '2016-10-19T23:21:04.133Z',
      processingTimeMillis: 11893,
      recipients: ['recipient@example.com'],
      smtpResponse: '250 2.6.0 Message received',
      reportingMTA: 'mta.example.com',
    },
  },
  'Email Delivery Delayed': {
    eventType: 'DeliveryDelay',
    deliveryDelay: {
      timestamp: '2020-06-16T00:25:40.095Z',
      delayType: 'TransientCommunicationFailure',
      expirationTime: '2020-06-16T00:25:40.914Z',
      delayedRecipients: [
        {
          emailAddress: 'recipient@example.com',
          status: '4.4.1',
          diagnosticCode: 'smtp; 421 4.4.1 Unable to connect to remote host',
        },
      ],
    },
  },
  'Email Rejected': { eventType: 'Reject', reject: { reason: 'Bad content' } },
  'Email Rendering Failed': {
    eventType: 'Rendering Failure',
    failure: {
      errorMessage: "Attribute 'attributeName' is not present in the rendering data.",
      templateName: 'MyTemplate',
    },
  },
  'Email Bounced': {
    eventType: 'Bounce',
    bounce: {
      bounceType: 'Permanent',
      bounceSubType: 'General',
      bouncedRecipients: [
        {
          emailAddress: 'recipient@example.com',
          action: 'failed',
          status: '5.1.1',
          diagnosticCode: 'smtp; 550 5.1.1 user unknown',
        },
      ],
      timestamp: '2017-08-05T00:41:02.669Z',
      feedbackId: '01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000',
      reportingMTA: 'dsn; mta.example.com',
    },
  },
  'Email Complaint Received': {
    eventType: 'Complaint',
    complaint: {
      complainedRecipients: [{ emailAddress: 'recipient@example.com' }],
      timestamp: '2017-08-05T00:41:02.669Z',
      feedbackId: '01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000',
      userAgent: 'Amazon SES Mailbox Simulator',
      complaintFeedbackType: 'abuse',
      arrivalDate: '2017-08-05T00:41:02.669Z',
    },
  },
} as const;
export type SampleName = keyof typeof samples;

/** A sample as it comes over the account's default bus, about one of our mails; `changes` replace parts of what happened. */
export function sampleEvent(type: SampleName, id: string | undefined, changes: Record<string, unknown> = {}) {
  const { eventType, ...happened } = samples[type];
  const [[name, what]] = Object.entries(happened) as [[string, object]];
  const tags = { ...mail.tags, ...(id !== undefined && { 'plumbline-mail': [id] }) };
  return {
    version: '0',
    id: '12a18625-3a1d-4b7b-9c1f-example',
    'detail-type': type,
    source: 'aws.ses',
    account: '123456789012',
    time: '2017-08-05T00:41:02Z',
    region: 'us-east-1',
    resources: ['arn:aws:ses:us-east-1:123456789012:configuration-set/ConfigSet'],
    detail: { eventType, mail: { ...mail, tags }, [name]: { ...what, ...changes } },
  };
}
