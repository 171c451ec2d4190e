import { secondMs } from '../../../shared/core/model/time.ts';
import { type Cell, nameOf } from '../connections/cells.ts';
import { allOf, type CellFigures, type Survival, together } from '../connections/figures.ts';
import { playCell } from '../connections/play-cell.ts';
import type { Lab } from '../network/lab.ts';
import { type HeldKind, heldKinds, listeningKinds } from '../programs/held-protocol.ts';
import type { Section } from '../report.ts';
import type { LabScenario } from './lab-scenario.ts';

/** A few of the experiments that `--survivors` makes a table of: what must hold in them. */
const death = { outageMs: 2 * secondMs, clients: 4, groups: 'clients' } as const;
const alone: Cell = { ...death, successor: 'new', keep: 'senders' };
const copied: Cell = { ...death, successor: 'copy', keep: 'senders' };
const paged: Cell = { ...death, successor: 'new', keep: 'all' };

const sending: readonly HeldKind[] = ['echo', 'upload', 'idle'];

const keepsSenders: LabScenario = {
  name: 'senders',
  about: 'a sudden death, and a new instance that knows nothing: who sends goes on',
  play: async (lab, section) => {
    const figures = await playAndShow(lab, alone, section);
    checkSenders(section, figures);
    const heard = ofKinds(figures, listeningKinds);
    section.check(
      'who only listens is lost: this measures something',
      heard.goOn < heard.total / 10,
      told(heard),
    );
  },
};

const keepsCopied: LabScenario = {
  name: 'copied',
  about: 'a sudden death, and a neighbour with a copy: all go on, from every port',
  play: async (lab, section) => {
    const figures = await playAndShow(lab, copied, section);
    const all = allOf(figures);
    section.check('99 in 100 go on, whoever sends', all.total > 0 && all.goOn >= 0.99 * all.total, told(all));
    const { changed } = figures;
    section.check(
      'those as well whose port was changed',
      changed.total > 0 && changed.goOn === changed.total,
      told(changed),
    );
  },
};

const keepsPaged: LabScenario = {
  name: 'paged',
  about: 'a sudden death, and a new instance that asks the clients: who only listens goes on too',
  play: async (lab, section) => {
    const figures = await playAndShow(lab, paged, section);
    checkSenders(section, figures);
    const heard = ofKinds(figures, listeningKinds);
    section.check(
      'who only listens goes on, 99 in 100',
      heard.total > 0 && heard.goOn >= 0.99 * heard.total,
      told(heard),
    );
  },
};

export const keeping: readonly LabScenario[] = [keepsSenders, keepsCopied, keepsPaged];

function checkSenders(section: Section, figures: CellFigures): void {
  const sent = ofKinds(figures, sending);
  section.check('who sends goes on', sent.total > 0 && sent.goOn === sent.total, told(sent));
}

async function playAndShow(lab: Lab, cell: Cell, section: Section): Promise<CellFigures> {
  const figures = await playCell(lab, cell);
  const rows = [
    ...heldKinds.map((kind) => [kind, figures.own[kind]] as const),
    ['two had the port: kept', figures.kept] as const,
    ['changed', figures.changed] as const,
  ];
  section.table(
    `Connections through ${nameOf(cell)}`,
    ['connection', 'go on', 'longest stall', 'the others'],
    rows.map(([name, survival]) => [
      name,
      told(survival),
      survival.goOn === 0 ? '' : `${survival.longestStallMs} ms`,
      Object.entries(survival.ends)
        .map(([end, count]) => `${count} ${end}`)
        .join(', '),
    ]),
  );
  return figures;
}

function ofKinds({ own }: CellFigures, kinds: readonly HeldKind[]): Survival {
  return together(kinds.map((kind) => own[kind]));
}

function told({ goOn, total }: Survival): string {
  return `${goOn} of ${total}`;
}
