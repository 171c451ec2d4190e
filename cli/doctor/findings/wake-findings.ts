import type { DoctorFinding, Inventory, Wake } from '../inventory.ts';

/** A run takes up to a minute, and the schedule and an event may come together: one at a time is not enough. */
const leastReserved = 2;

/** What keeps a deployed controller from running: it would say nothing itself. */
export function wakeFindings({ deployment, region }: Inventory): DoctorFinding[] {
  const { wake } = deployment ?? {};
  return wake === undefined ? [] : [...scheduleFindings(wake, region), ...reservedFindings(wake, region)];
}

function scheduleFindings({ scheduleName, schedule }: Wake, region: string): DoctorFinding[] {
  if (!schedule.known) {
    return [
      {
        severity: 'note',
        resource: scheduleName,
        problem: `Whether the controller's schedule is enabled is unknown: ${schedule.detail}.`,
        fix: 'Allow yourself events:DescribeRule, and run doctor again.',
      },
    ];
  }
  const resource = scheduleName;
  const unnoticed =
    'what sends no event, such as a route that was changed or an instance that hangs, is not noticed';
  switch (schedule.state) {
    case 'enabled':
      return [];
    case 'disabled':
      return [
        {
          severity: 'error',
          resource,
          problem: `The rule that wakes the controller each minute is disabled: ${unnoticed}.`,
          fix: `aws events enable-rule --region ${region} --name ${scheduleName}`,
        },
      ];
    case 'not there':
      return [
        {
          severity: 'warning',
          resource,
          problem: `EventBridge has no rule of this name. The stack is of a version that names it otherwise, or somebody has deleted the rule: then ${unnoticed}.`,
          fix: `See which rules there are: aws events list-rules --region ${region} --name-prefix phoenat-. Whether the stack has lost one, CloudFormation's drift detection tells.`,
        },
      ];
  }
}

function reservedFindings({ functionName, reserved }: Wake, region: string): DoctorFinding[] {
  const resource = functionName;
  const free = `aws lambda delete-function-concurrency --region ${region} --function-name ${functionName}`;
  if (!reserved.known) {
    return [
      {
        severity: 'note',
        resource,
        problem: `Whether runs are reserved for the controller's function is unknown: ${reserved.detail}.`,
        fix: 'Allow yourself lambda:GetFunctionConcurrency, and run doctor again.',
      },
    ];
  }
  const { runs } = reserved;
  if (runs === undefined || runs >= leastReserved) {
    return [];
  }
  return runs === 0
    ? [
        {
          severity: 'error',
          resource,
          problem:
            'No run at all is reserved for the controller’s function, so that Lambda refuses each: nothing is healed.',
          fix: free,
        },
      ]
    : [
        {
          severity: 'warning',
          resource,
          problem:
            'One run at a time is reserved for the controller’s function: while one waits for an instance, for up to a minute, Lambda refuses those that another event wakes.',
          fix: free,
        },
      ];
}
