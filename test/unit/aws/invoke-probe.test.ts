import { describe, expect, it } from 'vitest';
import { createAskProbe, type Invoked, type InvokeFunction } from '../../../shared/aws/invoke-probe.ts';
import { parseId } from '../../../shared/core/model/ids.ts';
import type { AskedInstance } from '../../../shared/core/model/reading.ts';
import type { ZoneSettings } from '../../../shared/core/model/settings.ts';
import type { Clock } from '../../../shared/core/model/time.ts';
import { systemClock } from '../../../shared/system-clock.ts';
import { someSettings } from '../core/a-snapshot.ts';

const [settled] = someSettings().zones;
if (settled === undefined) throw new Error('there is no zone');
const zone: ZoneSettings = { ...settled, probe: 'phoenat-ProbeA-1a2b3c' };

function instance(digit: number, privateIp: string): AskedInstance {
  const instanceId = parseId('instance', `i-0123456789abcde${digit.toString(16)}0`);
  if (instanceId === undefined) throw new Error('no instance id');
  return { instanceId, privateIp };
}

const answer = {
  targets: [{ target: 'https://1.1.1.1/', tookMs: 12, result: { kind: 'answered', status: 200 } }],
  publicIp: '203.0.113.7',
  instances: [],
};

function invoked(payload: unknown, more: Partial<Invoked> = {}): Invoked {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return { payload: new TextEncoder().encode(text), ...more };
}

async function ask(invokeFunction: InvokeFunction, about: AskedInstance[] = [], clock: Clock = systemClock) {
  return await createAskProbe({ invokeFunction, clock, role: 'ControllerRole' })(zone, about);
}

async function askedOf(asked: ZoneSettings, options?: { readonly hurry: boolean }): Promise<unknown> {
  const payloads: unknown[] = [];
  const invokeFunction: InvokeFunction = (_name, payload) => {
    payloads.push(JSON.parse(payload));
    return Promise.resolve(invoked(answer));
  };
  await createAskProbe({ invokeFunction, clock: systemClock, role: 'ControllerRole' })(asked, [], options);
  return payloads[0];
}

async function whyOf(invokeFunction: InvokeFunction, clock?: Clock): Promise<string> {
  const outcome = await ask(invokeFunction, [], clock);
  return outcome.kind === 'unknown' ? outcome.why : `${outcome.kind}`;
}

function refusal(name: string, message: string): InvokeFunction {
  return () => Promise.reject(Object.assign(new Error(message), { name }));
}

describe('a probe', () => {
  it('sends no requests for a standby, of which they would tell nothing', async () => {
    expect(await askedOf(zone)).toEqual({ instances: [] });
    expect(await askedOf({ ...zone, standbyFor: zone.name })).toEqual({ instances: [], requests: false });
  });

  it('is told where its answer is to come within a second', async () => {
    expect(await askedOf(zone, { hurry: true })).toEqual({ instances: [], hurry: true });
    expect(await askedOf(zone, { hurry: false })).toEqual({ instances: [] });
  });

  it('is invoked by its name, and asked about instances', async () => {
    const calls: unknown[] = [];

    const outcome = await ask(
      (name, payload) => {
        calls.push([name, JSON.parse(payload)]);
        return Promise.resolve(invoked(answer));
      },
      [instance(1, '10.0.0.5'), instance(2, '10.0.0.6')],
    );

    expect(outcome).toEqual({ kind: 'answered', answer });
    expect(calls).toEqual([
      [
        'phoenat-ProbeA-1a2b3c',
        {
          instances: [
            { instanceId: 'i-0123456789abcde10', privateIp: '10.0.0.5' },
            { instanceId: 'i-0123456789abcde20', privateIp: '10.0.0.6' },
          ],
        },
      ],
    ]);
  });

  it('is asked about no address that it refuses, and about no more instances than it takes', async () => {
    let sent = '';
    const about = Array.from({ length: 12 }, (_value, index) => instance(index, `10.0.0.${index}`));

    await ask(
      (_name, payload) => {
        sent = payload;
        return Promise.resolve(invoked(answer));
      },
      [instance(15, '198.51.100.7'), ...about],
    );

    expect(JSON.parse(sent).instances).toHaveLength(8);
    expect(sent).not.toContain('198.51.100.7');
  });

  it('that is not there is unknown', async () => {
    const never: InvokeFunction = () => Promise.reject(new Error('asked'));
    const outcome = createAskProbe({ invokeFunction: never, clock: systemClock, role: 'ControllerRole' });

    expect(await outcome(settled, [])).toEqual({ kind: 'unknown', why: `zone ${settled.name} has no probe` });
  });

  it.each([
    [
      'AccessDeniedException',
      /^probe phoenat-ProbeA-1a2b3c: .*allow lambda:InvokeFunction on it in the stack's ControllerRole/,
    ],
    ['TooManyRequestsException', /"Concurrent executions"/],
    ['ThrottlingException', /asked again/],
    ['EC2ThrottledException', /asked again/],
    ['ResourceNotFoundException', /the function is gone: deploy the stack again, or set Probe=off/],
    ['ResourceNotReadyException', /connecting it to the VPC/],
    ['ResourceConflictException', /connecting it to the VPC/],
    ['SubnetIPAddressLimitReachedException', /free private addresses in the zone's first private subnet/],
    ['ENILimitReachedException', /raise the quota/],
    ['EC2AccessDeniedException', /ProbeRole/],
    ['InvalidSubnetIDException', /private subnet is gone/],
    ['InvalidSecurityGroupIDException', /security group is gone/],
    ['ServiceException', /^probe phoenat-ProbeA-1a2b3c: ServiceException: as Lambda words it$/],
  ])('that Lambda refuses with %s is unknown, and says what to do', async (name, why) => {
    expect(await whyOf(refusal(name, 'as Lambda words it'))).toMatch(why);
  });

  it.each(['text', undefined, null])('is unknown where %j is thrown', async (thrown) => {
    expect(await whyOf(() => Promise.reject(thrown))).toContain(`UnknownError: ${String(thrown)}`);
  });

  it('that does not answer is given up, and its request is ended', async () => {
    const atOnce: Clock = {
      now: () => 0,
      sleep: () => Promise.resolve(),
      after: (_ms, run) => {
        queueMicrotask(run);
        return () => undefined;
      },
    };
    let isAborted = () => false;

    const why = await whyOf((_name, _payload, { abortSignal }) => {
      isAborted = () => abortSignal.aborted;
      return new Promise(() => undefined);
    }, atOnce);

    expect(why).toMatch(
      /^probe phoenat-ProbeA-1a2b3c: TimeoutError: no answer within 5 s; it answers within 3 s/,
    );
    expect(isAborted()).toBe(true);
  });

  it('that failed is unknown, and says how', async () => {
    const failed = { errorType: 'ProbeRequestError', errorMessage: 'no list of instances', trace: [] };

    expect(await whyOf(() => Promise.resolve(invoked(failed, { functionError: 'Unhandled' })))).toBe(
      'probe phoenat-ProbeA-1a2b3c: it failed: ProbeRequestError: no list of instances; its log says more',
    );
  });

  it('that failed in no way that Lambda describes is unknown', async () => {
    expect(await whyOf(() => Promise.resolve(invoked('', { functionError: 'Unhandled' })))).toContain(
      'it failed: Unhandled',
    );
  });

  it.each([
    ['', 'no JSON'],
    ['<html>\u001b[2J', 'no JSON: <html>\\u001b[2J'],
    ['null', 'no targets and instances'],
    [`"${'x'.repeat(300_000)}"`, '300002 bytes'],
  ])('that answers with rubbish is unknown', async (payload, why) => {
    const said = await whyOf(() => Promise.resolve(invoked(payload)));

    expect(said).toContain(why);
    expect(said).toMatch(/^[ -~…]+$/);
    expect(said.length).toBeLessThan(400);
  });
});
