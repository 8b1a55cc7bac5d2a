import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom } from '@plumbline/core/day';
import type { CheckResult, Pulled, Puller } from '@plumbline/core/source';
import { dayAt, endOfDay } from '@plumbline/core/zone';
import { betterStack } from './betterstack.ts';
import { checkly } from './checkly.ts';
import type { UptimeConfig } from './index.ts';
import { observationsOf } from './observations.ts';
import type { Ports, Provider } from './provider.ts';
import { uptimeRobot } from './uptimerobot.ts';

const providers: Record<UptimeConfig['provider'], Provider> = {
  betterstack: betterStack,
  uptimerobot: uptimeRobot,
  checkly,
  // Its SDK is heavy: only who needs it waits for it.
  cloudwatch: async (ports) => (await import('./cloudwatch.ts')).cloudWatch(ports),
};

async function* pull({ from, to }: { from: Day; to: Day }, ports: Ports): AsyncIterable<Pulled> {
  const { clock, config, workspace } = ports;
  const read = await providers[config.provider](ports);
  for (const day of daysFrom(from, to)) {
    if (endOfDay(day, workspace.timezone) > clock.now()) break;
    for (const observation of observationsOf(await read(day), day, ports))
      yield { kind: 'observation', ...observation };
  }
}

async function check(ports: Ports): Promise<CheckResult> {
  const { clock, config, workspace } = ports;
  const day = addDays(dayAt(clock.now(), workspace.timezone), -1);
  const { seen } = await (await providers[config.provider](ports))(day);
  const percents = new Map(seen.map(({ monitor, percent }) => [monitor, percent]));
  const said = config.monitors.map((id) => {
    const percent = percents.get(id);
    return percent === undefined
      ? `monitor ${id} observed nothing`
      : `monitor ${id} was up ${Number(percent.toFixed(2))} %`;
  });
  return { sees: `${said.join(', ')} on ${day}`, warnings: [] };
}

export const puller: Puller<UptimeConfig> = { pull, check };
