import { quote } from '../../../shared/core/model/quote.ts';
import type { Inventory } from '../inventory.ts';
import { shellWord } from '../printing/deploy-command.ts';
import type { SharedTable, TablePart } from './share-tables.ts';
import type { CopiedRoute, TableDetails } from './table-details.ts';

/**
 * A script for a POSIX shell and the AWS CLI that gives each zone's private subnets a table of their own; undefined where
 * there is nothing to split, or where the tables are a deployed stack's. It is printed and never run: it changes routing.
 *
 * A new table has all routes of the old one before a subnet is moved to it, and EC2 moves a subnet in one step
 * (ReplaceRouteTableAssociation): there is no moment without a route, and both tables lead to the same targets.
 */
export function splitScript(shared: readonly SharedTable[], inventory: Inventory): string | undefined {
  const splits = shared
    .filter(({ isDeployed }) => !isDeployed)
    .flatMap((table) => {
      const details = inventory.tableDetails?.[table.table.id];
      return details === undefined ? [] : [{ table, details }];
    });
  if (splits.length === 0) {
    return undefined;
  }
  const { region, vpc, stack } = inventory;
  const checks = splits.flatMap(({ table, details }) => checksOf(table, details));
  const moves = splits.flatMap(({ table, details }) =>
    movedParts(table).flatMap((part) => ['', ...copyFor(part, table, details, inventory)]),
  );
  return `${[
    '#!/bin/sh',
    `# Gives the private subnets of each zone in ${vpc.id} (${region}) a route table of their own.`,
    ...preamble,
    'set -eu',
    "export AWS_PAGER=''",
    `ec2() { aws ec2 "$@" --region ${shellWord(region)} --output text; }`,
    "made=''",
    `trap '[ "$?" = 0 ] || echo "Stopped. New tables:\${made:- none}. Subnets that were not moved keep their old table." >&2' EXIT`,
    '',
    '# Whether all is as it was when this was printed; nothing is changed before.',
    'same() { [ "$1" = "$2" ] || { echo "$3 is not what it was: print this script again" >&2; exit 1; }; }',
    ...checks,
    ...moves,
    '',
    `echo 'Done. Now: phoenat --stack ${stack} --region ${region} doctor --vpc ${vpc.id}'`,
  ].join('\n')}\n`;
}

const preamble = [
  '# Printed by phoenat doctor, which has run none of it. Read it first. Not for tables that Terraform, CDK or',
  '# CloudFormation has made: make the same change there, or it will be undone.',
  '# Each new table gets the routes and tags of the old one before a subnet moves to it, in one step of EC2.',
];

/** The first zone keeps the table; a main table is left to what comes later. */
function movedParts({ table, parts }: SharedTable): readonly TablePart[] {
  return table.main ? parts : parts.slice(1);
}

function checksOf(shared: SharedTable, { associations, routeCount }: TableDetails): string[] {
  const { id } = shared.table;
  const subnets = movedParts(shared).flatMap((part) => part.subnets);
  const query = (what: string) => shellWord(`length(RouteTables[0].${what})`);
  const routes = `same "$(ec2 describe-route-tables --route-table-ids ${id} --query ${query('Routes')})" ${routeCount} 'What ${id} routes'`;
  const served = subnets.map(({ subnet }) => {
    const association = associations.find(({ subnetId }) => subnetId === subnet.id);
    return association === undefined
      ? `same "$(ec2 describe-route-tables --filters Name=association.subnet-id,Values=${subnet.id} --query ${shellWord('length(RouteTables)')})" 0 'The table of ${subnet.id}'`
      : `same "$(ec2 describe-route-tables --route-table-ids ${id} --query ${query(`Associations[?RouteTableAssociationId=='${association.id}']`)})" 1 'The table of ${subnet.id}'`;
  });
  return [routes, ...served];
}

function copyFor(
  { zone, subnets }: TablePart,
  { table }: SharedTable,
  details: TableDetails,
  { vpc, gatewayEndpoints = [] }: Inventory,
): string[] {
  const endpoints = gatewayEndpoints.filter(({ routeTableIds }) => routeTableIds.includes(table.id));
  const place = subnets[0]?.subnet.availabilityZone;
  return [
    `# Zone ${zone.letter}, ${place}: a copy of ${table.id}.`,
    `new=$(ec2 create-route-table --vpc-id ${vpc.id}${tagOption(details, zone.letter)} --query RouteTable.RouteTableId)`,
    `made="$made $new"; echo "Made $new for zone ${zone.letter}, a copy of ${table.id}"`,
    ...endpoints.map(
      ({ id }) => `ec2 modify-vpc-endpoint --vpc-endpoint-id ${id} --add-route-table-ids "$new" >/dev/null`,
    ),
    ...details.propagatingGateways.map(
      (id) => `ec2 enable-vgw-route-propagation --route-table-id "$new" --gateway-id ${shellWord(id)}`,
    ),
    ...details.routes.map(routeLine),
    ...subnets.map(({ subnet }) => moveLine(subnet.id, details)),
  ];
}

function routeLine({ destination, target, isBlackhole }: CopiedRoute): string {
  if (target === undefined || isBlackhole) {
    const why = target === undefined ? 'its target is of no kind that is known here' : 'it leads nowhere now';
    return `# Not copied, since ${why}: ${quote(destination[1])} to ${quote(target?.[1] ?? 'an unknown target')}`;
  }
  const [to, where] = [destination, target].map(([option, value]) => `${option} ${shellWord(value)}`);
  return `ec2 create-route --route-table-id "$new" ${to} ${where} >/dev/null`;
}

/** A subnet without an association of its own is given one, and is served by the main table until then. */
function moveLine(subnetId: string, { associations }: TableDetails): string {
  const association = associations.find((each) => each.subnetId === subnetId);
  const move =
    association === undefined
      ? `ec2 associate-route-table --subnet-id ${subnetId} --route-table-id "$new" --query AssociationId`
      : `ec2 replace-route-table-association --association-id ${association.id} --route-table-id "$new" --query NewAssociationId`;
  return `moved=$(${move}); echo "Moved ${subnetId} to $new ($moved)"`;
}

function tagOption({ tags }: TableDetails, letter: string): string {
  const Tags = tags.map(({ key, value }) => ({
    Key: key,
    Value: key === 'Name' ? `${value.slice(0, 250)}-${letter}` : value,
  }));
  return Tags.length === 0
    ? ''
    : ` --tag-specifications ${shellWord(JSON.stringify([{ ResourceType: 'route-table', Tags }]))}`;
}
