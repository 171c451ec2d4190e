import type { Case } from '../case.ts';
import { kernel } from './kernel.ts';

export const machineCases: readonly Case[] = [kernel];
