import type { Day } from '@plumbline/core/day';
import type { DeliveryReport, MailRecord, OutboxEntry } from '@plumbline/core/night';

export type Key = { pk: string; sk: string };
export type Span = { pk: string; from: string; to: string };

/** Sorts after every character that ids, days, metrics and memory keys are made of; `#` sorts before them all. */
const LAST = '~';

/** Behind the key of a mail. */
const DELIVERY = '#delivery';

const partition = (workspace: string, what: string): string => `${workspace}#${what}`;

/** Where everything lives. A workspace's name holds no `#`, so no two kinds and no two workspaces share a partition. */
export const keys = {
  snapshot: (workspace: string, day: Day, metric: string): Key => ({
    pk: snapshotPartition(workspace),
    sk: `${day}#${metric}`,
  }),
  /** A snapshot's place on the index `byMetric`. */
  snapshotByMetric: (workspace: string, day: Day, metric: string): { gpk: string; gsk: string } => ({
    gpk: partition(workspace, metric),
    gsk: day,
  }),
  snapshots: (workspace: string, from: Day, to: Day): Span => ({
    pk: snapshotPartition(workspace),
    from: `${from}#`,
    to: `${to}#${LAST}`,
  }),
  series: (workspace: string, metric: string, from: Day, to: Day): Span => ({
    pk: partition(workspace, metric),
    from,
    to,
  }),

  night: (workspace: string, day: Day): Key => ({ pk: partition(workspace, 'nights'), sk: day }),
  /** Each source's result is an item of its own behind its night, so that sources coming in together never contend. */
  result: (workspace: string, day: Day, source: string): Key => ({
    pk: partition(workspace, 'nights'),
    sk: `${day}#${source}`,
  }),
  nights: (workspace: string, from: Day, to: Day): Span => ({
    pk: partition(workspace, 'nights'),
    from,
    to: `${to}#${LAST}`,
  }),
  checkpoint: (workspace: string, source: string): Key => ({ pk: partition(workspace, 'checkpoints'), sk: source }),
  claim: (workspace: string, source: string): Key => ({ pk: partition(workspace, 'claims'), sk: source }),

  judgement: (workspace: string, night: Day): Key => ({ pk: partition(workspace, 'judgements'), sk: night }),
  judgements: (workspace: string, asOf: Day | undefined): Span => ({
    pk: partition(workspace, 'judgements'),
    from: '0',
    to: asOf ?? LAST,
  }),

  plan: (workspace: string, version: string): Key => ({ pk: partition(workspace, 'plans'), sk: version }),
  plans: (workspace: string): Span => ({ pk: partition(workspace, 'plans'), from: '!', to: LAST }),

  transition: (workspace: string, id: string): Key => ({ pk: partition(workspace, 'transitions'), sk: id }),
  transitions: (workspace: string, from: Day, to: Day): Span => ({
    pk: partition(workspace, 'transitions'),
    from: `trn_${from.replaceAll('-', '')}`,
    to: `trn_${to.replaceAll('-', '')}${LAST}`,
  }),

  mail: ({ workspace, night, id }: Pick<MailRecord, 'workspace' | 'night' | 'id'>): Key => ({
    pk: mailPartition(workspace),
    sk: `${night}#${id}`,
  }),
  /** What was heard of a mail is an item of its own behind it, so that hearing of it and sending it never contend. */
  delivery: ({ workspace, night, mail }: Pick<DeliveryReport, 'workspace' | 'night' | 'mail'>): Key => ({
    pk: mailPartition(workspace),
    sk: `${night}#${mail}${DELIVERY}`,
  }),
  mails: (workspace: string, from: Day, to: Day): Span => ({
    pk: mailPartition(workspace),
    from: `${from}#`,
    to: `${to}#${LAST}`,
  }),

  unreachable: (workspace: string, dri: string): Key => ({ pk: partition(workspace, 'unreachable'), sk: dri }),
  allUnreachable: (workspace: string): Span => ({ pk: partition(workspace, 'unreachable'), from: '!', to: LAST }),

  post: (workspace: string, night: Day, channel: string): Key => ({
    pk: partition(workspace, 'posts'),
    sk: `${night}#${channel}`,
  }),
  posts: (workspace: string, from: Day, to: Day | undefined): Span => ({
    pk: partition(workspace, 'posts'),
    from: `${from}#`,
    to: to === undefined ? LAST : `${to}#${LAST}`,
  }),
  /** Counts a channel's posts, so that two that are claimed at once see one another; sorts behind them all. */
  postCount: (workspace: string, channel: string): Key => ({
    pk: partition(workspace, 'posts'),
    sk: `count#${channel}`,
  }),

  acknowledgement: (workspace: string, indicator: string): Key => ({
    pk: partition(workspace, 'acknowledgements'),
    sk: indicator,
  }),
  acknowledgements: (workspace: string): Span => ({
    pk: partition(workspace, 'acknowledgements'),
    from: '!',
    to: LAST,
  }),

  unsubscribed: (workspace: string, dri: string): Key => ({ pk: partition(workspace, 'unsubscribed'), sk: dri }),
  allUnsubscribed: (workspace: string): Span => ({ pk: partition(workspace, 'unsubscribed'), from: '!', to: LAST }),

  /** All that was ever said about transitions, by their nights, which their ids begin with. */
  answer: (workspace: string, transition: string, at: number): Key => ({
    pk: partition(workspace, 'answers'),
    sk: `${transition}#${new Date(at).toISOString()}`,
  }),
  answers: (workspace: string, from: Day, to: Day): Span => ({
    pk: partition(workspace, 'answers'),
    from: `trn_${from.replaceAll('-', '')}`,
    to: `trn_${to.replaceAll('-', '')}${LAST}`,
  }),

  /** Milliseconds are always written, so that entries sort by time. */
  outbox: ({ workspace, time, id }: OutboxEntry): Key => ({
    pk: partition(workspace, 'outbox'),
    sk: `${new Date(time).toISOString()}#${id}`,
  }),
  outboxes: (workspace: string): Span => ({ pk: partition(workspace, 'outbox'), from: '0', to: LAST }),

  memoryHead: (workspace: string, source: string, key: string): Key => ({
    pk: partition(workspace, `memory#${source}`),
    sk: `${key}#`,
  }),
  /** Parts are named by what the whole entry holds: they never change, and those of two versions never mix. */
  memoryPart: (workspace: string, source: string, key: string, digest: string, part: number): Key => ({
    pk: partition(workspace, `memory#${source}`),
    sk: `${key}#${digest}#${String(part).padStart(5, '0')}`,
  }),
  memories: (workspace: string, source: string, from: string, to: string): Span => ({
    pk: partition(workspace, `memory#${source}`),
    from: `${from}#`,
    to: `${to}#${LAST}`,
  }),

  request: (workspace: string, key: string): Key => ({ pk: requestPartition(workspace), sk: key }),

  apiKey: (sha256: string): Key => ({ pk: '#keys', sk: sha256 }),
  apiKeys: (): Span => ({ pk: '#keys', from: '0', to: LAST }),
} as const;

const OUTBOX = '#outbox';

/** The workspace whose outbox a partition is; undefined for any other partition. */
export const workspaceOfOutbox = (partitionKey: string): string | undefined =>
  partitionKey.endsWith(OUTBOX) ? partitionKey.slice(0, -OUTBOX.length) : undefined;

/** The mail that an item of a workspace's mails is, or tells of. */
export const mailOf = (sortKey: string): { key: string; isDelivery: boolean } =>
  sortKey.endsWith(DELIVERY)
    ? { key: sortKey.slice(0, -DELIVERY.length), isDelivery: true }
    : { key: sortKey, isDelivery: false };

/** A workspace's outbox as its partition's key. */
export const outboxPartition = (workspace: string): string => partition(workspace, 'outbox');

/** A workspace's snapshots and its remembered requests as their partitions' keys. */
export const snapshotPartition = (workspace: string): string => partition(workspace, 'snapshots');
export const requestPartition = (workspace: string): string => partition(workspace, 'requests');
/** A workspace's mails, and what was heard of them, as their partition's key. */
export const mailPartition = (workspace: string): string => partition(workspace, 'mails');
/** A workspace's nights as their partition's key. */
export const nightPartition = (workspace: string): string => partition(workspace, 'nights');
