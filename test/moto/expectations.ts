import { expect, onTestFinished } from 'vitest';
import { type Deployment, type DeploymentOptions, deploy, scheduledEvent } from './deployment.ts';
import { soleInstance, type ZoneState } from './zone-state.ts';

/** A deployment that has not run yet; it ends with the test. */
export async function fresh(options?: DeploymentOptions): Promise<Deployment> {
  const deployment = await deploy(options);
  onTestFinished(() => deployment.close());
  return deployment;
}

/** A deployment whose zone has its first instance. */
export async function settled(options?: DeploymentOptions): Promise<Deployment> {
  const deployment = await fresh(options);
  const { report } = await deployment.invoke(scheduledEvent());
  expect(report.outcome).toBe('settled');
  return deployment;
}

/** The zone has one instance, and everything is aimed at it. */
export function expectServed(state: ZoneState): void {
  const { interfaceId } = soleInstance(state);
  expect(state.addressOn).toBe(interfaceId);
  expect(state.routes).toEqual([interfaceId]);
  expect(state.interfacesInUse.map((one) => one.SourceDestCheck)).toEqual([false]);
}

/** The next run finds nothing to do. */
export async function expectSettled(deployment: Deployment): Promise<void> {
  const { report, mutations } = await deployment.invoke(scheduledEvent());
  expect(report.zones.flatMap((zone) => zone.waitsFor)).toEqual([]);
  expect(mutations).toEqual([]);
  expect(report.outcome).toBe('settled');
}
