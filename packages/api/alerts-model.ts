import { rankOf, worstFirst } from '@plumbline/alerts/kinds';
import type { Day } from '@plumbline/core/day';
import { addDays, daysBetween } from '@plumbline/core/day';
import { writtenTime } from '@plumbline/core/words';
import type { AlertRow, AlertsPage } from '@plumbline/dashboard/alerts-page';
import { alertsHref } from '@plumbline/dashboard/alerts-page';
import type { Alert } from './alerts.ts';
import { answerInWords, readAlerts, toldInWords } from './alerts.ts';
import { changesIn } from './changes.ts';
import type { Room } from './reads.ts';
import { lastNightOf } from './reads.ts';
import { unreachableRows } from './unreachable.ts';

type Wording = ReturnType<typeof changesIn>;

/** Nights on one page: about as many as somebody reads at once. */
const NIGHTS = 28;

/** The alerts of the four weeks that end with a night, the newest first; without one, with the last. */
export async function alertsModel(room: Room, through: Day | undefined): Promise<AlertsPage> {
  const { workspace, store, demo } = room;
  const { id, name } = workspace;
  const lastNight = await lastNightOf(room);
  const to = through ?? lastNight;
  const from = addDays(to, 1 - NIGHTS);
  const [alerts, unreachable, last] = await Promise.all([
    readAlerts(room, from, to),
    unreachableRows(room),
    store.nights.last(id),
  ]);
  const known = new Map(alerts.map((alert) => [alert.transition.id, alert]));
  const nights = Map.groupBy(alerts.toReversed(), ({ transition }) => transition.night);
  const begin = workspace.plan?.start ?? addDays(lastNight, -90);
  const inWords = changesIn(workspace);
  const newer = daysBetween(to, lastNight) > 0;
  return {
    workspace: { id, name },
    demo,
    from,
    to,
    earlier: from > begin ? alertsHref(id, addDays(from, -1)) : null,
    later: newer ? alertsHref(id, addDays(to, NIGHTS)) : null,
    hasRun: last !== undefined,
    unreachable,
    nights: [...nights].map(([day, found]) => {
      const heard = found.filter(({ transition: { kind, silent } }) => !silent && rankOf(kind) !== undefined);
      return {
        day,
        alerts: heard
          .toSorted((a, b) => worstFirst(a.transition, b.transition))
          .map((alert) => rowOf(alert, { room, known, inWords })),
        others: found.length - heard.length,
      };
    }),
  };
}

function rowOf(
  alert: Alert,
  { room: { workspace }, known, inWords }: { room: Room; known: ReadonlyMap<string, Alert>; inWords: Wording },
): AlertRow {
  const { transition, answers } = alert;
  const { id, day, night } = transition;
  return {
    ...inWords(transition),
    id,
    aboutDay: day === night ? null : day,
    told: toldInWords(alert, workspace, known).map(({ text, at, id: message, isBad }) => ({
      text,
      at: at === null ? null : writtenTime(at, workspace.timezone),
      message,
      isBad,
    })),
    answers: answers.map((answer) => ({
      text: answerInWords(answer, workspace),
      at: writtenTime(answer.at, workspace.timezone),
    })),
  };
}
