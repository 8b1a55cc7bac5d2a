import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { rightsOf } from './rights.ts';
import type { Resource, Synthesis } from './synthesis.ts';
import { nameOf, pulledSources, ref, synthesise } from './synthesis.ts';

const pulled = await pulledSources();

let made: Synthesis;
const ofType = (type: string): Resource[] => made.ofType(type);
const { allowed, partitions } = rightsOf(() => made);

beforeAll(async () => {
  made = await synthesise({ bundles: false });
});
afterAll(async () => made.remove());

describe('what fails', () => {
  const deadLetters = z.object({ DeadLetterConfig: z.object({ Arn: ref }) }).transform((x) => x.DeadLetterConfig.Arn);
  const redrive = z
    .object({ RedrivePolicy: z.object({ deadLetterTargetArn: ref, maxReceiveCount: z.literal(3) }) })
    .transform((x) => x.RedrivePolicy.deadLetterTargetArn);
  const stream = z
    .object({ DestinationConfig: z.object({ OnFailure: z.object({ Destination: ref }) }) })
    .transform((x) => x.DestinationConfig.OnFailure.Destination);

  const worked = () => ofType('AWS::SQS::Queue').filter(({ Properties }) => 'RedrivePolicy' in Properties);
  /** All but those of schedules and of the archive. */
  const rules = () =>
    ofType('AWS::Events::Rule').filter(
      ({ Properties }) => !('ScheduleExpression' in Properties) && !JSON.stringify(Properties).includes('replay-name'),
    );
  const ruleEnd = (properties: unknown) => z.object({ Targets: z.tuple([deadLetters]) }).parse(properties).Targets[0];
  const ruleEnds = () => rules().map(({ Properties }) => ruleEnd(Properties));
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
    expect([redriven.length, ruleEnds().length, scheduleEnds().length, streamEnds().length]).toEqual([
      pulled.length + 2,
      3,
      3,
      1,
    ]);
    expect(new Set(ends).size).toBe(ends.length);
    for (const end of ends) expect(made.byId(end).Properties).not.toHaveProperty('RedrivePolicy');
    const queues = ofType('AWS::SQS::Queue').map(({ id }) => id);
    expect(queues.toSorted()).toEqual([...worked().map(({ id }) => id), ...ends].toSorted());
  });

  it('goes back to the queue of its own function, which tags name; of schedules and the stream the next run does the work', () => {
    const tagged = z.array(z.object({ Key: z.string(), Value: z.string() })).default([]);
    const tagsOf = (id: string) =>
      new Map(tagged.parse(made.byId(id).Properties['Tags']).map(({ Key, Value }) => [Key, Value]));
    const queueOf = z.object({ Targets: z.tuple([z.object({ Arn: ref })]) }).transform((x) => x.Targets[0].Arn);
    const pairs = [
      ...worked().map(({ id, Properties }) => [redrive.parse(Properties), id] as const),
      ...rules().map(({ Properties }) => [ruleEnd(Properties), queueOf.parse(Properties)] as const),
    ];
    for (const [end, queue] of pairs) {
      expect(tagsOf(end).get('plumbline:redrive-to')).toBe(nameOf(queue));
      expect(tagsOf(queue).get('plumbline:queue')).toBe(nameOf(queue));
    }
    const names = worked().map(({ id }) => nameOf(id));
    expect(new Set(names).size).toBe(names.length);
    for (const end of [...scheduleEnds(), ...streamEnds()]) expect(tagsOf(end).has('plumbline:redrive-to')).toBe(false);
  });

  it('is heard of: every dead-letter queue and every function has an alarm that tells the topic', () => {
    const alarms = ofType('AWS::CloudWatch::Alarm').map(({ Properties }) =>
      z
        .looseObject({
          MetricName: z.string(),
          Threshold: z.number(),
          Dimensions: z.array(z.object({ Value: ref })).default([]),
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

  const watchAlarm = () =>
    ofType('AWS::CloudWatch::Alarm').find(({ id }) => id.startsWith('WatchSilent'))?.Properties ?? {};

  it('leaves the watch alone, which reads nights and people out of reach, and tells the topic of alarms why it failed', () => {
    expect([...new Set(allowed('Watch').flatMap(({ Action }) => Action))].toSorted()).toEqual([
      'dynamodb:Query',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sns:Publish',
    ]);
    expect(partitions('Watch', 'dynamodb:Query')).toEqual([
      { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['*#nights'] } },
      { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['*#unreachable'] } },
    ]);
    const [told, ...others] = ofType('AWS::Lambda::EventInvokeConfig').filter(({ id }) => id.startsWith('Watch'));
    expect(others).toEqual([]);
    const { DestinationConfig } = z
      .looseObject({ DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.unknown() }) }) })
      .parse(told?.Properties);
    expect([DestinationConfig.OnFailure.Destination]).toEqual(watchAlarm()['AlarmActions']);
    const schedule = ofType('AWS::Scheduler::Schedule').find(({ id }) => id.startsWith('Watch'));
    expect(schedule?.Properties).toMatchObject({
      ScheduleExpression: 'cron(0/15 * * * ? *)',
      Target: { Input: '{"at":"<aws.scheduler.scheduled-time>"}' },
    });
  });

  it('is heard of also where the watch itself is silent, for an hour', () => {
    expect(watchAlarm()).toMatchObject({
      Namespace: 'Plumbline',
      MetricName: 'NightsWatched',
      Statistic: 'Sum',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      Period: 900,
      EvaluationPeriods: 4,
      TreatMissingData: 'breaching',
    });
  });

  it('is tried again message by message, hidden for six times as long as its function may run', () => {
    const mappings = ofType('AWS::Lambda::EventSourceMapping').filter(
      ({ Properties }) => !('StartingPosition' in Properties),
    );
    expect(mappings).toHaveLength(pulled.length + 2);
    for (const { Properties } of mappings) {
      const { FunctionName, EventSourceArn } = z
        .looseObject({ FunctionName: ref, EventSourceArn: ref })
        .parse(Properties);
      expect(Properties).toMatchObject({ FunctionResponseTypes: ['ReportBatchItemFailures'] });
      // A pull's time is one message's, and it is over before its message comes again.
      if (nameOf(FunctionName).startsWith('Pull')) expect(Properties).toMatchObject({ BatchSize: 1 });
      const { Timeout } = z.looseObject({ Timeout: z.number() }).parse(made.byId(FunctionName).Properties);
      const { VisibilityTimeout } = z
        .looseObject({ VisibilityTimeout: z.number() })
        .parse(made.byId(EventSourceArn).Properties);
      expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout);
    }
  });
});
