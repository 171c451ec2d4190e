import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, it } from 'vitest';
import { follow } from '../../../cli/command/follow.ts';
import type { Progress } from '../../../cli/command/progress.ts';
import { askController } from '../../../cli/invoke-controller.ts';
import type { Session } from '../../../cli/session.ts';
import type { PhoenatStack } from '../../../cli/stack.ts';
import type { Report } from '../../../shared/core/report/report.ts';
import { clientSending } from '../../../simulator/harness/client-sending.ts';
import { now, zoneName } from '../core/a-snapshot.ts';

const iso = (ms: number) => new Date(now + ms).toISOString();

function reportOf(startedMs: number, outcome: Report['outcome']): Report {
  const a = { zone: zoneName('a'), health: 'healthy', findings: [], paused: false } as const;
  return {
    outcome,
    trigger: { kind: 'manual', detail: 'rebuild, a', at: iso(0) },
    zones: [{ ...a, routes: [], steps: [], waitsFor: [] }],
    times: { event: iso(0), started: iso(startedMs), ended: iso(1_000) },
    calls: { describe: 0, mutating: 0, failed: 0 },
  };
}

function sessionWith(aws: object): Session {
  let time = now;
  const sleep = async (ms: number) => {
    time += ms;
  };
  const clock = { now: () => time, sleep };
  return { clock, aws, terminal: { err: () => undefined } } as unknown as Session;
}

async function outcomeOf(report: Report): Promise<string | undefined> {
  const nothing = () => undefined;
  const progress: Progress = {
    begin: nothing,
    note: nothing,
    step: nothing,
    waiting: nothing,
    end: nothing,
  };
  const events = [{ timestamp: now, message: JSON.stringify({ message: 'report', report }) }];
  const session = sessionWith({ logs: clientSending(CloudWatchLogsClient, async () => ({ events })) });
  const following = { since: now, timeoutMs: 6_000, zones: ['a'], progress };
  return (await follow(session, { logGroupName: 'x' } as PhoenatStack, following))?.report.outcome;
}

describe('a rebuild that is followed', () => {
  it('ends with a run that began when it was asked for, by clocks a second apart', async () => {
    expect(await outcomeOf(reportOf(-1_000, 'settled'))).toBe('settled');
    expect(await outcomeOf(reportOf(-1_001, 'settled'))).toBeUndefined();
  });

  it('does not end with a plan of it', async () => {
    expect(await outcomeOf(reportOf(0, 'planned'))).toBeUndefined();
  });
});

describe('a controller that is busy', () => {
  it('is asked four times', async () => {
    let asked = 0;
    const send = () => {
      asked += 1;
      return Promise.reject(Object.assign(new Error('busy'), { name: 'TooManyRequestsException' }));
    };
    const answer = askController(sessionWith({ lambda: { send } }), 'controller', { action: 'status' });

    await expect(answer).rejects.toThrow('after 4 tries');
    expect(asked).toBe(4);
  });
});
