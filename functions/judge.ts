import type { SQSEvent } from 'aws-lambda';
import { judgeAndClose } from '@plumbline/night/close';
import { eachMessage } from './batch.ts';
import { onAws } from './environment.ts';
import { nightEvent } from './messages.ts';
import type { World } from './world.ts';
import { siteOf } from './world.ts';

/** Hears that a source has come in (or failed) and judges that workspace; many such events of one night in a batch are one judgement. */
export const judge = (world: World) => {
  return (event: SQSEvent) => {
    const underWay = new Map<string, Promise<boolean>>();
    return eachMessage(event, nightEvent, async ({ detail }) => {
      const site = siteOf(world, detail.metadata.workspace);
      if (!site) return;
      const key = `${detail.metadata.workspace} ${detail.data.day}`;
      const judgement = underWay.get(key) ?? judgeAndClose(site, detail.data.day);
      underWay.set(key, judgement);
      await judgement;
    });
  };
};

export const handler = onAws(judge);
