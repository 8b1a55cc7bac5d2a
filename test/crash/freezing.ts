import type { Point } from './prepared.ts';

type Request = { method: string; path: string; headers: Record<string, string> };
type Client<Answer, Options> = {
  config: { requestHandler: { handle(request: Request, options?: Options): Promise<Answer> } };
};

/** What a process does, seen from outside, up to the moment at which it stops for ever: nothing that it asks then is answered, or even sent. */
export function freezing(diesAt: Point | undefined) {
  const moments: string[] = [];
  const counts = new Map<string, number>();
  const { promise: died, resolve } = Promise.withResolvers<string>();
  let isDead = false;
  const never = new Promise<never>(() => undefined);

  const stillAlive = async (): Promise<void> => (isDead ? never : undefined);
  const pass = async (moment: string): Promise<void> => {
    if (isDead) return never;
    const ofKind = (counts.get(moment) ?? 0) + 1;
    counts.set(moment, ofKind);
    moments.push(moment);
    if (diesAt !== moments.length && diesAt !== `${moment} ${ofKind}`) return;
    isDead = true;
    resolve(moment);
    return never;
  };

  /** Lets an AWS client's requests, and their answers, pass only as long as this process lives. */
  const guard = <Answer, Options>({ config: { requestHandler } }: Client<Answer, Options>): void => {
    const handle = requestHandler.handle.bind(requestHandler);
    requestHandler.handle = async (request, options) => {
      const what = request.headers['x-amz-target']?.replace(/^.*\./, '') ?? `${request.method} ${request.path}`;
      await pass(`ask ${what}`);
      const answer = await handle(request, options);
      await pass(`answer ${what}`);
      return answer;
    };
  };
  return { moments, died, pass, stillAlive, guard };
}
export type Gate = ReturnType<typeof freezing>;
