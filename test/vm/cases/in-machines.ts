import type { Case } from '../case.ts';
import { askingBlocked, askingClients } from './asking-clients.ts';
import { flowTable, flowTableBlocked } from './flow-table.ts';
import { kernel } from './kernel.ts';

export const machineCases: readonly Case[] = [
  kernel,
  flowTable,
  flowTableBlocked,
  askingClients,
  askingBlocked,
];
