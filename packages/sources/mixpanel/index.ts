import type { SourceDefinition } from '@plumbline/core/source';
import { perSecond } from '../budget.ts';
import { describeMetrics, mixpanelConfig } from './language.ts';
import type { MixpanelConfig } from './language.ts';

/** Product events from Mixpanel, by the raw export, which every plan has; one request a night. */
export const mixpanel: SourceDefinition<MixpanelConfig> = {
  name: 'mixpanel',
  title: 'Mixpanel',
  baseUrl: 'https://data.mixpanel.com',
  config: mixpanelConfig,
  secret: {
    describe: "a service account's user name and secret, written user:secret",
    isValid: (text) => /^[^\s:]+:\S+$/.test(text),
  },
  metrics: (config) => describeMetrics(config),
  // Phones send what they queued up to five days late: https://docs.mixpanel.com/reference/raw-event-export
  repullDays: 4,
  healDays: 30,
  budget: (_config, { requestsPerSecond }) =>
    requestsPerSecond === undefined
      ? { requests: 60, perMs: 3_600_000, concurrency: 1 }
      : perSecond(requestsPerSecond, 1),
  sdk: [],
  lambda: { memoryMb: 1024, timeoutSeconds: 900 },
  load: async () => (await import('./pull.ts')).puller,
};
