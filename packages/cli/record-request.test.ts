import { expect, test, vi } from 'vitest';
import { recordRequest } from './record-request.ts';

vi.mock('node:os', async (original) => ({
  ...(await original<typeof import('node:os')>()),
  userInfo: () => {
    throw new Error('uv_os_get_passwd returned ENOENT');
  },
}));

test('where the machine knows no name of its user, as in a container, the number stands for it', async () => {
  vi.spyOn(process, 'getuid').mockReturnValue(12_345);
  expect(await recordRequest('members', '5', { workspace: 'acme', day: '2026-02-12' })).toEqual({
    name: 'record',
    args: {
      workspace: 'acme',
      row: { metric: 'members', value: '5', day: '2026-02-12' },
      by: 'user 12345',
    },
  });
});
