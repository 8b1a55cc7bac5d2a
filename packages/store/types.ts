import type { Day } from '@plumbline/core/day';
import type {
  ApiKey,
  DeliveryReport,
  MailRecord,
  Night,
  OutboxEntry,
  SourceResult,
  Unreachable,
} from '@plumbline/core/night';
import type { Json, Observation, Point, Snapshot } from '@plumbline/core/snapshot';
import type { SourceMemory } from '@plumbline/core/source';
import type {
  Acknowledgement,
  HypothesisState,
  IndicatorState,
  Transition,
  Unsubscribed,
} from '@plumbline/core/status';
import type { Unit } from '@plumbline/core/unit';
import type { Instant } from '@plumbline/core/zone';

/** What a judge left behind when a night closed. */
export type Judgement = {
  workspace: string;
  night: Day;
  planVersion: string;
  judgedAt: Instant;
  version: number;
  states: IndicatorState[];
  /** Absent where the plan has none, and from before they were judged. */
  hypotheses?: HypothesisState[];
};

/** A plan as it was judged by. */
export type PlanVersion = {
  workspace: string;
  /** `sha256:…` of its content. */
  version: string;
  plan: Json;
  /** The first night that was judged by it, and when. */
  firstNight: Day;
  at: Instant;
};

/** One night's news as told to a channel that many read, such as Slack: once per channel and night. */
export type PostRecord = {
  /** `<channel>_<workspace>_<night>`. */
  id: string;
  workspace: string;
  channel: string;
  night: Day;
  transitions: string[];
  /** The reviews whose digests went out that night. */
  reviews: string[];
  state: 'claimed' | 'sent';
  messageId?: string;
  /** Why it still waits. */
  error?: string;
  /** When the right to send it was last taken. */
  at: Instant;
};

/** Days, both included, that a source has come in for without a hole between them. */
export type PulledSpan = { from: Day; through: Day };

/** A run that pulls a source for a night and is over at `until`, whatever happens. */
export type PullClaim = { workspace: string; source: string; night: Day; until: Instant };

/** A request that must be done once: whose it is, what it says, and until when its key is remembered. */
export type KeyedRequest = { workspace: string; key: string; sha256: string; until: Instant };

/** What is known of a request that came before; without an answer it is under way, or its worker has gone. */
export type TakenRequest = { sha256: string; answer?: Json };

/** The one table of one mode (demo or real), as what it holds rather than how. All reads of a workspace are strongly consistent unless said. */
export type Store = {
  snapshots: {
    /** All metrics of a span, by day, then metric: one query. */
    span(workspace: string, from: Day, to: Day): Promise<Snapshot[]>;
    /** The same without evidence and earlier revisions: what the judge reads. */
    points(workspace: string, from: Day, to: Day): Promise<Point[]>;
    /** One metric over a span, oldest first: one query on the index (eventually consistent). */
    series(workspace: string, metric: string, from: Day, to: Day): Promise<Snapshot[]>;
    one(workspace: string, day: Day, metric: string): Promise<Snapshot | undefined>;
  };
  pulls: {
    /**
     * Writes what differs from what is stored, and in the same transaction as its last part the source's result in the night, its
     * checkpoint and the event. An equal observation writes nothing; where nothing differs and the night already has this source's
     * good result, nothing at all is written and no event is made. `makeEvent` is asked only when there is an event to make.
     */
    record(input: {
      workspace: string;
      source: string;
      night: Day;
      /** The days that this pull makes complete. */
      pulled: PulledSpan;
      demo: boolean;
      now: Instant;
      units: ReadonlyMap<string, Unit>;
      observations: readonly Observation[];
      makeEvent(result: SourceResult): OutboxEntry | undefined;
    }): Promise<SourceResult>;
    /** Writes values that were stated outside any night: the same comparison and revisions, but no result, checkpoint or event. */
    keep(input: {
      workspace: string;
      source: string;
      demo: boolean;
      now: Instant;
      units: ReadonlyMap<string, Unit>;
      observations: readonly Observation[];
    }): Promise<{ written: number; unchanged: number }>;
    /**
     * Notes that a source failed in a night, with its event where the night has not heard of this source yet. Where it had come in well,
     * that result stands and only says that a later pull failed. Answers this failure.
     */
    fail(input: {
      workspace: string;
      source: string;
      night: Day;
      now: Instant;
      error: string;
      event: OutboxEntry | undefined;
    }): Promise<SourceResult>;
    /** The newest days for which this source has come in without a hole; undefined before its first good pull. */
    pulled(workspace: string, source: string): Promise<PulledSpan | undefined>;
    /**
     * Keeps what a source wants to remember; an entry without bytes is forgotten. Nobody reads half of an entry, but several are not
     * written at once.
     */
    remember(workspace: string, source: string, entries: readonly { key: string; bytes: Uint8Array }[]): Promise<void>;
    /**
     * The right to pull a source until a moment. False where somebody else has it: neither is their time over, nor did they leave it
     * for this night to go on.
     */
    claim(claim: PullClaim, now: Instant): Promise<boolean>;
    /** Gives a claim back; `waits` leaves it for the same night to go on until then. A claim that others have taken over stays theirs. */
    release(claim: PullClaim, waits?: { note: string; until: Instant }): Promise<void>;
    /** The night for which a source is being pulled under a claim, and how far it was when it last ran out of time. */
    underWay(workspace: string, source: string, now: Instant): Promise<{ night: Day; note?: string } | undefined>;
    memory(workspace: string, source: string): SourceMemory;
  };
  nights: {
    /** Opens a night once; a second call returns the one that is there. */
    open(night: Night): Promise<Night>;
    get(workspace: string, day: Day): Promise<Night | undefined>;
    list(workspace: string, from: Day, to: Day): Promise<Night[]>;
    last(workspace: string): Promise<Night | undefined>;
    /** Closes it once with its events and, where it is not silent, mails to come; false when it was closed already. */
    close(workspace: string, day: Day, at: Instant, events: readonly OutboxEntry[]): Promise<boolean>;
  };
  judgements: {
    /** The last one, or the last one up to the night `asOf`. */
    latest(workspace: string, asOf?: Day): Promise<Judgement | undefined>;
    /**
     * States, transitions and events in one transaction (split only beyond DynamoDB's 100 items: then states come last). Transitions that
     * exist are left alone with their events. `expected` is the version of the judgement of that night that was read (0: none), `follows`
     * the one of an earlier night that it goes on from, which nobody can change from then on.
     * Answers false, writing nothing, when somebody else judged meanwhile, be it another night. Equal states without transitions write nothing and answer true.
     */
    commit(
      judgement: Omit<Judgement, 'version'>,
      expected: number,
      transitions: Transition[],
      events: OutboxEntry[],
      follows?: Pick<Judgement, 'night' | 'version'>,
    ): Promise<boolean>;
  };
  plans: {
    /** Keeps a version the first time; one that is kept already stays as it is. */
    keep(plan: PlanVersion): Promise<void>;
    get(workspace: string, version: string): Promise<PlanVersion | undefined>;
    /** Every version that was judged by, in the order in which they came. */
    list(workspace: string): Promise<PlanVersion[]>;
  };
  transitions: {
    /** By night, oldest first; what one judging found at once by the day that it is about. */
    list(workspace: string, from: Day, to: Day): Promise<Transition[]>;
    get(workspace: string, id: string): Promise<Transition | undefined>;
    /** Names the worse transition that hides each of these, so that no mail can claim it any more; one that a mail has claimed stays in that. */
    suppress(workspace: string, hidden: { id: string; by: string }[]): Promise<void>;
  };
  mails: {
    /**
     * Claims the right to send it: the record as it is now, and whether this call made it. It is about those of its transitions that
     * still wait for a mail, at most 98; with none of them nothing is claimed, unless it brings the digest of a review.
     */
    claim(mail: MailRecord): Promise<{ mail: MailRecord; fresh: boolean }>;
    /** Takes over a claim whose holder has gone; undefined where the mail is not as it was read: somebody else has, or has finished it. */
    reclaim(mail: MailRecord, at: Instant): Promise<MailRecord | undefined>;
    /** Notes on a claimed mail why it waits to be sent again, for whoever reclaims it. */
    postpone(mail: MailRecord, error: string): Promise<void>;
    /**
     * Notes the outcome on the mail and on each of its transitions. One that was sent may fail later; nothing comes after a failure.
     * False where the mail is further already.
     */
    finish(
      mail: MailRecord,
      outcome: { state: 'sent'; messageId: string } | { state: 'failed'; error: string },
    ): Promise<boolean>;
    /** Notes that a mail was refused, and claims another one for its transitions in the same step; false where that is done already. */
    redirect(mail: MailRecord, error: string, other: MailRecord): Promise<boolean>;
    get(mail: Pick<MailRecord, 'workspace' | 'night' | 'id'>): Promise<MailRecord | undefined>;
    list(workspace: string, from: Day, to: Day): Promise<MailRecord[]>;
    /** Keeps what the mail service says of a mail that is known here, where that goes further than what it said before: then true. */
    report(report: DeliveryReport): Promise<boolean>;
  };
  /** DRIs whom mails don't reach, the last word for each. */
  unreachable: {
    list(workspace: string): Promise<Unreachable[]>;
    put(unreachable: Unreachable): Promise<void>;
    remove(workspace: string, dri: string): Promise<void>;
  };
  posts: {
    /**
     * Claims the right to send it: the record as it is now, and whether this call made it. It is about those of its transitions that no
     * post to its channel tells of, of the nights from `since` on; with none of them nothing is claimed, unless it tells of reviews.
     */
    claim(post: PostRecord, since: Day): Promise<{ post: PostRecord; fresh: boolean }>;
    /** Takes over a claim whose holder has gone; undefined where the post is not as it was read. */
    reclaim(post: PostRecord, at: Instant): Promise<PostRecord | undefined>;
    /** Notes on a claimed post why it waits to be sent again. */
    postpone(post: PostRecord, error: string): Promise<void>;
    /** Notes that it was sent. */
    finish(post: PostRecord, messageId: string): Promise<void>;
    /** By night, oldest first. */
    list(workspace: string, from: Day, to: Day): Promise<PostRecord[]>;
  };
  acknowledgements: {
    /** The last one per indicator. */
    list(workspace: string): Promise<Acknowledgement[]>;
    /** All that were ever given to transitions of these nights, by transition, oldest first. */
    history(workspace: string, from: Day, to: Day): Promise<Acknowledgement[]>;
    put(acknowledgement: Acknowledgement): Promise<void>;
  };
  unsubscribed: {
    /** The last word of each DRI who ever wanted no digests. */
    list(workspace: string): Promise<Unsubscribed[]>;
    put(unsubscribed: Unsubscribed): Promise<void>;
  };
  outbox: {
    /** Entries not yet on the bus, oldest first. */
    pending(workspace: string, limit?: number): Promise<OutboxEntry[]>;
    remove(entries: readonly OutboxEntry[]): Promise<void>;
  };
  requests: {
    /** Remembers a request; what came before under its key and has not expired, or undefined where it is the first. */
    take(request: KeyedRequest, now: Instant): Promise<TakenRequest | undefined>;
    /** Keeps the answer; the one that stands, which is an earlier one where two worked on the same request. */
    answer(request: KeyedRequest, answer: Json): Promise<Json>;
  };
  keys: {
    find(sha256: string): Promise<ApiKey | undefined>;
    list(): Promise<ApiKey[]>;
    put(key: ApiKey): Promise<void>;
    remove(sha256: string): Promise<void>;
  };
};
