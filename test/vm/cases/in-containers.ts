import type { Case } from '../case.ts';
import { byName, lists } from './lists.ts';
import { ownImage } from './own-image.ts';
import { recovery, unreachable, unreachableNames } from './packages.ts';
import { plain } from './plain.ts';
import { reboot } from './reboot.ts';

export const containerCases: readonly Case[] = [
  ownImage,
  reboot,
  byName,
  plain,
  lists,
  recovery,
  unreachable,
  unreachableNames,
];
