import type { StepReport } from '../../shared/core/report/report.ts';
import { type Paint, seconds } from '../format.ts';

/** "✔ zone a  launch a t4g.nano from ami-…  2.2 s", or why not. */
export function renderStep(zone: string, { step, result, tookMs }: StepReport, paint: Paint): string {
  switch (result.kind) {
    case 'done':
      return `${paint('good', '✔')} zone ${zone}  ${step}${result.made === undefined ? '' : `: ${result.made}`}  ${paint('dim', seconds(tookMs))}`;
    case 'planned':
      return `${paint('dim', '○')} zone ${zone}  would ${step}`;
    case 'failed': {
      const { code, message, advice } = result.failure;
      return `${paint('bad', '✘')} zone ${zone}  ${step}: ${code}: ${message} (${advice})`;
    }
  }
}
