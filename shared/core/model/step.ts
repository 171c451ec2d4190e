import type {
  AllocationId,
  AssociationId,
  ClientToken,
  ImageId,
  InstanceId,
  InterfaceId,
  RouteTableId,
  SecurityGroupId,
  SubnetId,
  ZoneName,
} from './ids.ts';
import type {
  Architecture,
  Cutover,
  LedBack,
  NotedStandIn,
  RefusedMove,
  RememberedRoute,
  ReplaceMark,
  RouteTarget,
  UndoneCutover,
  Watched,
} from './snapshot.ts';
import type { EpochMs } from './time.ts';

/** An interface that exists, or the one that an earlier wave of the same zone's plan makes. */
export type InterfaceRef =
  | { readonly kind: 'interface'; readonly id: InterfaceId }
  | { readonly kind: 'created' };

/** One EC2 call with one purpose. */
export type Step =
  | {
      readonly kind: 'create-interface';
      readonly zone: ZoneName;
      readonly subnetId: SubnetId;
      /** With a private address more, for another zone's Elastic IP. */
      readonly secondary?: true;
      /** Nothing is to be launched on it yet: the zone can do without it. */
      readonly isSpare?: true;
      readonly clientToken: ClientToken;
    }
  | { readonly kind: 'assign-secondary-address'; readonly interfaceId: InterfaceId }
  | { readonly kind: 'disable-source-dest-check'; readonly on: InterfaceRef }
  | {
      readonly kind: 'set-security-groups';
      readonly on: InterfaceRef;
      readonly groupIds: readonly SecurityGroupId[];
    }
  | { readonly kind: 'give-up-own-address'; readonly interfaceId: InterfaceId }
  | {
      readonly kind: 'associate-address';
      readonly allocationId: AllocationId;
      readonly to: InterfaceRef;
      /** A secondary private address of that interface: its instance stands in for the zone. Absent: the primary one. */
      readonly privateIp?: string;
      /** The routes are not moved before it has been. */
      readonly isAwaited?: true;
    }
  | {
      readonly kind: 'set-default-route';
      readonly routeTableId: RouteTableId;
      /** CreateRoute refuses an existing destination and ReplaceRoute a missing one. */
      readonly exists: boolean;
      /** An earlier wave of this plan did the same: a run beside this one may have undone it meanwhile. */
      readonly again?: true;
      readonly to: RouteTarget | { readonly kind: 'created' };
    }
  | {
      readonly kind: 'launch';
      readonly zone: ZoneName;
      readonly instanceType: string;
      /** From Spot capacity, if there is any. */
      readonly spot?: true;
      readonly image: LaunchImage;
      /** `new-interface`: made by the launch with a public address of its own, deleted with the instance. */
      readonly on:
        | InterfaceRef
        | { readonly kind: 'new-interface'; readonly subnetId: SubnetId; readonly secondary?: true };
      /** Address ranges of the other zones, and of their NAT instances, where it may have to stand in for one; what stands for the first. */
      readonly others?: {
        readonly cidrs: readonly string[];
        readonly nats: readonly string[];
        readonly mark: string;
      };
      /** Address ranges of the zone's own clients, where they may be asked whose a packet is. */
      readonly clients?: readonly string[];
      readonly clientToken: ClientToken;
      /** The private address of the instance whose place it takes: the zone's Elastic IP is on it. */
      readonly predecessorIp?: string;
    }
  | ({ readonly kind: 'note-stood-in'; readonly allocationId: AllocationId } & NotedStandIn)
  | { readonly kind: 'terminate'; readonly instanceId: InstanceId }
  | { readonly kind: 'delete-interface'; readonly interfaceId: InterfaceId }
  | { readonly kind: 'mark-for-replacement'; readonly instanceId: InstanceId; readonly mark: ReplaceMark }
  | {
      readonly kind: 'note-put-back';
      readonly instanceId: InstanceId;
      /** The youngest first. */
      readonly at: readonly EpochMs[];
    }
  | {
      readonly kind: 'note-refused-move';
      readonly instanceId: InstanceId;
      readonly refused: RefusedMove;
      /** The youngest first. */
      readonly at: readonly EpochMs[];
    }
  | { readonly kind: 'note-watched'; readonly instanceId: InstanceId; readonly watched: Watched }
  | {
      readonly kind: 'remember-route-target';
      readonly routeTableId: RouteTableId;
      readonly target: RouteTarget;
    }
  | {
      readonly kind: 'note-takeover';
      readonly routeTableId: RouteTableId;
      /** The youngest first. */
      readonly at: readonly EpochMs[];
      /** It is about to be. */
      readonly tried?: EpochMs;
      /** The takeover was undone. */
      readonly ledBack?: LedBack;
    }
  | {
      readonly kind: 'remember-image';
      readonly allocationId: AllocationId;
      readonly imageId: ImageId;
      readonly architecture: Architecture;
    }
  | {
      readonly kind: 'remember-launches';
      readonly allocationId: AllocationId;
      /** The youngest first. */
      readonly launches: readonly EpochMs[];
    }
  | { readonly kind: 'note-cutover'; readonly allocationId: AllocationId; readonly cutover: Cutover }
  | {
      readonly kind: 'note-undone-cutovers';
      readonly allocationId: AllocationId;
      /** The youngest first. */
      readonly undone: readonly UndoneCutover[];
    }
  | { readonly kind: 'pause'; readonly allocationId: AllocationId; readonly since: string }
  | { readonly kind: 'resume'; readonly allocationId: AllocationId }
  | { readonly kind: 'reset-breaker'; readonly allocationId: AllocationId; readonly at: string }
  | {
      readonly kind: 'note-route-as-found';
      readonly routeTableId: RouteTableId;
      readonly found: RememberedRoute;
    }
  | { readonly kind: 'delete-default-route'; readonly routeTableId: RouteTableId }
  | {
      readonly kind: 'take-address-off';
      readonly allocationId: AllocationId;
      readonly associationId: AssociationId;
      readonly from: InterfaceId;
    }
  | { readonly kind: 'forget-route'; readonly routeTableId: RouteTableId }
  | { readonly kind: 'forget-address'; readonly allocationId: AllocationId };

/** What the controller may plan. The rest is for the lifecycle function, when a stack is made, changed or deleted. */
export type ControllerStep = Exclude<
  Step,
  {
    kind:
      | 'note-route-as-found'
      | 'delete-default-route'
      | 'take-address-off'
      | 'forget-route'
      | 'forget-address';
  }
>;

export type LaunchImage = {
  /** From our note, where nothing else is known of it. */
  readonly noted?: true;
  readonly id: ImageId;
  readonly architecture: Architecture;
  readonly rootDeviceName: string;
};

/** A plan for one zone: waves run in order, the steps of a wave in parallel. */
export type Wave = readonly ControllerStep[];

/** Something that only time brings, and how soon it is worth looking again; for a removal, a later run may do that. */
export type Wait = { readonly detail: string; readonly pollMs: number; readonly isForRemoval?: true };

/** The calls whose last answer ends the cutover: from then on the zone's traffic goes to its new instance. */
export function isCutover({ kind }: { readonly kind: string }): boolean {
  return kind === 'associate-address' || kind === 'set-default-route';
}

/** The calls after which something is no longer there: where it is gone already, they have nothing left to do. */
export function isRemoval({ kind }: Step): boolean {
  switch (kind) {
    case 'terminate':
    case 'delete-interface':
    case 'delete-default-route':
    case 'take-address-off':
    case 'forget-route':
    case 'forget-address':
      return true;
    default:
      return false;
  }
}

/** The same for two steps that ask for the same thing. */
export function stepKey(zone: ZoneName, step: Step): string {
  return `${zone} ${JSON.stringify(whatIsAsked(step))}`;
}

/**
 * A note goes with its step: while EC2 does not show the one, the other is not written anew with another time. Nor is an
 * Elastic IP moved anew because no route waits for it any more.
 */
function whatIsAsked(step: Step): Step {
  switch (step.kind) {
    case 'associate-address': {
      const { isAwaited: _isAwaited, ...call } = step;
      return call;
    }
    case 'set-default-route': {
      const { again: _again, ...call } = step;
      return call;
    }
    case 'note-takeover':
      return {
        ...step,
        at: [],
        ...(step.tried === undefined ? {} : { tried: 0 }),
        ...sameLedBack(step.ledBack),
      };
    case 'note-put-back':
    case 'note-refused-move':
      return { ...step, at: [] };
    case 'note-stood-in':
      return { ...step, at: 0 };
    case 'note-cutover':
      return { ...step, cutover: { ...step.cutover, at: 0 } };
    default:
      return step;
  }
}

/** The same for two steps of which the later undoes the earlier: a route or an address leads to one place at a time. */
export function placeKey(zone: ZoneName, step: Step): string {
  switch (step.kind) {
    case 'set-default-route':
      return `${zone} route ${step.routeTableId}`;
    case 'associate-address':
      return `${zone} address ${step.allocationId}`;
    default:
      return stepKey(zone, step);
  }
}

function sameLedBack(ledBack: LedBack | undefined): { readonly ledBack?: LedBack } {
  return ledBack === undefined ? {} : { ledBack: { ...ledBack, at: 0 } };
}
