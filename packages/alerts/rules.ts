import type { DetailType } from '@plumbline/core/night';

/** Which handler hears which events: made into EventBridge rules on AWS, matched by the local bus on one machine. */
export type Rule = {
  name: string;
  description: string;
  pattern: { source: ['plumbline']; 'detail-type': DetailType[] };
  target: 'judge' | 'notify' | 'log';
};

export const rules: readonly Rule[] = [
  {
    name: 'judge-when-a-source-is-in',
    description: 'A source has come in or failed: judge the plan on what is known now',
    pattern: { source: ['plumbline'], 'detail-type': ['Snapshots Recorded', 'Source Failed'] },
    target: 'judge',
  },
  {
    name: 'notify-when-a-night-is-completed',
    description: 'A night has closed: one mail per responsible individual about what changed in it',
    pattern: { source: ['plumbline'], 'detail-type': ['Night Completed'] },
    target: 'notify',
  },
];
