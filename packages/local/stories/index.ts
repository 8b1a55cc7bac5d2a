import { bakhmach } from './bakhmach.ts';
import { codementor } from './codementor.ts';
import type { Story } from './story.ts';

const stories: Readonly<Record<string, () => Story>> = { bakhmach, codementor };

/** What a workspace may write after `demo:`. */
export const STORY_NAMES: readonly string[] = Object.keys(stories);

/** The story of that name, freshly told; undefined for a name that is not in STORY_NAMES. */
export const storyNamed = (name: string): Story | undefined =>
  Object.hasOwn(stories, name) ? stories[name]?.() : undefined;
