import { DescribeRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GetFunctionConcurrencyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, it } from 'vitest';
import { wakeFindings } from '../../../../cli/doctor/findings/wake-findings.ts';
import type { DeployedStack, Deployment, Wake } from '../../../../cli/doctor/inventory.ts';
import { readWake } from '../../../../cli/doctor/reading/read-wake.ts';
import type { Session } from '../../../../cli/session.ts';
import { CommandHarness } from '../../../../simulator/harness/command-harness.ts';
import { someClients } from './a-session.ts';
import { anInventory } from './an-inventory.ts';

const well: Wake = {
  functionName: 'nat-Controller',
  scheduleName: 'phoenat-guid-every-minute',
  schedule: { known: true, state: 'enabled' },
  reserved: { known: true },
};

function found(over: Partial<Wake>) {
  const inventory = anInventory();
  const deployment = { wake: { ...well, ...over } } as Deployment;
  return wakeFindings({ ...inventory, deployment }).map(({ severity, resource, problem, fix }) => [
    severity,
    resource,
    problem,
    fix,
  ]);
}

describe('whether a deployed controller can run', () => {
  it('is not worth a word where it can', () => {
    expect(found({})).toEqual([]);
    expect(found({ reserved: { known: true, runs: 2 } })).toEqual([]);
    expect(wakeFindings(anInventory())).toEqual([]);
  });

  it.each([
    [
      { schedule: { known: true, state: 'disabled' } },
      'error',
      'phoenat-guid-every-minute',
      /is disabled: .* not noticed/,
      'aws events enable-rule --region eu-central-1 --name phoenat-guid-every-minute',
    ],
    [
      { schedule: { known: true, state: 'not there' } },
      'warning',
      'phoenat-guid-every-minute',
      /no rule of this name\. .* is not noticed/,
      expect.stringContaining('aws events list-rules --region eu-central-1'),
    ],
    [
      { schedule: { known: false, detail: 'not allowed' } },
      'note',
      'phoenat-guid-every-minute',
      /is unknown: not allowed/,
      'Allow yourself events:DescribeRule, and run doctor again.',
    ],
    [
      { reserved: { known: true, runs: 0 } },
      'error',
      'nat-Controller',
      /^No run at all .* nothing is healed/,
      'aws lambda delete-function-concurrency --region eu-central-1 --function-name nat-Controller',
    ],
    [
      { reserved: { known: true, runs: 1 } },
      'warning',
      'nat-Controller',
      /^One run at a time/,
      'aws lambda delete-function-concurrency --region eu-central-1 --function-name nat-Controller',
    ],
    [
      { reserved: { known: false, detail: 'not allowed' } },
      'note',
      'nat-Controller',
      /is unknown: not allowed/,
      'Allow yourself lambda:GetFunctionConcurrency, and run doctor again.',
    ],
  ] as const)('%j', (over, severity, resource, problem, fix) => {
    expect(found(over)).toEqual([[severity, resource, expect.stringMatching(problem), fix]]);
  });
});

describe('reading it', () => {
  const stack = {
    functionName: 'nat-Controller',
    scheduleName: 'phoenat-guid-every-minute',
  } as DeployedStack;
  const sessionOf = (aws: Session['aws']) => ({ aws }) as Session;

  it('asks for the rule and for the function', async () => {
    const eventBridge = mockClient(EventBridgeClient);
    const lambda = mockClient(LambdaClient);
    eventBridge.on(DescribeRuleCommand, { Name: stack.scheduleName }).resolves({ State: 'DISABLED' });
    lambda
      .on(GetFunctionConcurrencyCommand, { FunctionName: stack.functionName })
      .resolves({ ReservedConcurrentExecutions: 0 });
    const aws = { ...someClients(), eventBridge: new EventBridgeClient({ region: 'eu-central-1' }) };

    expect(await readWake(sessionOf(aws), stack)).toEqual({
      ...well,
      schedule: { known: true, state: 'disabled' },
      reserved: { known: true, runs: 0 },
    });
    eventBridge.restore();
    lambda.restore();
  });

  it('says what it may not know', async () => {
    const eventBridge = mockClient(EventBridgeClient);
    const lambda = mockClient(LambdaClient);
    eventBridge.rejects(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
    lambda.rejects(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
    const aws = { ...someClients(), eventBridge: new EventBridgeClient({ region: 'eu-central-1' }) };

    expect(await readWake(sessionOf(aws), stack)).toMatchObject({
      schedule: { known: false },
      reserved: { known: false },
    });
    eventBridge.restore();
    lambda.restore();
  });

  it('tells a rule that is not there from one that nobody may see', async () => {
    const eventBridge = mockClient(EventBridgeClient);
    const lambda = mockClient(LambdaClient);
    eventBridge.rejects(Object.assign(new Error('no'), { name: 'ResourceNotFoundException' }));
    lambda.on(GetFunctionConcurrencyCommand).resolves({});
    const aws = { ...someClients(), eventBridge: new EventBridgeClient({ region: 'eu-central-1' }) };

    expect((await readWake(sessionOf(aws), stack))?.schedule).toEqual({ known: true, state: 'not there' });
    eventBridge.restore();
    lambda.restore();
  });

  it('is the truth of the simulated account', async () => {
    const account = new CommandHarness();

    expect(await readWake(sessionOf(account.aws), stack)).toEqual(well);
    account.isScheduleEnabled = false;
    expect((await readWake(sessionOf(account.aws), stack))?.schedule).toEqual({
      known: true,
      state: 'disabled',
    });
  });
});
