import { InputError } from '@plumbline/core/errors';
import type { SourceDefinition } from '@plumbline/core/source';
import { ga4 } from './ga4/index.ts';
import { github } from './github/index.ts';
import { http } from './http/index.ts';
import { mixpanel } from './mixpanel/index.ts';
import { record } from './record/index.ts';
import { stripe } from './stripe/index.ts';
import { uptime } from './uptime/index.ts';

/** Every source there is. A new one is its folder and a line here; config, Lambda, queue, secret and grants follow from its definition. */
export const sources: readonly SourceDefinition[] = [stripe, ga4, mixpanel, uptime, github, http, record];

/** Throws InputError naming the sources there are. */
export function sourceNamed(name: string): SourceDefinition {
  const found = sources.find((source) => source.name === name);
  if (found) return found;
  throw new InputError(`there is no source "${name}"; there are: ${sources.map((source) => source.name).join(', ')}`);
}
