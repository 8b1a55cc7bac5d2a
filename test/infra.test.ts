import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SES_DETAIL_TYPES } from '@plumbline/alerts/email/ses-events';
import { rules } from '@plumbline/alerts/rules';
import { loadWorkspaces } from '@plumbline/workspace/load';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { nodeEnvironment } from '../infra/node-environment.ts';
import { policy, rightsOf } from './rights.ts';
import type { Resource, Synthesis } from './synthesis.ts';
import { nameOf, pulledSources, pullOf, ref, root, synthesise } from './synthesis.ts';

const STACKS = ['plumbline-data', 'plumbline-pipeline', 'plumbline-api', 'plumbline-alerting', 'plumbline-watch'];

const workspaces = await loadWorkspaces(path.join(root, 'seeds'));
const pulled = await pulledSources();

let made: Synthesis;
const ofType = (type: string): Resource[] => made.ofType(type);
const functions = (): Record<string, Resource> => made.functions();

const { allowed, allowedWith, partitions } = rightsOf(() => made);

beforeAll(async () => {
  made = await synthesise({ bundles: false });
});
afterAll(async () => made.remove());

/** How every function is started, whatever it does. */
const OURS_TO_ALL = new Set(['MALLOC_ARENA_MAX', 'NODE_OPTIONS', 'PLUMBLINE_SEEDS', 'PLUMBLINE_TABLE']);

describe('the templates', () => {
  it('are written without an account, a region or Docker, and pass the rules of AWS Solutions', async () => {
    expect(made.assembly.stacks.map(({ stackName }) => stackName).toSorted()).toEqual(STACKS.toSorted());
    expect(new Set(made.assembly.stacks.map(({ environment }) => environment.name))).toEqual(
      new Set(['aws://unknown-account/unknown-region']),
    );
    const report: unknown = JSON.parse(await readFile(path.join(made.folder, 'validation-report.json'), 'utf8'));
    expect(report).toMatchObject({ pluginReports: [{ pluginName: 'AwsSolutions', conclusion: 'success' }] });
  });

  it('keep the table and the generated keys whatever happens to the stacks', () => {
    const [table, ...others] = ofType('AWS::DynamoDB::GlobalTable');
    expect(others).toEqual([]);
    expect(table).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
        Replicas: [
          { DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
        ],
      },
    });
    expect(
      ofType('AWS::SecretsManager::Secret').map(({ id, DeletionPolicy, UpdateReplacePolicy }) => [
        nameOf(id),
        DeletionPolicy,
        UpdateReplacePolicy,
      ]),
    ).toEqual([
      ['PseudonymKey', 'Retain', 'Retain'],
      ['LinkKey', 'Retain', 'Retain'],
    ]);
  });

  it('start Node so that the memory of a pull stays flat', () => {
    const pulls = Object.entries(functions()).filter(([name]) => name.startsWith('Pull'));
    expect(pulls.length).toBeGreaterThan(0);
    for (const [, { Properties }] of pulls) {
      const { MemorySize, Environment } = z
        .looseObject({ MemorySize: z.number(), Environment: z.object({ Variables: z.looseObject({}) }) })
        .parse(Properties);
      expect(Environment.Variables).toMatchObject(nodeEnvironment(MemorySize));
    }
  });

  it('hold no secret, only where each lies', () => {
    for (const { template } of made.assembly.stacks) expect(JSON.stringify(template)).not.toContain('{{resolve:');
    const names = Object.fromEntries(
      Object.entries(functions()).map(([name, { Properties }]) => [
        name,
        Object.keys(
          z.object({ Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }) }).parse(Properties)
            .Environment.Variables,
        )
          .filter((variable) => !OURS_TO_ALL.has(variable))
          .map((variable) => variable.replace('PLUMBLINE_', ''))
          .toSorted(),
      ]),
    );
    expect(names).toEqual({
      Api: ['LINK_SECRET'],
      Dispatch: ['QUEUES'],
      Judge: [],
      Notify: ['LINK_SECRET', 'MAIL_CONFIGURATION', 'MAIL_FROM', 'PICTURES', 'PUBLIC_URL'],
      Publish: ['BUS'],
      PullGa4: ['PSEUDONYM_SECRET', 'QUEUES'],
      PullGithub: ['PSEUDONYM_SECRET', 'QUEUES'],
      PullMixpanel: ['PSEUDONYM_SECRET', 'QUEUES'],
      PullStripe: ['PSEUDONYM_SECRET', 'QUEUES'],
      PullUptime: ['PSEUDONYM_SECRET', 'QUEUES'],
      Record: [],
      Sweep: ['BUS'],
      Watch: [],
    });
  });

  it('run every function on Node 24 on ARM under a role and a log of its own', () => {
    const lambdas = Object.values(functions());
    for (const { Properties } of lambdas) {
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    }
    const distinct = (key: string) => new Set(lambdas.map(({ Properties }) => JSON.stringify(Properties[key]))).size;
    expect([distinct('Role'), distinct('LoggingConfig')]).toEqual([lambdas.length, lambdas.length]);
    for (const { Properties } of ofType('AWS::Logs::LogGroup'))
      expect(Properties).toMatchObject({ RetentionInDays: 90 });
  });
});

describe('rights', () => {
  it('name no action and no resource by a wildcard', () => {
    const statements = made.resources
      .filter(({ Properties }) => 'PolicyDocument' in Properties)
      .flatMap(({ id, Properties }) => policy.parse(Properties).PolicyDocument.Statement.map((one) => ({ id, ...one })))
      .filter(({ Effect }) => Effect === 'Allow');
    expect(statements.length).toBeGreaterThan(Object.keys(functions()).length);
    const wild = statements.filter((one) => JSON.stringify([one.Action, one.Resource]).includes('*'));
    expect(wild).toEqual([]);
    expect(ofType('AWS::IAM::Role').filter(({ Properties }) => 'ManagedPolicyArns' in Properties)).toEqual([]);
  });

  it('let each pull read the secrets of its own source, and the key of pseudonyms', () => {
    for (const { name, secret } of pulled) {
      const users = workspaces.filter(
        (one) => secret && one.sources.some(({ definition }) => definition.name === name),
      );
      const { actions, resources } = allowedWith(pullOf(name), 'secretsmanager');
      expect(actions).toEqual(['secretsmanager:GetSecretValue']);
      expect(resources.map(lastPart)).toEqual([
        expect.stringMatching(/PseudonymKey/),
        ...users.map(({ id }) => `:secret:plumbline/${id}/${name}-??????`),
      ]);
    }
  });

  it('let the pull of a company whose monitors are in CloudWatch read its metrics, without a secret', async () => {
    const seeds = await mkdtemp(path.join(tmpdir(), 'plumbline-seeds-'));
    onTestFinished(() => rm(seeds, { recursive: true }));
    await mkdir(path.join(seeds, 'acme'));
    await writeFile(
      path.join(seeds, 'acme', 'workspace.yaml'),
      [
        'workspace: acme',
        'name: Acme',
        'timezone: Europe/Berlin',
        'currency: EUR',
        'dris: { ceo: { title: CEO, email: ceo@acme.example } }',
        'fallbackDri: ceo',
        'sources:',
        '  uptime: { provider: cloudwatch, monitors: ["route53:6c0e39a1-2d0c-4d0c-9a0b-0e7a3a2b1c4d"] }',
      ].join('\n'),
    );
    const other = await synthesise({ bundles: false, seeds });
    onTestFinished(() => other.remove());
    const statements = other
      .ofType('AWS::IAM::Policy')
      .filter(({ id }) => nameOf(id).startsWith('PullUptime'))
      .flatMap((one) => policy.parse(one.Properties).PolicyDocument.Statement);
    const of = (service: string) =>
      statements
        .filter(({ Action }) => Action.some((action) => action.startsWith(`${service}:`)))
        .map(({ Action, Resource }) => [Action, Resource]);
    expect(of('cloudwatch')).toEqual([[['cloudwatch:GetMetricData'], ['*']]]);
    expect(of('secretsmanager').flatMap(([, resources]) => resources?.map(lastPart))).toEqual([
      expect.stringMatching(/PseudonymKey/),
    ]);
    const report: unknown = JSON.parse(await readFile(path.join(other.folder, 'validation-report.json'), 'utf8'));
    expect(report).toMatchObject({ pluginReports: [{ pluginName: 'AwsSolutions', conclusion: 'success' }] });
    expect(allowedWith('PullUptime', 'cloudwatch').actions).toEqual([]);
  });

  it('let each pull wake its own next run, the dispatcher all pulls, and nobody else', () => {
    const pulls = pulled.map(({ name }) => pullOf(name));
    const queuesOf = (name: string) =>
      allowed(name)
        .filter(({ Action }) => Action.includes('sqs:SendMessage'))
        .flatMap(({ Resource }) => Resource.map((one) => nameOf(ref.parse(one))))
        .filter((queue) => !queue.endsWith('DeadLetters'))
        .toSorted();
    const known = (name: string) =>
      [...JSON.stringify(functions()[name]?.Properties['Environment']).matchAll(/"Ref":"(\w+Queue\w{8})"/g)]
        .map(([, id = '']) => nameOf(id))
        .toSorted();
    for (const name of Object.keys(functions())) {
      const queues = pulls.filter((pull) => pull === name || name === 'Dispatch').map((pull) => `${pull}Queue`);
      expect([name, queuesOf(name), known(name)]).toEqual([name, queues.toSorted(), queues.toSorted()]);
    }
  });

  it('give every other function only what it asks for', () => {
    const secrets = (name: string) => allowedWith(name, 'secretsmanager').resources.map(lastPart);
    expect(secrets('Notify')).toEqual([expect.stringMatching(/LinkKey/)]);
    expect(secrets('Api')).toEqual([expect.stringMatching(/LinkKey/)]);
    for (const name of ['Dispatch', 'Judge', 'Publish', 'Record', 'Sweep', 'Watch']) expect(secrets(name)).toEqual([]);

    const actions = (name: string, service: string) => allowedWith(name, service).actions;
    expect(actions('Publish', 'dynamodb')).toEqual([
      'dynamodb:BatchWriteItem',
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
      'dynamodb:Query',
    ]);
    expect(actions('Api', 'dynamodb')).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
    ]);
    expect(actions('Notify', 'ses')).toEqual(['ses:SendEmail', 'ses:SendRawEmail']);
    const who = (service: string) => Object.keys(functions()).filter((name) => actions(name, service).length > 0);
    expect(who('events').toSorted()).toEqual(['Publish', 'Sweep']);
    expect(who('ses')).toEqual(['Notify']);
  });

  it('let the API write what people do about alerts and say of digests, and the publisher empty outboxes, and nothing else', () => {
    expect(partitions('Api', 'dynamodb:PutItem')).toEqual([
      { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['*#acknowledgements', '*#answers', '*#unsubscribed'] } },
    ]);
    expect(partitions('Publish', 'dynamodb:BatchWriteItem')).toEqual([
      { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['*#outbox'] } },
    ]);
  });

  it('let the notifier write what became of mails and posts, and nothing else', () => {
    const only = (...keys: string[]) => [{ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } }];
    for (const action of ['ConditionCheckItem', 'PutItem', 'UpdateItem'])
      expect(partitions('Notify', `dynamodb:${action}`)).toEqual(only('*#mails', '*#posts', '*#transitions'));
    expect(partitions('Notify', 'dynamodb:BatchWriteItem')).toEqual(only('*#unreachable'));
    expect(allowedWith('Notify', 'dynamodb').actions).not.toContain('dynamodb:DeleteItem');
  });

  it('let the taker of records look keys up, and read and write snapshots and remembered requests, and nothing else', () => {
    const only = (...keys: string[]) =>
      keys.map((key) => ({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [key] } }));
    expect([...new Set(allowedWith('Record', 'dynamodb').actions)]).toEqual([
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
    ]);
    expect(partitions('Record', 'dynamodb:GetItem')).toEqual(only('#keys', '*#requests'));
    expect(partitions('Record', 'dynamodb:PutItem')).toEqual(only('*#snapshots', '*#requests'));
    expect(partitions('Record', 'dynamodb:Query')).toEqual(only('*#snapshots'));
  });

  it('are reached over HTTPS by one address: what is recorded goes to its own function, all else to the API', () => {
    const routes = ofType('AWS::ApiGatewayV2::Route').map(({ Properties }) => [
      String(Properties['RouteKey']),
      JSON.stringify(Properties['Target']).includes('ToRecord'),
    ]);
    expect(Object.fromEntries(routes)).toEqual({
      $default: false,
      'ANY /v1/workspaces/{workspace}/records': true,
    });
  });

  it('log who asked when, and never the address with its token', () => {
    const logged = ofType('AWS::ApiGatewayV2::Stage').map(({ Properties }) => {
      const { Format } = z.object({ Format: z.string() }).parse(Properties['AccessLogSettings']);
      return Object.values(z.record(z.string(), z.string()).parse(JSON.parse(Format))).toSorted();
    });
    expect(logged).toEqual([
      [
        '$context.httpMethod',
        '$context.identity.caller',
        '$context.identity.sourceIp',
        '$context.identity.user',
        '$context.protocol',
        '$context.requestId',
        '$context.requestTime',
        '$context.resourcePath',
        '$context.responseLength',
        '$context.status',
      ],
    ]);
  });
});

/** The end of an ARN: literal text, or the name that it is imported by. */
function lastPart(value: unknown): string {
  const joined = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) }).safeParse(value);
  if (joined.success) return String(joined.data['Fn::Join'][1].at(-1));
  return JSON.stringify(value);
}

describe('the bus', () => {
  it('is called as receivers were promised, and its rules are those that the bus of one machine matches', () => {
    expect(ofType('AWS::Events::EventBus').map(({ Properties }) => Properties['Name'])).toEqual(['plumbline']);
    const made = ofType('AWS::Events::Rule').filter(({ Properties }) => 'Description' in Properties);
    expect(
      made.map(({ Properties }) => ({
        name: Properties['Name'],
        pattern: Properties['EventPattern'],
        target: nameOf(z.object({ Targets: z.tuple([z.looseObject({ Arn: ref })]) }).parse(Properties).Targets[0].Arn),
      })),
    ).toEqual(
      // No company of this repository has a webhook.
      rules
        .filter(({ target }) => target !== 'deliver')
        .map(({ name, pattern, target }) => ({
          name,
          pattern: expect.objectContaining(pattern),
          target: { judge: 'JudgeQueue', notify: 'NotifyQueue', deliver: 'DeliverQueue', log: 'none' }[target],
        })),
    );
  });

  it('brings what SES tells of our mails, and of no others, from the account’s own bus to the notifier', () => {
    const [destination, ...others] = ofType('AWS::SES::ConfigurationSetEventDestination');
    expect(others).toEqual([]);
    const { ConfigurationSetName, EventDestination } = z
      .object({ ConfigurationSetName: ref, EventDestination: z.looseObject({}) })
      .parse(destination?.Properties);
    expect(EventDestination).toEqual({
      Enabled: true,
      MatchingEventTypes: ['send', 'delivery', 'deliveryDelay', 'reject', 'renderingFailure', 'bounce', 'complaint'],
      EventBridgeDestination: {
        EventBusArn: {
          'Fn::Join': [
            '',
            [
              'arn:',
              { Ref: 'AWS::Partition' },
              ':events:',
              { Ref: 'AWS::Region' },
              ':',
              { Ref: 'AWS::AccountId' },
              ':event-bus/default',
            ],
          ],
        },
      },
    });
    const heard = rules.filter(({ bus }) => bus === 'default').map(({ name }) => name);
    const made = ofType('AWS::Events::Rule').filter(({ Properties }) => heard.includes(String(Properties['Name'])));
    expect(made.map(({ Properties }) => [Properties['EventBusName'], Properties['EventPattern']])).toEqual([
      [
        'default',
        {
          source: ['aws.ses'],
          'detail-type': SES_DETAIL_TYPES,
          detail: { mail: { tags: { 'ses:configuration-set': [{ Ref: ConfigurationSetName }] } } },
        },
      ],
    ]);
    const elsewhere = ofType('AWS::Events::Rule').filter(({ Properties }) => Properties['EventBusName'] === 'default');
    expect(elsewhere).toHaveLength(made.length);
  });

  it('hears of what is put into an outbox and of no other change to the table', () => {
    const [mapping, ...others] = ofType('AWS::Lambda::EventSourceMapping').filter(
      ({ Properties }) => 'StartingPosition' in Properties,
    );
    expect(others).toEqual([]);
    const { Filters } = z
      .looseObject({ FilterCriteria: z.object({ Filters: z.array(z.object({ Pattern: z.string() })) }) })
      .parse(mapping?.Properties).FilterCriteria;
    expect(Filters.map(({ Pattern }): unknown => JSON.parse(Pattern))).toEqual([
      { eventName: ['INSERT'], dynamodb: { NewImage: { kind: { S: ['outbox'] } } } },
    ]);
    expect(mapping?.Properties).toMatchObject({ BisectBatchOnFunctionError: true, MaximumRetryAttempts: 5 });
  });
});
