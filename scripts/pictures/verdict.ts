import {
  bootingMaxMs,
  provenAgainstItsWord,
  provenByRequests,
  provenByWord,
  readingMaxAgeMs,
  upstreamByWord,
  type Verdict,
} from '../../shared/core/diagnose/verdict.ts';
import { arrow, box, renderSvg, text, wrapped } from './svg.ts';

/** A number and its unit stay on one line. */
const s = (ms: number) => `${ms / 1000}\u00a0s`;

/** What follows from each verdict; one more does not compile until it says what. */
export const verdicts: Readonly<Record<Verdict['kind'], { readonly does: string; readonly kind: string }>> = {
  unknown: { does: 'EC2’s word alone counts', kind: 'box' },
  forwards: { does: 'nothing to do', kind: 'goodbox' },
  upstream: { does: 'alarm; nothing is moved', kind: 'waitbox' },
  undecided: { does: 'ask again, once a second', kind: 'box' },
  'does-not-forward': { does: 'replaced; a neighbour carries it', kind: 'badbox' },
};

type Question = {
  readonly asks: string;
  readonly answer: 'yes' | 'no';
  readonly verdict: Verdict['kind'];
  /** Where more is to be said of it. */
  readonly does?: string;
};

/** In the order in which the code asks; each leads to a verdict, or on. */
const questions: readonly Question[] = [
  {
    asks: `Is there an answer of the probe that tells, not older than ${s(readingMaxAgeMs)}?`,
    answer: 'no',
    verdict: 'unknown',
  },
  { asks: 'Did the latest request pass?', answer: 'yes', verdict: 'forwards' },
  {
    asks: 'Do route, Elastic IP, groups and check lead to the instance, and does it run?',
    answer: 'no',
    verdict: 'unknown',
  },
  {
    asks: 'Has a neighbour lost it, do several answers of probes agree, and is it past its boot?',
    answer: 'yes',
    verdict: 'does-not-forward',
  },
  {
    asks: 'Does it say that it forwards, and has no way out or resolves no name?',
    answer: 'yes',
    verdict: 'upstream',
    does: `after ${upstreamByWord.tries} times in ${s(upstreamByWord.overMs)}; then nothing is moved`,
  },
  {
    asks: `Is it younger than ${bootingMaxMs / 60_000}\u00a0min, and has never said that it forwards?`,
    answer: 'yes',
    verdict: 'undecided',
  },
  {
    asks: `Does it say that it cannot forward, ${provenByWord.tries} times over ${s(provenByWord.overMs)}?`,
    answer: 'yes',
    verdict: 'does-not-forward',
  },
  {
    asks: `${provenByRequests.tries} failures in a row over ${s(provenByRequests.overMs)} (${s(provenAgainstItsWord.overMs)} if it says that it is well)?`,
    answer: 'yes',
    verdict: 'does-not-forward',
  },
];

const rowHeight = 74;

export function drawVerdict(): string {
  const rows = questions.flatMap(({ asks, verdict, answer, does: own }, index) => {
    const y = 56 + index * rowHeight;
    const { does, kind } = verdicts[verdict];
    const lines = wrapped(asks, 54);
    return [
      `<rect class="box" x="30" y="${y}" width="420" height="50" rx="25"/>`,
      ...lines.map((line, nth) =>
        text({ x: 240, y: y + 30 + (nth - (lines.length - 1) / 2) * 18 }, line, 'middle small'),
      ),
      arrow([
        { x: 450, y: y + 25 },
        { x: 540, y: y + 25 },
      ]),
      text({ x: 494, y: y + 18 }, answer, 'small middle soft'),
      box({ x: 542, y, w: 258, h: 50 }, [verdict, own ?? does], kind),
      arrow([
        { x: 240, y: y + 50 },
        { x: 240, y: y + rowHeight },
      ]),
      text({ x: 250, y: y + 66 }, answer === 'yes' ? 'no' : 'yes', 'small soft'),
    ];
  });
  const end = 56 + questions.length * rowHeight;
  return renderSvg({
    title: 'Does a zone’s instance forward? How the controller decides',
    description: `${questions.map(({ asks, verdict, answer }) => `${asks} ${answer}: ${verdict}`).join('. ')}. Otherwise: undecided.`,
    height: end + 100,
    body: [
      text({ x: 30, y: 32 }, 'Requests of a zone fail: what is the verdict on its instance?', 'head'),
      ...rows,
      box({ x: 111, y: end, w: 258, h: 50 }, ['undecided', verdicts.undecided.does]),
      text(
        { x: 30, y: end + 80 },
        'The first that fits holds. Numbers are the code’s own (verdict.ts). More cases: The verdict, in the architecture page.',
        'small soft',
      ),
    ],
  });
}
