import { InputError } from '@plumbline/core/errors';
import type { ChannelDefinition } from './channel.ts';
import { slack } from './slack/index.ts';
import { webhook } from './webhook/index.ts';

/** Every channel that a workspace may have besides mail. A new one is its folder and a line here; config, secret and grants follow. */
export const channels: readonly ChannelDefinition[] = [slack, webhook];

/** Throws InputError naming the channels there are. */
export function channelNamed(name: string): ChannelDefinition {
  const found = channels.find((channel) => channel.name === name);
  if (found) return found;
  throw new InputError(
    `there is no channel "${name}"; there are: ${channels.map((channel) => channel.name).join(', ')}`,
  );
}
