import { randomUUID } from 'node:crypto';
import { snapshotsRecorded, sourceFailed } from '@plumbline/alerts/events';
import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom, earliest, latest } from '@plumbline/core/day';
import { silentLog } from '@plumbline/core/ports';
import type { Acknowledgement, IndicatorState, Transition } from '@plumbline/core/status';
import { atTime } from '@plumbline/core/zone';
import { judgeAndClose } from '@plumbline/night/close';
import { dispatch, nightId } from '@plumbline/night/dispatch';
import { nightBegins } from '@plumbline/night/schedule';
import type { Site } from '@plumbline/night/site';
import type { Store } from '@plumbline/store/types';
import { loadWorkspaces } from '@plumbline/workspace/load';
import type { Workspace } from '@plumbline/workspace/workspace';
import type { Chance } from './chance.ts';
import { chanceOf } from './chance.ts';
import type { Pulled, Story } from './company.ts';
import { againOf, DAYS, PULLED, planBy, pulledBy, recordedBy, START, storyBy, workspaceFile } from './company.ts';
import type { MailService } from './mail-service.ts';
import { mailService } from './mail-service.ts';
import type { BusSide, PostOffice } from './post-office.ts';
import { postOffice } from './post-office.ts';

/** What histories share: one store, one bus, and who writes seed files. */
export type Place = BusSide & {
  store: Store;
  time: { now: number };
  seeds(workspace: string, files: Readonly<Record<string, string>>): Promise<string>;
};

/** All that a history left behind, to be held against the rules. */
export type History = {
  workspace: Workspace;
  mails: MailService;
  /** The states that each night's judgement left, in order. */
  nights: { night: Day; states: readonly IndicatorState[] }[];
  /** Everything that anybody answered, in order. */
  answers: Acknowledgement[];
  published: ReadonlySet<string>;
  store: Store;
};

type Company = { site: Site; story: Story; through: Map<Pulled, Day>; history: History };

const CLOSING_MS = 3 * 3_600_000;
/** Nights without any trouble at the end, in which what still waits is told. */
const CALM_NIGHTS = 3;

/** Lives through ninety days of some companies side by side, with all the trouble that the seed brings. */
export async function live(seed: number, names: readonly string[], place: Place): Promise<History[]> {
  const chance = chanceOf(seed);
  const companies = await Promise.all(names.map((name) => found(name, chance, place)));
  const post = postOffice(chance, companies, place);
  const first = chance.is(0.3) ? chance.whole(5, 40) : 0;
  if (first > 0)
    for (const company of companies) await bringInThePast(company, chance, place, addDays(START, first - 1));
  const editedOn = addDays(START, chance.whole(20, 80));
  const days = daysFrom(addDays(START, first), addDays(START, DAYS + CALM_NIGHTS - 1));
  for (const [index, day] of days.entries()) {
    const isCalm = index >= days.length - CALM_NIGHTS;
    if (isCalm) companies.forEach(({ history }) => history.mails.calm());
    if (day === editedOn && chance.is(0.5)) for (const company of companies) await edit(company, chance, place);
    await night(day, companies, post, chance, place, isCalm);
  }
  return companies.map(({ site, history }) => ({ ...history, workspace: site.workspace, published: post.published }));
}

async function workspaceOf(name: string, plan: string, place: Place): Promise<Workspace> {
  const files = { 'workspace.yaml': workspaceFile(name), 'plan.yaml': plan };
  const [workspace] = await loadWorkspaces(await place.seeds(name, files));
  if (!workspace) throw new Error(`there is no workspace ${name}`);
  return workspace;
}

async function found(name: string, chance: Chance, place: Place): Promise<Company> {
  const { store, time, bus } = place;
  const story = storyBy(chance);
  const workspace = await workspaceOf(name, planBy(chance, name, story), place);
  const site: Site = {
    workspace,
    demo: false,
    store,
    clock: { now: () => time.now, sleep: async () => undefined },
    log: silentLog,
    connect: () => Promise.reject(new Error('nothing is pulled here')),
    channelSecret: async () => '',
    pseudonymKey: async () => '',
  };
  const mails = mailService(chance, site.clock, (event) => {
    const head = { version: '0' as const, id: randomUUID(), source: 'aws.ses', account: '1', region: 'local' };
    bus.put([{ ...head, time: new Date(time.now).toISOString(), resources: [], ...event }]);
  });
  const history = { workspace, mails, nights: [], answers: [], published: new Set<string>(), store };
  return { site, story, through: new Map(), history };
}

/** The plan is written anew, so that some of its promises are others. */
async function edit(company: Company, chance: Chance, place: Place): Promise<void> {
  const { id } = company.site.workspace;
  const other = await workspaceOf(id, planBy(chance, id, company.story), place);
  company.site = { ...company.site, workspace: other };
}

async function bringInThePast(company: Company, chance: Chance, place: Place, to: Day): Promise<void> {
  const { site } = company;
  place.time.now = nightBegins(to, site.workspace.timezone);
  await dispatch(site, to, { silent: true });
  for (const source of PULLED) await pull(company, source, to, { silent: true });
  for (const day of daysFrom(START, to)) if (chance.is(0.4)) await writeDown(company, day);
  await judgeAndClose(site, to, { silent: true });
}

/** All that a source has to say in a night, from the first day that it has not brought yet. */
async function pull({ site, story, through }: Company, source: Pulled, day: Day, options: { silent?: true } = {}) {
  const { workspace, store, clock } = site;
  const next = addDays(through.get(source) ?? addDays(START, -1), 1);
  const from = latest(START, addDays(earliest(next, day), -againOf(source)));
  const about = { id: nightId(workspace.id, day), workspace: workspace.id, day, demo: false };
  await store.pulls.record({
    workspace: workspace.id,
    source,
    night: day,
    pulled: { from, through: day },
    demo: false,
    now: clock.now(),
    units: new Map([...workspace.metrics.values()].map(({ id, unit }) => [id, unit])),
    observations: pulledBy(story, source, { from, to: day, night: latest(day, through.get(source) ?? day) }),
    makeEvent: (result) => (options.silent ? undefined : snapshotsRecorded(about, result, clock.now())),
  });
  through.set(source, latest(day, through.get(source) ?? day));
}

async function fail({ site: { workspace, store, clock } }: Company, source: Pulled, day: Day): Promise<void> {
  const about = { id: nightId(workspace.id, day), workspace: workspace.id, day, demo: false };
  const error = `[${source}] answered 503`;
  const event = sourceFailed(about, source, error, clock.now());
  await store.pulls.fail({ workspace: workspace.id, source, night: day, now: clock.now(), error, event });
}

const writeDown = ({ site: { workspace, store, clock }, story }: Company, day: Day) =>
  store.pulls.keep({
    workspace: workspace.id,
    source: 'record',
    demo: false,
    now: clock.now(),
    units: new Map([...workspace.metrics.values()].map(({ id, unit }) => [id, unit])),
    observations: recordedBy(story, day),
  });

/** One night of all companies: sources come in, fail, or are late; events come twice, late, and in any order. */
async function night(
  day: Day,
  companies: readonly Company[],
  post: PostOffice,
  chance: Chance,
  { time }: Place,
  isCalm: boolean,
): Promise<void> {
  const often = (probability: number): boolean => !isCalm && chance.is(probability);
  const zone = companies[0]?.site.workspace.timezone;
  if (zone === undefined) return;
  time.now = atTime(day, '18:00', zone);
  for (const company of companies) {
    company.history.mails.up = !often(0.1);
    if (chance.is(0.3)) await writeDown(company, day);
  }
  time.now = nightBegins(day, zone);
  const running = companies.filter(() => !often(0.03));
  const late: { company: Company; source: Pulled }[] = [];
  const due: { company: Company; source: Pulled }[] = [];
  for (const company of running) {
    await dispatch(company.site, day);
    for (const source of PULLED) due.push({ company, source });
  }
  for (const { company, source } of chance.shuffled(due)) {
    time.now += 60_000;
    if (often(0.04)) late.push({ company, source });
    else if (often(0.08)) await fail(company, source, day);
    else await pull(company, source, day);
    if (often(0.2)) await post.deliver(0.5);
  }
  await post.deliver(often(0.15) ? 0.5 : 1);
  time.now = nightBegins(day, zone) + CLOSING_MS + 60_000;
  await post.sweep();
  await post.deliver(often(0.15) ? 0.5 : 1);
  for (const { company, source } of late) await pull(company, source, day);
  // Somebody has an earlier night run once more, for one of its sources.
  if (often(0.08)) {
    const company = chance.one(running.length > 0 ? running : companies);
    const earlier = addDays(day, -chance.whole(0, 4));
    if (await company.site.store.nights.get(company.site.workspace.id, earlier))
      await pull(company, chance.one(PULLED), earlier);
  }
  if (often(0.15)) post.replay();
  await post.deliver(often(0.3) ? 0.3 : 1);
  time.now = atTime(addDays(day, 1), '09:00', zone);
  for (const company of companies) {
    company.history.mails.up = true;
    await read(company, chance, day, isCalm);
    const judgement = await company.site.store.judgements.latest(company.site.workspace.id);
    if (judgement) company.history.nights.push({ night: judgement.night, states: judgement.states });
  }
  // In the morning the queues try again what the night's outage left; some of it stays for the next night.
  await post.deliver(often(0.3) ? 0.5 : 1);
}

/** Over the morning's coffee somebody answers one of the newest alerts. */
async function read(
  { site: { store, workspace, clock }, history }: Company,
  chance: Chance,
  day: Day,
  isCalm: boolean,
) {
  if (isCalm || !chance.is(0.25)) return;
  const recent = await store.transitions.list(workspace.id, addDays(day, -chance.whole(0, 10)), day);
  const open = recent.filter(
    ({ kind, mail }) => mail.state === 'sent' && kind !== 'source_failed' && kind !== 'decided',
  );
  if (open.length === 0) return;
  const about: Transition = chance.one(open);
  const answer: Acknowledgement = {
    workspace: workspace.id,
    indicator: about.indicator,
    transition: about.id,
    reason: 'seen',
    at: clock.now(),
    ...(chance.is(0.6) ? { kind: 'snoozed', until: addDays(day, 1 + chance.whole(0, 14)) } : { kind: 'acknowledged' }),
  };
  await store.acknowledgements.put(answer);
  history.answers.push(answer);
}
