import type { Workspace } from '@plumbline/workspace/workspace';
import type { App } from 'aws-cdk-lib';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { AlertingStack } from './alerting.ts';
import { ApiStack } from './api.ts';
import { DataStack } from './data.ts';
import { PipelineStack } from './pipeline.ts';
import { WatchStack } from './watch.ts';

/** What one deployment is made from. The bus and the secrets have names that others rely on: one stage per account and region. */
export type Stage = {
  workspaces: readonly Workspace[];
  /** The folder that the workspaces were read from, absolute. */
  seeds: string;
  /** The address that mails come from: `alerts@mail.example` or `Plumbline <alerts@mail.example>`. */
  mailFrom: string;
  /** Who is mailed by AWS when an alarm goes off. */
  alarmMail?: string | undefined;
};

export type Stacks = {
  data: DataStack;
  pipeline: PipelineStack;
  api: ApiStack;
  alerting: AlertingStack;
  watch: WatchStack;
};

/** A stage in, its stacks out, checked by the rules of AWS Solutions. */
export function deployment(app: App, stage: Stage): Stacks {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const data = new DataStack(app, 'plumbline-data', stage);
  const pipeline = new PipelineStack(app, 'plumbline-pipeline', { ...stage, data });
  const api = new ApiStack(app, 'plumbline-api', { ...stage, data });
  const alerting = new AlertingStack(app, 'plumbline-alerting', {
    ...stage,
    data,
    bus: pipeline.bus,
    publicUrl: api.url,
  });
  const watch = new WatchStack(app, 'plumbline-watch', { ...stage, data });
  return { data, pipeline, api, alerting, watch };
}
