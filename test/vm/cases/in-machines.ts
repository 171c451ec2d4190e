import type { Case } from '../case.ts';
import { flowTable, flowTableBlocked } from './flow-table.ts';
import { kernel } from './kernel.ts';

export const machineCases: readonly Case[] = [kernel, flowTable, flowTableBlocked];
