import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError, messageOf, PlumblineError } from '@plumbline/core/errors';
import type { Clock } from '@plumbline/core/ports';
import { toIso } from '@plumbline/core/zone';
import { z } from 'zod';
import { bury } from './dead-letters.ts';
import type { BusEvent } from './event-log.ts';
import { openEventLog } from './event-log.ts';
import { compilePattern } from './event-pattern.ts';
import { AwsError, readPutEvents } from './put-events.ts';
import { serveOnLoopback } from './serve.ts';

export type BusRule = { name: string; pattern: unknown; target: string };

/** Takes up to ten events; answers with the ids of those that should come again. Throwing fails all of them. */
export type BusTarget = (events: BusEvent[]) => Promise<{ failed: readonly string[] }>;

export type Bus = {
  /** The endpoint for an EventBridge client. */
  url: string;
  close(): Promise<void>;
  /** Takes events as AWS's own services put them on the account's default bus; they are on file when this returns. */
  put(events: readonly BusEvent[]): void;
  /** Events taken, but not yet behind all of their targets. */
  pending(): number;
  /**
   * Hands every pending event, in order, to the targets of the rules that match it, those put meanwhile included; resolves with
   * their number. One that keeps failing goes to the dead letters. Calls that overlap share one run.
   */
  deliver(targets: Readonly<Record<string, BusTarget>>): Promise<number>;
  /** Hands events once more to the target of one rule alone, as after they became its dead letters. */
  redeliver(rule: string, events: readonly BusEvent[], targets: Readonly<Record<string, BusTarget>>): Promise<void>;
};

const BATCH = 10;
const TRIES = 3;
const FIRST_WAIT_MS = 1000;

const patternTestSchema = z.object({ EventPattern: z.string(), Event: z.string() });

/**
 * An event bus of one machine, answering the EventBridge client's PutEvents and TestEventPattern. Events are in `file` before they
 * are answered for and delivered at least once, across crashes too. Throws InputError for a pattern that it can't honour.
 */
export async function startBus(options: {
  /** One event a line, in the shape that targets get. */
  file: string;
  /** How much of `file` is delivered. */
  cursorFile: string;
  /** The same of what the machine's own services put; without it, they are among the others. */
  services?: { file: string; cursorFile: string };
  deadLetterFile: string;
  rules: readonly BusRule[];
  clock: Clock;
}): Promise<Bus> {
  const { clock, deadLetterFile } = options;
  const rules = options.rules.map((rule) => ({ ...rule, test: compilePattern(rule.pattern) }));
  const open = (file: string, cursorFile: string) => {
    const log = openEventLog(file, cursorFile);
    return { log, queue: log.left };
  };
  const ours = open(options.file, options.cursorFile);
  const services = options.services ? open(options.services.file, options.services.cursorFile) : ours;
  mkdirSync(dirname(deadLetterFile), { recursive: true });

  const answer = (operation: string | null, body: unknown): unknown => {
    if (operation === 'AWSEvents.PutEvents') {
      const { events, answer } = readPutEvents(body, clock.now());
      ours.queue.push(...ours.log.append(events));
      return answer;
    }
    if (operation === 'AWSEvents.TestEventPattern') return testPattern(body);
    throw new AwsError('UnknownOperationException', `${operation ?? 'a call without X-Amz-Target'} is not served here`);
  };

  const server = await serveOnLoopback(async (request) => {
    try {
      return amzJson(200, answer(request.headers.get('x-amz-target'), await readJson(request)));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return amzJson(400, { __type: error.type, message: error.message });
    }
  });

  /** Runs one target on a batch until nothing of it fails; what still does after the last try becomes dead letters. */
  const hand = async (rule: BusRule, target: BusTarget, batch: readonly BusEvent[]) => {
    let left = [...batch];
    let error = '';
    for (let attempt = 1; left.length > 0 && attempt <= TRIES; attempt += 1) {
      if (attempt > 1) await clock.sleep(FIRST_WAIT_MS * 2 ** (attempt - 2));
      try {
        const { failed } = await target(left);
        left = left.filter((event) => failed.includes(event.id));
        error = 'named as failed';
      } catch (cause) {
        error = messageOf(cause);
      }
    }
    const at = toIso(clock.now());
    bury(
      deadLetterFile,
      left.map((event) => ({ at, rule: rule.name, target: rule.target, error, event })),
    );
  };

  const targetOf = (rule: BusRule, targets: Readonly<Record<string, BusTarget>>): BusTarget => {
    const target = targets[rule.target];
    if (target) return target;
    throw new PlumblineError('setup', `rule ${rule.name} has the target ${rule.target}, which nobody runs here`);
  };

  const run = async (targets: Readonly<Record<string, BusTarget>>): Promise<number> => {
    let delivered = 0;
    for (;;) {
      const source = [ours, services].find(({ queue }) => queue.length > 0);
      if (!source) return delivered;
      const batch = source.queue.slice(0, BATCH);
      for (const rule of rules) {
        const events = batch.map(({ event }) => event).filter(rule.test);
        if (events.length > 0) await hand(rule, targetOf(rule, targets), events);
      }
      source.log.moveCursor(batch.at(-1)?.end ?? 0);
      source.queue.splice(0, batch.length);
      delivered += batch.length;
    }
  };

  let running: Promise<number> | undefined;
  return {
    url: server.url,
    put: (events) => void services.queue.push(...services.log.append(events)),
    pending: () => ours.queue.length + (services === ours ? 0 : services.queue.length),
    deliver: (targets) => {
      running ??= run(targets).finally(() => {
        running = undefined;
      });
      return running;
    },
    redeliver: async (name, events, targets) => {
      const rule = rules.find((one) => one.name === name);
      if (!rule)
        throw new PlumblineError(
          'setup',
          `there is no rule "${name}" any more; take its lines out of the dead letters`,
        );
      for (let from = 0; from < events.length; from += BATCH) {
        await hand(rule, targetOf(rule, targets), events.slice(from, from + BATCH));
      }
    },
    close: async () => {
      await server.close();
      ours.log.close();
      if (services !== ours) services.log.close();
    },
  };
}

const amzJson = (status: number, body: unknown): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/x-amz-json-1.1' } });

async function readJson(request: Request): Promise<unknown> {
  try {
    return await request.json();
  } catch {
    throw new AwsError('SerializationException', 'The body is not JSON.');
  }
}

function testPattern(body: unknown): { Result: boolean } {
  const request = patternTestSchema.safeParse(body);
  if (!request.success) throw new AwsError('ValidationException', z.prettifyError(request.error));
  const { EventPattern, Event } = request.data;
  try {
    return { Result: compilePattern(JSON.parse(EventPattern))(JSON.parse(Event)) };
  } catch (error) {
    if (error instanceof InputError || error instanceof SyntaxError) {
      throw new AwsError('InvalidEventPatternException', error.message);
    }
    throw error;
  }
}
