import { accountFindings } from './findings/account-findings.ts';
import { askingFindings } from './findings/asking-findings.ts';
import { encryptionFindings } from './findings/encryption-findings.ts';
import { imageFindings } from './findings/image-findings.ts';
import { placeFindings } from './findings/place-findings.ts';
import { privateFindings } from './findings/private-findings.ts';
import { publicFindings } from './findings/public-findings.ts';
import { sharedFindings } from './findings/shared-findings.ts';
import { surroundingFindings } from './findings/surrounding-findings.ts';
import { topicFindings } from './findings/topic-findings.ts';
import { wakeFindings } from './findings/wake-findings.ts';
import { deploymentFindings, proposalFindings } from './findings/zone-findings.ts';
import type { Diagnosis, DoctorFinding, Inventory, Severity } from './inventory.ts';
import { viewSubnets } from './network-view.ts';
import { deployCommand } from './printing/deploy-command.ts';
import { proposeZones } from './propose-zones.ts';
import { sharedTables, zonesAsTablesAre } from './splitting/share-tables.ts';
import { splitScript } from './splitting/split-script.ts';

const order: readonly Severity[] = ['error', 'warning', 'note'];

/** What would not work in this VPC, how to fix it, and how to deploy; `lanes`: zones in each Availability Zone. Pure. */
export function examine(inventory: Inventory, lanes = 1): Diagnosis {
  const foreign = inventory.deployment;
  if (foreign !== undefined && foreign.vpcId !== inventory.vpc.id) {
    return examineForAnotherStack(inventory, foreign.vpcId);
  }
  const views = viewSubnets(inventory);
  const proposal = proposeZones(views, inventory, lanes);
  const shared = sharedTables(views, proposal.zones, inventory);
  const zones = zonesAsTablesAre(proposal.zones, shared, inventory);
  const splitting = splitScript(shared, inventory);
  const findings: DoctorFinding[] = [
    ...publicFindings(views, inventory, zones),
    ...privateFindings(views, inventory, zones),
    ...sharedFindings(shared, inventory, zones),
    ...deploymentFindings(views, inventory),
    ...surroundingFindings(views, inventory, zones),
    ...placeFindings(views, inventory, zones),
    ...encryptionFindings(inventory),
    ...imageFindings(inventory),
    ...topicFindings(inventory),
    ...wakeFindings(inventory),
    ...accountFindings(inventory, zones),
    ...askingFindings(inventory, zones),
    ...proposalFindings(views, inventory, { ...proposal, zones }),
  ];
  return {
    findings: worstFirst(findings),
    zones,
    command: deployCommand(inventory, zones),
    ...(splitting === undefined ? {} : { splitScript: splitting }),
  };
}

/** The VPC of a stack cannot be changed: an existing stack of that name is in the way, and says nothing of this VPC. */
function examineForAnotherStack(inventory: Inventory, vpcId: string): Diagnosis {
  const { deployment: _, spot, ...without } = inventory;
  const { findings, zones } = examine(spot?.isDeployed === false ? { ...without, spot } : without);
  const inTheWay: DoctorFinding = {
    severity: 'error',
    resource: inventory.stack,
    problem: `The stack ${inventory.stack} serves ${vpcId}, and the VPC of a stack cannot be changed.`,
    fix: `Deploy a second stack for ${inventory.vpc.id}: run doctor again with --stack and another name.`,
  };
  return { findings: worstFirst([inTheWay, ...findings]), zones, command: [] };
}

function worstFirst(findings: readonly DoctorFinding[]): DoctorFinding[] {
  return [...findings].sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity));
}
