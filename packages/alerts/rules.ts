import type { DetailType } from '@plumbline/core/night';
import { DETAIL_TYPES } from '@plumbline/core/night';
import { SES_DETAIL_TYPES } from './email/ses-events.ts';

/** Which handler hears which events: made into EventBridge rules on AWS, matched by the local bus on one machine. */
export type Rule = {
  name: string;
  description: string;
  target: 'judge' | 'notify' | 'deliver' | 'log';
} & (
  | { bus: 'plumbline'; pattern: { source: ['plumbline']; 'detail-type': DetailType[] } }
  /** The account's own bus, the only one that AWS's services speak on. */
  | { bus: 'default'; pattern: { source: ['aws.ses']; 'detail-type': (typeof SES_DETAIL_TYPES)[number][] } }
);

export const rules: readonly Rule[] = [
  {
    name: 'judge-when-a-source-is-in',
    description: 'A source has come in or failed: judge the plan on what is known now',
    bus: 'plumbline',
    pattern: { source: ['plumbline'], 'detail-type': ['Snapshots Recorded', 'Source Failed'] },
    target: 'judge',
  },
  {
    name: 'notify-when-a-night-is-completed',
    description: 'A night has closed: one mail per responsible individual about what changed in it',
    bus: 'plumbline',
    pattern: { source: ['plumbline'], 'detail-type': ['Night Completed'] },
    target: 'notify',
  },
  {
    name: 'hear-what-became-of-a-mail',
    description: 'The mail service tells what became of a mail: whoever it did not reach, the fallback hears it',
    bus: 'default',
    pattern: { source: ['aws.ses'], 'detail-type': [...SES_DETAIL_TYPES] },
    target: 'notify',
  },
  {
    name: 'deliver-each-event',
    description: 'Anything that happened: to the systems that a workspace names as its webhook',
    bus: 'plumbline',
    pattern: { source: ['plumbline'], 'detail-type': [...DETAIL_TYPES] },
    target: 'deliver',
  },
];
