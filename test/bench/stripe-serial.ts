// A process of its own that reads the same list with one cursor, page after page, and does nothing else with it: the best such a reading can do.

const PAGE = 100;

export type SerialJob = { baseUrl: string; mostSeconds: number };
export type SerialTold = { subscriptions: number; seconds: number; isWhole: boolean };

type Page = { data: { id: string }[]; has_more: boolean };

async function read({ baseUrl, mostSeconds }: SerialJob): Promise<SerialTold> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const url = new URL(`/v1/subscriptions?status=all&limit=${PAGE}&expand[]=data.discounts`, baseUrl);
  let subscriptions = 0;
  for (;;) {
    const response = await fetch(url, { headers: { authorization: 'Bearer rk_live_bench' } });
    if (!response.ok) throw new Error(`one cursor was answered ${response.status}`);
    const { data, has_more } = (await response.json()) as Page;
    subscriptions += data.length;
    if (!has_more || seconds() > mostSeconds) return { subscriptions, seconds: seconds(), isWhole: !has_more };
    url.searchParams.set('starting_after', data.at(-1)?.id ?? '');
  }
}

process.once('message', (job: SerialJob) => {
  void read(job)
    .then((told) => process.send?.({ kind: 'told', ...told }))
    .catch((error: unknown) => process.send?.({ kind: 'failed', reason: String(error) }))
    .finally(() => process.disconnect());
});
