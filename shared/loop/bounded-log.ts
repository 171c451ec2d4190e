import { runLimits } from '../core/model/worst-day.ts';
import type { Log } from './log.ts';

/** Room for the report, which is the last line and the one that counts. */
const reportBytes = runLimits.logBytes / 2;
/** What the logger adds to a line: the time, the function, the ids of the request. */
const aroundALine = 1_024;

/** A log for one run: what does not fit is left out, and said once. So is a report. */
export function boundedLog(log: Log): Log {
  let left = runLimits.logBytes - reportBytes - 2 * aroundALine;
  let isFull = false;
  return (level, message, fields) => {
    const bytes = Buffer.byteLength(JSON.stringify(fields)) + message.length + aroundALine;
    if (message === 'report') {
      const fits = bytes <= reportBytes;
      log(level, fits ? message : 'report left out', fits ? fields : { bytes, mostBytes: reportBytes });
    } else if (bytes <= left) {
      left -= bytes;
      log(level, message, fields);
    } else if (!isFull) {
      isFull = true;
      log('warn', 'further lines of this run are left out', {});
    }
  };
}
