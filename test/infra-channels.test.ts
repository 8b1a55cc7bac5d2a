import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { rules } from '@plumbline/alerts/rules';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { seedsWith, tidyUp } from './support.ts';
import type { Synthesis } from './synthesis.ts';
import { nameOf, ref, synthesise } from './synthesis.ts';

tidyUp();

const YAML = `workspace: acme
name: Acme
timezone: Europe/Berlin
currency: EUR
dris: { ceo: { title: CEO, email: ceo@acme.example } }
fallbackDri: ceo
channels:
  slack: {}
  webhook: { url: "https://hooks.acme.example/plumbline" }
sources:
  stripe: {}
`;

let made: Synthesis;
beforeAll(async () => {
  made = await synthesise({ bundles: false, seeds: await seedsWith('acme', { 'workspace.yaml': YAML }) });
});
afterAll(() => made.remove());

const policy = z.looseObject({
  Roles: z.array(ref),
  PolicyDocument: z.object({
    Statement: z.array(z.looseObject({ Action: z.union([z.string(), z.array(z.string())]), Resource: z.unknown() })),
  }),
});

/** What a function's role lets it do, and the secrets that it may read. */
function rightsOf(name: string) {
  const { Role } = z.object({ Role: ref }).parse(made.functions()[name]?.Properties);
  const statements = made
    .ofType('AWS::IAM::Policy')
    .map(({ Properties }) => policy.parse(Properties))
    .filter(({ Roles }) => Roles.includes(Role))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  const secrets = statements.filter(({ Action }) => [Action].flat().includes('secretsmanager:GetSecretValue'));
  return {
    actions: [...new Set(statements.flatMap(({ Action }) => [Action].flat()))].toSorted(),
    secrets: [...JSON.stringify(secrets).matchAll(/plumbline\/[a-z/]+/g)].map(([secret]) => secret),
  };
}

describe('channels on AWS', () => {
  it('have their secrets read by the one function that speaks to them', () => {
    expect(rightsOf('Deliver')).toEqual({
      actions: [
        'logs:CreateLogStream',
        'logs:PutLogEvents',
        'secretsmanager:GetSecretValue',
        'sqs:ChangeMessageVisibility',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:GetQueueUrl',
        'sqs:ReceiveMessage',
      ],
      secrets: ['plumbline/acme/webhook'],
    });
    expect(rightsOf('Notify').secrets).toEqual(['plumbline/acme/slack']);
    for (const name of Object.keys(made.functions()).filter((one) => one !== 'Deliver' && one !== 'Notify'))
      expect([name, rightsOf(name).secrets.filter((secret) => !secret.endsWith('/stripe'))]).toEqual([name, []]);
  });

  it('hear of every event by a rule, a queue with dead letters and a function of their own', () => {
    const [rule, ...others] = made
      .ofType('AWS::Events::Rule')
      .filter(({ Properties }) => Properties['Name'] === 'deliver-each-event');
    const { Targets, EventPattern } = z
      .looseObject({ Targets: z.tuple([z.looseObject({ Arn: ref, DeadLetterConfig: z.object({ Arn: ref }) })]) })
      .parse(rule?.Properties);
    expect([others, nameOf(Targets[0].Arn), EventPattern]).toEqual([
      [],
      'DeliverQueue',
      rules.find(({ target }) => target === 'deliver')?.pattern,
    ]);
    expect(made.byId(Targets[0].Arn).Properties).toMatchObject({ RedrivePolicy: { maxReceiveCount: 3 } });
    const mapping = made
      .ofType('AWS::Lambda::EventSourceMapping')
      .find(({ Properties }) => JSON.stringify(Properties).includes(Targets[0].Arn));
    expect(mapping?.Properties).toMatchObject({ BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'] });
  });

  it('pass the rules of AWS Solutions, and leave no trace where nobody has them', async () => {
    const report: unknown = JSON.parse(await readFile(path.join(made.folder, 'validation-report.json'), 'utf8'));
    expect(report).toMatchObject({ pluginReports: [{ pluginName: 'AwsSolutions', conclusion: 'success' }] });
    const plain = await seedsWith('acme', { 'workspace.yaml': YAML.replace(/^channels:\n(?: {2}.*\n)+/m, '') });
    const other = await synthesise({ bundles: false, seeds: plain });
    expect(Object.keys(other.functions())).not.toContain('Deliver');
    expect(JSON.stringify(other.resources)).not.toMatch(
      /Deliver(Queue|DeadLetters|Log)|plumbline\/acme\/(slack|webhook)/,
    );
    await other.remove();
  });
});
