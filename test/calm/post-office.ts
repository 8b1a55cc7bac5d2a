import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { judge } from '@plumbline/functions/judge';
import { notify } from '@plumbline/functions/notify';
import { publish } from '@plumbline/functions/publish';
import { sweep } from '@plumbline/functions/sweep';
import type { World } from '@plumbline/functions/world';
import type { Bus, BusTarget } from '@plumbline/local/bus';
import type { BusEvent } from '@plumbline/local/event-log';
import type { Site } from '@plumbline/night/site';
import { outboxPartition } from '@plumbline/store/keys';
import { z } from 'zod';
import type { Chance } from './chance.ts';
import type { MailService } from './mail-service.ts';

/** A bus, and how the outbox reaches it. */
export type BusSide = { events: EventBridgeClient; bus: Bus };
/** Whose post it is; the site is another one after an edit. */
type Customer = { readonly site: Site; readonly history: { mails: MailService } };
type Letter = { target: 'judge' | 'notify'; event: BusEvent };
export type PostOffice = ReturnType<typeof postOffice>;

/** How often what failed is tried again before something else happens. */
const ROUNDS = 6;

const detailSchema = z.looseObject({ metadata: z.looseObject({ id: z.string() }) });

/** Pictures are most of a mail's work, and nobody looks at them here: without a series there is none. */
const unpictured = (site: Site): Site => ({
  ...site,
  store: { ...site.store, snapshots: { ...site.store.snapshots, points: async () => [] } },
});

/** What AWS does between the outbox and the handlers, as unkindly as it may. */
export function postOffice(chance: Chance, companies: readonly Customer[], { bus, events }: BusSide) {
  const ids = new Map(companies.map((company) => [company.site.workspace.id, company]));
  const companyNamed = (id: string): Customer => {
    const company = ids.get(id);
    if (!company) throw new Error(`there is no workspace ${id}`);
    return company;
  };
  const siteNamed = (id: string): Site => companyNamed(id).site;
  const world: World = {
    workspaces: companies.map(({ site }) => site.workspace),
    site: siteNamed,
    sendPulls: async () => undefined,
    bus: async () => ({ client: events, name: 'plumbline' }),
    channel: async ({ id }) => companyNamed(id).history.mails,
    publicUrl: 'http://127.0.0.1:4180',
    linkKey: async () => 'a key that signs the links in mails',
  };
  const handlers = {
    judge: judge(world),
    notify: notify({ ...world, site: (id) => unpictured(siteNamed(id)) }),
  };
  const stream = { Records: [...ids.keys()].map((id) => ({ dynamodb: { Keys: { pk: { S: outboxPartition(id) } } } })) };
  const waiting: Letter[] = [];
  const past: Letter[] = [];
  const published = new Set<string>();
  const take =
    (target: Letter['target']): BusTarget =>
    async (batch) => {
      for (const event of batch) {
        const letter = { target, event };
        past.push(letter);
        waiting.push(letter);
        if (chance.is(0.15)) waiting.push(letter);
      }
      return { failed: [] };
    };
  const see: BusTarget = async (batch) => {
    for (const { detail } of batch) published.add(detailSchema.parse(detail).metadata.id);
    return { failed: [] };
  };
  const hand = async (target: Letter['target'], letters: readonly Letter[]): Promise<Letter[]> => {
    if (letters.length === 0) return [];
    const records = letters.map(({ event }, index) => ({ messageId: String(index), body: JSON.stringify(event) }));
    const handler = handlers[target];
    const { batchItemFailures } = await handler({ Records: records } as Parameters<typeof handler>[0]);
    return batchItemFailures.flatMap(({ itemIdentifier }) => letters[Number(itemIdentifier)] ?? []);
  };
  return {
    published,
    /** Hands out a share of what waits, in any order and in batches of any size; what failed waits again. */
    deliver: async (share: number): Promise<void> => {
      for (let round = 0; round < ROUNDS; round += 1) {
        await publish(world)(stream);
        await bus.deliver({ judge: take('judge'), notify: take('notify'), deliver: see });
        const letters = chance.shuffled(waiting.splice(0));
        // That a mail was taken is told within the quarter of an hour for which its claim holds.
        const prompt = letters.filter(({ event }) => event['detail-type'] === 'Email Sent');
        const others = letters.filter((letter) => !prompt.includes(letter));
        const now = others.filter(() => chance.is(share));
        waiting.push(...others.filter((letter) => !now.includes(letter)));
        if (prompt.length + now.length === 0) return;
        waiting.push(...(await hand('notify', prompt)));
        for (const target of ['judge', 'notify'] as const) {
          const all = now.filter((letter) => letter.target === target);
          const half = chance.whole(0, all.length);
          const failed = await Promise.all([hand(target, all.slice(0, half)), hand(target, all.slice(half))]);
          waiting.push(...failed.flat());
        }
      }
    },
    sweep: async (): Promise<void> => {
      await sweep(world)();
    },
    /** Events of any earlier night come once more, as from an archive. */
    replay: (): void => {
      for (let count = chance.whole(1, 6); count > 0 && past.length > 0; count -= 1) waiting.push(chance.one(past));
    },
  };
}
