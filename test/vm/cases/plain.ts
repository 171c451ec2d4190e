import type { Case } from '../case.ts';
import { bootEnds, forwards, isMadeWhole, isWell, takesCrowds } from './claims.ts';

export const plain: Case = {
  name: 'plain',
  about: 'the defaults: it boots, forwards, answers, and bears many and slow questions',
  play: async (stage, section) => {
    await stage.machine.boot();
    await forwards(stage, section);
    await bootEnds(stage, section);
    await isMadeWhole(stage, section);
    await isWell(stage, section);
    await takesCrowds(stage, section);
  },
};
