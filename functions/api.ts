import { createApi } from '@plumbline/api/app';
import { lateNights } from '@plumbline/night/watch';
import type { LambdaEvent } from 'hono/aws-lambda';
import { handle } from 'hono/aws-lambda';
import { onAws } from './environment.ts';
import type { World } from './world.ts';

/** Answers the read API and the dashboard for callers with a key. */
export const api = (world: World) => {
  const answer = handle(
    createApi({
      workspaces: world.workspaces,
      store: (workspace) => world.site(workspace).store,
      now: (workspace) => world.site(workspace).clock.now(),
      demo: (workspace) => world.site(workspace).demo,
      completeness: (workspace) => lateNights(world.site(workspace)),
      access: 'key',
      linkKey: () => world.linkKey(),
    }),
  );
  return (event: LambdaEvent) => answer(event);
};

export const handler = onAws(api);
