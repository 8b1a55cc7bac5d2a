import { userInfo } from 'node:os';

/** The machine's user; a container may run as one without a name. */
export function whoAmI(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'without a name'}`;
  }
}
