import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { InputError } from '@plumbline/core/errors';
import { counted } from '@plumbline/core/words';
import { dayAt } from '@plumbline/core/zone';
import { systemClock } from '@plumbline/local/clock';
import type { Outcome } from '@plumbline/local/control';
import type { ImportEvent } from '@plumbline/local/mixpanel-events';
import { importEvents } from '@plumbline/local/mixpanel-events';
import type { MixpanelProject } from '@plumbline/local/mixpanel-project';
import { eventsThere } from '@plumbline/local/mixpanel-project';
import { STORY_NAMES, storyNamed } from '@plumbline/local/stories/index';
import type { Story } from '@plumbline/local/stories/story';
import { mixpanelConfig } from '@plumbline/sources/mixpanel/language';
import { loadWorkspaces } from '@plumbline/workspace/load';
import { checkedSecret, secretVariable } from '@plumbline/workspace/secrets';
import type { Workspace } from '@plumbline/workspace/workspace';
import { sourceOf } from '@plumbline/workspace/workspace';
import { SingleBar } from 'cli-progress';
import { workspaceNamed } from './plan-named.ts';
import type { Job, Sent } from './send-to-mixpanel.ts';
import { sendToMixpanel } from './send-to-mixpanel.ts';
import type { Globals } from './session.ts';
import { machineOptions } from './session.ts';

export type LoadOptions = { workspace: string; story?: string; projectToken?: string; yes?: boolean };

type Loading = {
  workspace: Workspace;
  story: Story;
  project: MixpanelProject;
  /** All that has happened so far. */
  events: ImportEvent[];
  /** Of those, what the project lacks. */
  missing: ImportEvent[];
};

/** `demo load-mixpanel`: sends a demo company's events into a Mixpanel project that holds nothing else. Throws InputError, VendorError. */
export async function loadMixpanel(options: Globals & LoadOptions): Promise<Outcome> {
  const { seeds, env, now = systemClock().now() } = await machineOptions(options);
  const workspace = workspaceNamed(await loadWorkspaces(seeds), options.workspace);
  const project = projectOf(workspace, env);
  const story = storyOf(workspace, options.story);
  const all = importEvents(story);
  const events = all.filter(({ properties }) => properties.time * 1000 <= now);
  if (events.length === 0) throw new InputError(`nothing of the story "${story.name}" has happened yet by this clock`);
  const there = await eventsThere(project, all, now);
  const missing = events.filter(({ properties }) => !there.has(properties.$insert_id));
  const loading: Loading = { workspace, story, project, events, missing };
  if (missing.length > 0 && options.yes !== true) await agreed(loading, process.stdin, process.stderr);
  const sent =
    missing.length > 0
      ? await sendAll(loading, options.projectToken)
      : { imported: 0, failed: new Map<string, number>() };
  return outcome(loading, sent);
}

function projectOf(workspace: Workspace, env: Readonly<Record<string, string | undefined>>): MixpanelProject {
  const source = sourceOf(workspace, 'mixpanel');
  if (!source) {
    throw new InputError(
      `workspace ${workspace.id} has no source "mixpanel": add one with the projectId and region of a test project ` +
        'to its workspace.yaml',
    );
  }
  const variable = secretVariable(workspace.id, 'mixpanel');
  const secret = checkedSecret(source, workspace.id, env[variable], `the environment or .env as ${variable}`);
  return { config: mixpanelConfig.parse(source.config), baseUrl: source.baseUrl, secret };
}

function storyOf(workspace: Workspace, asked: string | undefined): Story {
  const name = asked ?? workspace.demo;
  const story = name === undefined ? undefined : storyNamed(name);
  if (story) return story;
  const wrong =
    name === undefined ? `workspace ${workspace.id} names no demo story` : `there is no demo story "${name}"`;
  throw new InputError(`${wrong}; name one with --story: ${STORY_NAMES.join(', ')}`);
}

const projectWords = ({ config }: MixpanelProject): string => `Mixpanel project ${config.projectId} (${config.region})`;

const eventWords = (count: number): string => counted(count, 'event').replace(/^\d+/, count.toLocaleString('en-US'));

/** Asks whether to write there. Throws InputError where the answer is no, or nobody is there to give it. */
export async function agreed(
  { story, project, missing }: Pick<Loading, 'story' | 'project' | 'missing'>,
  input: Readable & { isTTY?: boolean },
  output: Writable,
): Promise<void> {
  const what = `${eventWords(missing.length)} of the demo "${story.name}" to ${projectWords(project)}`;
  if (input.isTTY !== true) throw new InputError(`this would send ${what}, for good; add --yes to say that it shall`);
  const asking = createInterface({ input, output });
  const ended = new Promise<string>((resolve) => void asking.once('close', () => resolve('')));
  const answer = await Promise.race([asking.question(`Send ${what}? They can't be taken back. [y/N] `), ended]);
  asking.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new InputError('nothing was sent');
}

async function sendAll({ project, missing }: Loading, token: string | undefined): Promise<Sent> {
  const { config, baseUrl, secret } = project;
  const [acct = '', ...pass] = secret.split(':');
  const job: Job = {
    address: baseUrl === undefined ? undefined : `${baseUrl.replace(/\/+$/, '')}/import`,
    region: config.region,
    credentials: {
      project: config.projectId,
      ...(token === undefined ? { acct, pass: pass.join(':') } : { token }),
    },
    events: missing,
  };
  const bar = progressBar(missing.length);
  try {
    return await sendToMixpanel(job, { onProgress: (done) => bar.update(done) });
  } finally {
    bar.stop();
  }
}

/** A bar on a terminal, a line per batch elsewhere. */
function progressBar(total: number): { update(done: number): void; stop(): void } {
  if (!process.stderr.isTTY) {
    const update = (done: number): void => void process.stderr.write(`Mixpanel: ${done} of ${eventWords(total)}\n`);
    return { update, stop: () => undefined };
  }
  const bar = new SingleBar({
    format: 'Mixpanel {bar} {value}/{total} events',
    stream: process.stderr,
    hideCursor: true,
  });
  bar.start(total, 0);
  return bar;
}

function outcome({ workspace, story, project, events, missing }: Loading, sent: Sent): Outcome {
  const failed = Array.from(sent.failed, ([reason, count]) => ({ reason, count }));
  const lost = missing.length - sent.imported;
  const times = events.map(({ properties }) => properties.time * 1000);
  const [from, to] = [dayAt(Math.min(...times), story.timezone), dayAt(Math.max(...times), story.timezone)];
  const head =
    missing.length === 0
      ? `${projectWords(project)} has all ${eventWords(events.length)} of the demo "${story.name}" already.`
      : `${projectWords(project)} took ${eventWords(sent.imported)} of the demo "${story.name}", of ${from} to ${to}.`;
  const wrong = [
    ...failed.map(({ reason, count }) => `${eventWords(count)} refused: ${reason}`),
    ...(lost > 0 ? [`${eventWords(lost)} did not arrive; run the command again to send what is missing.`] : []),
  ];
  return {
    exit: lost > 0 ? 1 : 0,
    data: {
      workspace: workspace.id,
      story: story.name,
      project: project.config.projectId,
      region: project.config.region,
      from,
      to,
      there: events.length - missing.length,
      sent: sent.imported,
      failed,
    },
    text: [head, ...wrong, ...(lost > 0 ? [] : ['', ...nextSteps(workspace, story)])].join('\n'),
  };
}

function nextSteps(workspace: Workspace, story: Story): string[] {
  const { id, timezone } = workspace;
  return [
    "Mixpanel shows them in its export after a minute or so. To see the demo's own numbers come from there:",
    `  npx plumbline check --workspace ${id}`,
    `  npx plumbline backfill --workspace ${id} --from ${story.start} --to ${story.end} --source mixpanel`,
    `Its mixpanel block needs the metrics that seeds/${story.name}/workspace.yaml has.`,
    ...(timezone === story.timezone
      ? []
      : [
          `The story's days are those of timezone: "${story.timezone}"; with "${timezone}" numbers differ around midnight.`,
        ]),
  ];
}
