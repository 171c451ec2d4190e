import { ec2 } from './ec2.ts';
import { events } from './events.ts';
import { iam, sns, sts } from './identity.ts';
import { lambda } from './lambda.ts';
import { logs } from './logs.ts';
import type { Service } from './service.ts';
import { cloudFormation } from './stacks.ts';

/** By the names that requests are signed for. */
export const services: Readonly<Record<string, Service>> = {
  cloudformation: cloudFormation,
  ec2,
  events,
  iam,
  lambda,
  logs,
  sns,
  sts,
};

/** Requests to these are signed for us-east-1, wherever they come from. */
export const globalServices: readonly string[] = ['iam', 'sts'];
