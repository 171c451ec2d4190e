import type { EpochMs } from '../../shared/core/model/time.ts';
import { watchEvent } from '../../shared/events/watch-event.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Ec2Event } from './ec2-event.ts';
import { newId, type Region } from './region.ts';

type Body = Pick<Ec2Event, 'detail-type' | 'source' | 'resources' | 'detail'>;

function document(region: Region, body: Body): Ec2Event {
  const hex = region.random.hex('event ids', 32);
  const id = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
    '-',
  );
  return {
    version: '0',
    id,
    account: region.accountId,
    // EventBridge's `time` has whole seconds.
    time: new Date(region.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: region.name,
    ...body,
  };
}

export function stateChangeEvent(region: Region, instanceId: string, state: string): Ec2Event {
  return document(region, {
    'detail-type': 'EC2 Instance State-change Notification',
    source: 'aws.ec2',
    resources: [`arn:aws:ec2:${region.name}:${region.accountId}:instance/${instanceId}`],
    detail: { 'instance-id': instanceId, state },
  });
}

/** Spot's two warnings name the zone where the Region belongs, and no account (EC2 User Guide). */
export function spotInterruptionEvent(region: Region, instanceId: string, zone: string): Ec2Event {
  return document(region, {
    'detail-type': 'EC2 Spot Instance Interruption Warning',
    source: 'aws.ec2',
    resources: [`arn:aws:ec2:${zone}:instance/${instanceId}`],
    detail: { 'instance-id': instanceId, 'instance-action': 'terminate' },
  });
}

export function rebalanceEvent(region: Region, instanceId: string, zone: string): Ec2Event {
  return document(region, {
    'detail-type': 'EC2 Instance Rebalance Recommendation',
    source: 'aws.ec2',
    resources: [`arn:aws:ec2:${zone}:instance/${instanceId}`],
    detail: { 'instance-id': instanceId },
  });
}

export function retirementEvent(region: Region, instanceId: string, notBefore: EpochMs): Ec2Event {
  const code = 'AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED';
  const updated = new Date(region.clock.now()).toUTCString();
  const text = `EC2 has detected degradation of the underlying hardware hosting your Amazon EC2 instance ${instanceId}.`;
  return document(region, {
    'detail-type': 'AWS Health Event',
    source: 'aws.health',
    resources: [instanceId],
    detail: {
      eventArn: `arn:aws:health:${region.name}::event/EC2/${code}/${newId(region, 'instance')}`,
      service: 'EC2',
      eventTypeCode: code,
      eventTypeCategory: 'scheduledChange',
      eventScopeCode: 'ACCOUNT_SPECIFIC',
      communicationId: region.random.hex('event ids', 40),
      startTime: new Date(notBefore).toUTCString(),
      lastUpdatedTime: updated,
      statusCode: 'upcoming',
      eventRegion: region.name,
      eventDescription: [{ language: 'en_US', latestDescription: text }],
      affectedEntities: [{ entityValue: instanceId, status: 'PENDING', lastUpdatedTime: updated }],
      page: '1',
      totalPages: '1',
      affectedAccount: region.accountId,
    },
  });
}

/** What an instance says of its neighbour; whoever has captured one may say what he likes. */
export type WatchAlarm = {
  readonly stack: string;
  readonly by: string;
  readonly zone: string;
  readonly suspected: string;
  readonly seen: string;
};

export function watchAlarmEvent(region: Region, { stack, by, zone, suspected, seen }: WatchAlarm): Ec2Event {
  return document(region, {
    'detail-type': watchEvent.detailType,
    source: watchEvent.source,
    resources: [],
    detail: { stack, zone, 'instance-id': suspected, by, seen },
  });
}

/** How the events of EC2 reach their target. */
export type EventTreatment = Pick<
  Behaviour,
  'eventDelay' | 'alarmDelay' | 'duplicateEventProbability' | 'lostEventProbability'
>;

/** Hands events over as EventBridge does: late, in no promised order, at least once, now and then not at all. */
export class EventBus {
  readonly #listeners: ((event: Ec2Event) => void)[] = [];
  readonly #region: Pick<Region, 'clock' | 'random'>;
  #treatment: EventTreatment;

  constructor(region: Pick<Region, 'clock' | 'behaviour' | 'random'>) {
    this.#region = region;
    this.#treatment = region.behaviour;
  }

  change(change: Partial<EventTreatment>): void {
    this.#treatment = { ...this.#treatment, ...change };
  }

  onEvent(listener: (event: Ec2Event) => void): void {
    this.#listeners.push(listener);
  }

  publish(event: Ec2Event): void {
    const { random } = this.#region;
    const { lostEventProbability, duplicateEventProbability } = this.#treatment;
    if (random.chance('lost events', lostEventProbability)) return;
    const copies = random.chance('duplicate events', duplicateEventProbability) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) this.#deliverLate(event);
  }

  #deliverLate(event: Ec2Event): void {
    const { clock, random } = this.#region;
    const { eventDelay, alarmDelay } = this.#treatment;
    const delay = event.source === watchEvent.source ? alarmDelay : eventDelay;
    clock.at(clock.now() + random.between('event delay', delay), () => {
      for (const listener of this.#listeners) listener(event);
    });
  }
}
