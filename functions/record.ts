import { createRecordApi } from '@plumbline/api/app';
import { recordBatch } from '@plumbline/night/record';
import type { LambdaEvent } from 'hono/aws-lambda';
import { handle } from 'hono/aws-lambda';
import { onAws } from './environment.ts';
import type { World } from './world.ts';

/** Takes records from callers whose key may record. */
export const record = (world: World) => {
  const answer = handle(
    createRecordApi({
      workspaces: world.workspaces,
      store: (workspace) => world.site(workspace).store,
      now: (workspace) => world.site(workspace).clock.now(),
      access: 'key',
      record: (workspace, batch, said) => recordBatch(world.site(workspace), batch, said),
    }),
  );
  return (event: LambdaEvent) => answer(event);
};

export const handler = onAws(record);
