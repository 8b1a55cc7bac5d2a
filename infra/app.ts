import path from 'node:path';
import { loadWorkspaces } from '@plumbline/workspace/load';
import { Annotations, App } from 'aws-cdk-lib';
import { z } from 'zod';
import { root } from './bundling.ts';
import { deployment } from './stage.ts';

/** A domain that nobody can verify, so that templates can be looked at before there is a real one. */
const NO_SENDER = 'alerts@plumbline.example';

const contextSchema = z.object({
  seeds: z.string().default('seeds'),
  mailFrom: z
    .string()
    .regex(/^[^<>@]*<?[^\s<>@]+@[a-z0-9.-]+>?$/i, 'must be an address, such as alerts@mail.example')
    .default(NO_SENDER),
  alarmMail: z.email().optional(),
});

const app = new App();
const context = contextSchema.parse(
  Object.fromEntries(Object.keys(contextSchema.shape).map((key) => [key, app.node.tryGetContext(key)])),
);
const seeds = path.resolve(root, context.seeds);
const { alerting, data } = deployment(app, { ...context, seeds, workspaces: await loadWorkspaces(seeds) });
if (context.mailFrom === NO_SENDER) {
  Annotations.of(alerting).addWarningV2(
    'plumbline:mail-from',
    'No sender is named, so no mail could be sent: deploy with -c mailFrom=alerts@your.domain',
  );
}
if (context.alarmMail === undefined) {
  Annotations.of(data).addWarningV2(
    'plumbline:alarm-mail',
    'Nobody hears the alarms, nor that a night is late, unless somebody subscribes to their topic: deploy with -c alarmMail=you@your.domain',
  );
}
