import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { rules } from '@plumbline/alerts/rules';
import { sources } from '@plumbline/sources/registry';
import { loadWorkspaces } from '@plumbline/workspace/load';
import { App } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { deployment } from '../infra/stage.ts';

const root = path.dirname(import.meta.dirname);
const STACKS = ['plumbline-data', 'plumbline-pipeline', 'plumbline-api', 'plumbline-alerting'];

const cdkFile = z.object({ context: z.record(z.string(), z.unknown()) });
const resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
});
type Resource = z.infer<typeof resource> & { id: string; stack: string };

const one = <T extends z.ZodType>(schema: T) => z.union([schema, z.array(schema)]).transform((x) => [x].flat());
const ref = z.union([
  z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }).transform((x) => x['Fn::GetAtt'][0]),
  z.object({ Ref: z.string() }).transform((x) => x.Ref),
]);
const statement = z.looseObject({
  Effect: z.string(),
  Action: one(z.string()),
  Resource: one(z.unknown()).default([]),
});
const policy = z.looseObject({ PolicyDocument: z.object({ Statement: z.array(statement), Version: z.string() }) });

let folder: string;
let assembly: CloudAssembly;
let all: Resource[];
const ofType = (type: string): Resource[] => all.filter(({ Type }) => Type === type);
const byId = (id: string): Resource => {
  const found = all.filter((one) => one.id === id);
  expect(found).toHaveLength(1);
  return found[0] as Resource;
};

/** Functions by name (`PullStripe`), without the digest that ends a logical id. */
const nameOf = (id: string): string => id.replace(/[0-9A-F]{8}$/, '');
const functions = (): Record<string, Resource> =>
  Object.fromEntries(ofType('AWS::Lambda::Function').map((one) => [nameOf(one.id), one]));

/** What a function's own role allows, each statement of it. */
function allowed(name: string): z.infer<typeof statement>[] {
  const role = z.object({ Role: ref }).parse(functions()[name]?.Properties).Role;
  return ofType('AWS::IAM::Policy')
    .filter((one) =>
      z
        .object({ Roles: z.array(ref) })
        .parse(one.Properties)
        .Roles.includes(role),
    )
    .flatMap((one) => policy.parse(one.Properties).PolicyDocument.Statement);
}

const allowedWith = (name: string, service: string): { actions: string[]; resources: unknown[] } => {
  const statements = allowed(name).filter(({ Action }) => Action.some((action) => action.startsWith(`${service}:`)));
  return {
    actions: statements.flatMap(({ Action }) => Action).toSorted(),
    resources: statements.flatMap(({ Resource }) => Resource),
  };
};

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'plumbline-cdk-'));
  const { context } = cdkFile.parse(JSON.parse(await readFile(path.join(root, 'cdk.json'), 'utf8')));
  const app = new App({ outdir: folder, context });
  const seeds = path.join(root, 'seeds');
  deployment(app, {
    workspaces: await loadWorkspaces(seeds),
    seeds,
    mailFrom: 'Plumbline <alerts@mail.example>',
    alarmMail: 'operator@mail.example',
  });
  assembly = app.synth();
  all = assembly.stacks.flatMap(({ template, stackName }) =>
    Object.entries(z.object({ Resources: z.record(z.string(), resource) }).parse(template).Resources).map(
      ([id, one]) => ({ ...one, id, stack: stackName }),
    ),
  );
}, 120_000);

afterAll(async () => rm(folder, { recursive: true, force: true }));

describe('the templates', () => {
  it('are written without an account, a region or Docker, and pass the rules of AWS Solutions', async () => {
    expect(assembly.stacks.map(({ stackName }) => stackName).toSorted()).toEqual(STACKS.toSorted());
    expect(new Set(assembly.stacks.map(({ environment }) => environment.name))).toEqual(
      new Set(['aws://unknown-account/unknown-region']),
    );
    const report: unknown = JSON.parse(await readFile(path.join(folder, 'validation-report.json'), 'utf8'));
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

  it('hold no secret, only where each lies', () => {
    for (const { template } of assembly.stacks) expect(JSON.stringify(template)).not.toContain('{{resolve:');
    const names = Object.fromEntries(
      Object.entries(functions()).map(([name, { Properties }]) => [
        name,
        Object.keys(
          z.object({ Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }) }).parse(Properties)
            .Environment.Variables,
        )
          .filter((variable) => !['NODE_OPTIONS', 'PLUMBLINE_SEEDS', 'PLUMBLINE_TABLE'].includes(variable))
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
      PullGa4: ['PSEUDONYM_SECRET'],
      PullMixpanel: ['PSEUDONYM_SECRET'],
      PullStripe: ['PSEUDONYM_SECRET'],
      PullUptime: ['PSEUDONYM_SECRET'],
      Sweep: ['BUS'],
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
    const statements = all
      .filter(({ Properties }) => 'PolicyDocument' in Properties)
      .flatMap(({ id, Properties }) => policy.parse(Properties).PolicyDocument.Statement.map((one) => ({ id, ...one })))
      .filter(({ Effect }) => Effect === 'Allow');
    expect(statements.length).toBeGreaterThan(Object.keys(functions()).length);
    const wild = statements.filter((one) => JSON.stringify([one.Action, one.Resource]).includes('*'));
    expect(wild).toEqual([]);
    expect(ofType('AWS::IAM::Role').filter(({ Properties }) => 'ManagedPolicyArns' in Properties)).toEqual([]);
  });

  it('let each pull read the secrets of its own source, and the key of pseudonyms', async () => {
    const workspaces = await loadWorkspaces(path.join(root, 'seeds'));
    for (const { name, secret, load } of sources) {
      if (load === null) continue;
      const pull = `Pull${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
      const users = workspaces.filter(
        (one) => secret && one.sources.some(({ definition }) => definition.name === name),
      );
      const { actions, resources } = allowedWith(pull, 'secretsmanager');
      expect(actions).toEqual(['secretsmanager:GetSecretValue']);
      expect(resources.map(lastPart)).toEqual([
        expect.stringMatching(/PseudonymKey/),
        ...users.map(({ id }) => `:secret:plumbline/${id}/${name}-??????`),
      ]);
    }
  });

  it('give every other function only what it asks for', () => {
    const secrets = (name: string) => allowedWith(name, 'secretsmanager').resources.map(lastPart);
    expect(secrets('Notify')).toEqual([expect.stringMatching(/LinkKey/)]);
    expect(secrets('Api')).toEqual([expect.stringMatching(/LinkKey/)]);
    for (const name of ['Dispatch', 'Judge', 'Publish', 'Sweep']) expect(secrets(name)).toEqual([]);

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

  it('let the API write what people do about alerts, and the publisher empty outboxes, and nothing else', () => {
    const partitions = (name: string, action: string) =>
      allowed(name)
        .filter(({ Action }) => Action.includes(action))
        .map((one) => one['Condition']);
    expect(partitions('Api', 'dynamodb:PutItem')).toEqual([
      { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['*#acknowledgements'] } },
    ]);
    expect(partitions('Publish', 'dynamodb:BatchWriteItem')).toEqual([
      { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['*#outbox'] } },
    ]);
  });
});

/** The end of an ARN: literal text, or the name that it is imported by. */
function lastPart(value: unknown): string {
  const joined = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) }).safeParse(value);
  if (joined.success) return String(joined.data['Fn::Join'][1].at(-1));
  return JSON.stringify(value);
}

describe('what fails', () => {
  const deadLetters = z.object({ DeadLetterConfig: z.object({ Arn: ref }) }).transform((x) => x.DeadLetterConfig.Arn);
  const redrive = z
    .object({ RedrivePolicy: z.object({ deadLetterTargetArn: ref, maxReceiveCount: z.literal(3) }) })
    .transform((x) => x.RedrivePolicy.deadLetterTargetArn);
  const stream = z
    .object({ DestinationConfig: z.object({ OnFailure: z.object({ Destination: ref }) }) })
    .transform((x) => x.DestinationConfig.OnFailure.Destination);

  const worked = () => ofType('AWS::SQS::Queue').filter(({ Properties }) => 'RedrivePolicy' in Properties);
  const ruleEnds = () =>
    ofType('AWS::Events::Rule')
      .filter(
        ({ Properties }) =>
          !('ScheduleExpression' in Properties) && !JSON.stringify(Properties).includes('replay-name'),
      )
      .flatMap(({ Properties }) => z.object({ Targets: z.array(deadLetters) }).parse(Properties).Targets);
  const scheduleEnds = () =>
    ofType('AWS::Scheduler::Schedule').map(
      ({ Properties }) => z.object({ Target: deadLetters }).parse(Properties).Target,
    );
  const streamEnds = () =>
    ofType('AWS::Lambda::EventSourceMapping')
      .filter(({ Properties }) => 'StartingPosition' in Properties)
      .map(({ Properties }) => stream.parse(Properties));

  it('ends in a dead-letter queue wherever it fails, and goes no further', () => {
    const redriven = worked().map(({ Properties }) => redrive.parse(Properties));
    const ends = [...redriven, ...ruleEnds(), ...scheduleEnds(), ...streamEnds()];
    expect([redriven.length, ruleEnds().length, scheduleEnds().length, streamEnds().length]).toEqual([6, 2, 2, 1]);
    expect(new Set(ends).size).toBe(ends.length);
    for (const end of ends) expect(byId(end).Properties).not.toHaveProperty('RedrivePolicy');
    const queues = ofType('AWS::SQS::Queue').map(({ id }) => id);
    expect(queues.toSorted()).toEqual([...worked().map(({ id }) => id), ...ends].toSorted());
  });

  it('is heard of: every dead-letter queue and every function has an alarm that tells the topic', () => {
    const alarms = ofType('AWS::CloudWatch::Alarm').map(({ Properties }) =>
      z
        .looseObject({
          MetricName: z.string(),
          Threshold: z.number(),
          Dimensions: z.array(z.object({ Value: ref })),
          AlarmActions: z.array(z.unknown()).length(1),
        })
        .parse(Properties),
    );
    const watched = (metric: string) =>
      alarms
        .filter(({ MetricName, Threshold }) => MetricName === metric && Threshold === 1)
        .flatMap(({ Dimensions }) => Dimensions.map(({ Value }) => Value))
        .toSorted();
    const ends = ofType('AWS::SQS::Queue').filter(({ Properties }) => !('RedrivePolicy' in Properties));
    expect(watched('ApproximateNumberOfMessagesVisible')).toEqual(ends.map(({ id }) => id).toSorted());
    expect(watched('Errors')).toEqual(
      ofType('AWS::Lambda::Function')
        .map(({ id }) => id)
        .toSorted(),
    );
    expect(new Set(alarms.map(({ AlarmActions }) => JSON.stringify(AlarmActions))).size).toBe(1);
  });

  it('is tried again message by message, hidden for six times as long as its function may run', () => {
    const mappings = ofType('AWS::Lambda::EventSourceMapping').filter(
      ({ Properties }) => !('StartingPosition' in Properties),
    );
    expect(mappings).toHaveLength(6);
    for (const { Properties } of mappings) {
      const { FunctionName, EventSourceArn } = z
        .looseObject({ FunctionName: ref, EventSourceArn: ref })
        .parse(Properties);
      expect(Properties).toMatchObject({ FunctionResponseTypes: ['ReportBatchItemFailures'] });
      const { Timeout } = z.looseObject({ Timeout: z.number() }).parse(byId(FunctionName).Properties);
      const { VisibilityTimeout } = z
        .looseObject({ VisibilityTimeout: z.number() })
        .parse(byId(EventSourceArn).Properties);
      expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout);
    }
  });
});

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
      rules.map(({ name, pattern, target }) => ({
        name,
        pattern,
        target: { judge: 'JudgeQueue', notify: 'NotifyQueue', log: 'none' }[target],
      })),
    );
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

describe('a bundle', () => {
  const bundleOf = (name: string): string => {
    const { Code } = z.looseObject({ Code: z.looseObject({ S3Key: z.string() }) }).parse(functions()[name]?.Properties);
    return path.join(folder, `asset.${path.basename(Code.S3Key, '.zip')}`);
  };

  async function packagesIn(name: string): Promise<Set<string>> {
    const text = await readFile(path.join(bundleOf(name), 'index.mjs.map'), 'utf8');
    const { sources: files } = z.object({ sources: z.array(z.string()) }).parse(JSON.parse(text));
    return new Set(files.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []));
  }

  /** Loads a bundle as Lambda does, in a process of its own that stands in the bundle's folder, and calls its handler. */
  async function call(name: string, event: unknown): Promise<unknown> {
    const script = `const { handler } = await import('./index.mjs'); console.log(JSON.stringify(await handler(${JSON.stringify(event)})))`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: bundleOf(name),
      env: {
        AWS_REGION: 'eu-west-1',
        PLUMBLINE_TABLE: 'table',
        PLUMBLINE_SEEDS: 'seeds',
        PLUMBLINE_MAIL_FROM: 'a@b.example',
        PLUMBLINE_BUS: 'plumbline',
      },
    });
    return JSON.parse(stdout);
  }

  it("carries its own source's SDK and none of another source's", async () => {
    const sdks = sources.flatMap(({ sdk }) => sdk);
    for (const { name, sdk, load } of sources) {
      if (load === null) continue;
      const packages = await packagesIn(`Pull${name.slice(0, 1).toUpperCase()}${name.slice(1)}`);
      expect(sdks.filter((one) => packages.has(one))).toEqual([...sdk]);
    }
    for (const name of ['Api', 'Dispatch', 'Judge', 'Notify', 'Publish', 'Sweep']) {
      const packages = await packagesIn(name);
      expect(sdks.filter((one) => packages.has(one))).toEqual([]);
    }
  });

  it('loads by itself and handles an event, with the workspaces beside it', async () => {
    for (const name of ['PullStripe', 'PullGa4', 'PullMixpanel', 'PullUptime', 'Judge', 'Notify']) {
      expect([name, await call(name, { Records: [] })]).toEqual([name, { batchItemFailures: [] }]);
    }
    expect(await call('Publish', { Records: [] })).toEqual({ published: 0 });
    const request = {
      version: '2.0',
      rawPath: '/openapi.json',
      rawQueryString: '',
      headers: { host: 'api.example' },
      requestContext: { domainName: 'api.example', http: { method: 'GET', path: '/openapi.json' } },
      isBase64Encoded: false,
    };
    expect(await call('Api', request)).toMatchObject({ statusCode: 200 });
  });

  it("brings the notifier's picture renderer and font along", async () => {
    const [program, font] = await Promise.all(
      ['index_bg.wasm', 'DejaVuSans.ttf'].map((file) => readFile(path.join(bundleOf('Notify'), 'pictures', file))),
    );
    expect(program?.subarray(0, 4).toString('latin1')).toBe('\0asm');
    expect(font?.byteLength).toBeGreaterThan(500_000);
  });
});
