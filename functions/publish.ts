import type { DynamoDBStreamEvent } from 'aws-lambda';
import { publishOutbox } from '@plumbline/night/publish';
import { workspaceOfOutbox } from '@plumbline/store/keys';
import { onAws } from './environment.ts';
import type { World } from './world.ts';
import { forEachSite } from './world.ts';

/** Follows the table's stream: whatever was put into an outbox goes onto the bus. What stayed behind is swept with the next one. */
export const publish =
  (world: World) =>
  async (event: DynamoDBStreamEvent): Promise<{ published: number }> => {
    const touched = new Set(event.Records.map((record) => workspaceOfOutbox(record.dynamodb?.Keys?.['pk']?.S ?? '')));
    const known = world.workspaces.flatMap(({ id }) => (touched.has(id) ? [id] : []));
    let published = 0;
    await forEachSite(world, known, async (site) => {
      published += await publishOutbox(site, await world.bus());
    });
    return { published };
  };

export const handler = onAws(publish);
