import type { Case } from '../case.ts';
import { askingClients } from './asking-clients.ts';
import { byName, lists } from './lists.ts';
import { ownImage } from './own-image.ts';
import { recovery, unreachable, unreachableNames } from './packages.ts';
import { plain } from './plain.ts';
import { reboot } from './reboot.ts';

export const containerCases: readonly Case[] = [
  askingClients,
  ownImage,
  reboot,
  byName,
  plain,
  lists,
  recovery,
  unreachable,
  unreachableNames,
];
