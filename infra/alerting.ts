// oxlint-disable no-new -- a construct joins its scope by being made
import { rules } from '@plumbline/alerts/rules';
import { keys, mailPartition } from '@plumbline/store/keys';
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { EventBus } from 'aws-cdk-lib/aws-events';
import {
  ConfigurationSet,
  ConfigurationSetTlsPolicy,
  EmailIdentity,
  EmailSendingEvent,
  EventDestination,
  Identity,
  SuppressionReasons,
} from 'aws-cdk-lib/aws-ses';
import type { Construct } from 'constructs';
import { toRead, toReadSecret, toReadSecretsOfChannels, toWorkOn } from './access.ts';
import { PICTURES } from './bundling.ts';
import type { DataStack } from './data.ts';
import { allow } from './handler.ts';
import { workedQueue } from './queues.ts';
import { ruleTo } from './rule.ts';
import type { Stage } from './stage.ts';

/** How SES names the configuration set among the tags of a mail. */
const SET_TAG = 'ses:configuration-set';

/** Whether people open mails or follow links is nobody's business. */
const MAIL_EVENTS = [
  EmailSendingEvent.SEND,
  EmailSendingEvent.DELIVERY,
  EmailSendingEvent.DELIVERY_DELAY,
  EmailSendingEvent.REJECT,
  EmailSendingEvent.RENDERING_FAILURE,
  EmailSendingEvent.BOUNCE,
  EmailSendingEvent.COMPLAINT,
];

type Props = Stage & { data: DataStack; bus: IEventBus; publicUrl: string };

/** From a completed night to the mails in people's inboxes. */
export class AlertingStack extends Stack {
  constructor(scope: Construct, id: string, props: Props) {
    super(scope, id, { description: 'Plumbline: mails by Amazon SES, and other channels' });
    const { data, bus, publicUrl, mailFrom, seeds, workspaces } = props;
    const { table, linkKey, alarms } = data;
    const sender = new EmailIdentity(this, 'Sender', { identity: Identity.domain(domainOf(mailFrom)) });
    for (const [index, { name, value }] of sender.dkimRecords.entries()) {
      new CfnOutput(this, `Dkim${index + 1}`, { value: `${name} CNAME ${value}`, description: 'Put this into DNS' });
    }
    const mails = new ConfigurationSet(this, 'Mails', {
      tlsPolicy: ConfigurationSetTlsPolicy.REQUIRE,
      reputationMetrics: true,
      suppressionReasons: SuppressionReasons.BOUNCES_AND_COMPLAINTS,
    });
    // SES can speak on the account's default bus only: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-eventbridge.html
    const account = EventBus.fromEventBusName(this, 'AccountBus', 'default');
    mails.addEventDestination('Events', { destination: EventDestination.eventBus(account), events: MAIL_EVENTS });
    const { queue } = workedQueue(this, 'Notify', {
      entry: 'notify',
      description: "Sends a completed night's mails",
      memoryMb: 1024,
      timeout: Duration.minutes(5),
      needs: ['@aws-sdk/client-secrets-manager', '@aws-sdk/client-sesv2', '@resvg/resvg-wasm'],
      seeds,
      environment: {
        PLUMBLINE_TABLE: table.tableName,
        PLUMBLINE_PUBLIC_URL: publicUrl,
        PLUMBLINE_MAIL_FROM: mailFrom,
        PLUMBLINE_MAIL_CONFIGURATION: mails.configurationSetName,
        PLUMBLINE_LINK_SECRET: linkKey.secretArn,
        PLUMBLINE_PICTURES: PICTURES,
      },
      may: [
        // It writes what became of mails and posts, and nothing that is judged or published.
        ...toRead(table),
        toWorkOn(
          table,
          ['dynamodb:ConditionCheckItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
          mailPartition('*'),
          keys.postCount('*', '').pk,
          keys.transition('*', '').pk,
        ),
        toWorkOn(table, ['dynamodb:BatchWriteItem'], keys.allUnreachable('*').pk),
        toReadSecret(linkKey),
        ...toReadSecretsOfChannels('nights', workspaces, this),
        // SES v2 asks for SendRawEmail too where the content is raw, as mails with pictures are.
        allow(
          ['ses:SendEmail', 'ses:SendRawEmail'],
          sender.emailIdentityArn,
          this.formatArn({
            service: 'ses',
            resource: 'configuration-set',
            resourceName: mails.configurationSetName,
          }),
        ),
      ],
      alarms,
      batchSize: 10,
      concurrency: 2,
    });
    for (const rule of rules.filter(({ target }) => target === 'notify')) {
      if (rule.bus === 'plumbline') ruleTo(this, rule, { bus, queue, alarms });
      else
        ruleTo(this, rule, {
          bus: account,
          queue,
          alarms,
          only: { mail: { tags: { [SET_TAG]: [mails.configurationSetName] } } },
        });
    }
    const channels = workspaces.flatMap((workspace) => workspace.channels);
    if (channels.some(({ definition }) => definition.hears === 'events')) this.#deliver(props);
  }

  /** From each event to the systems that workspaces name; there only where one does. */
  #deliver({ data, bus, seeds, workspaces }: Props): void {
    const { table, alarms } = data;
    const { queue } = workedQueue(this, 'Deliver', {
      entry: 'deliver',
      description: 'Sends events to the systems that workspaces name',
      memoryMb: 256,
      timeout: Duration.minutes(1),
      needs: ['@aws-sdk/client-secrets-manager'],
      seeds,
      environment: { PLUMBLINE_TABLE: table.tableName },
      may: toReadSecretsOfChannels('events', workspaces, this),
      alarms,
      batchSize: 10,
      concurrency: 2,
    });
    for (const rule of rules) if (rule.target === 'deliver') ruleTo(this, rule, { bus, queue, alarms });
  }
}

/** `Plumbline <alerts@mail.example>` is of `mail.example`. */
const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).replace(/>$/, '');
