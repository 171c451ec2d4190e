import { createColors } from 'picocolors';
import { assertNever } from '../../../shared/core/model/assert.ts';
import { fittingTable, wrap } from '../../plain-table.ts';
import type { Terminal } from '../../session.ts';
import type { Diagnosis, DoctorFinding, FoundImages, Inventory, Severity } from '../inventory.ts';
import { type Role, type SubnetView, viewSubnets } from '../network-view.ts';
import { alikeFindings, likewise } from './alike-findings.ts';
import { shellLines } from './deploy-command.ts';
import { fixLines } from './fix-lines.ts';

type Look = Pick<Terminal, 'isColoured' | 'columns'>;

/** The inventory, the findings and the command, for a person. */
export function renderDoctor(inventory: Inventory, diagnosis: Diagnosis, look: Look): string {
  const isFirst = inventory.deployment === undefined && diagnosis.command.length > 0;
  const parts = [
    renderSummary(diagnosis, look),
    renderHead(inventory, look),
    renderSubnets(inventory, diagnosis, look),
    renderFindings(diagnosis.findings, look),
    renderCommand(inventory, diagnosis),
    isFirst ? wrap(toAdd, look.columns, '') : '',
    diagnosis.splitScript === undefined ? '' : wrap(aboutSplitting, look.columns, ''),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** What is easily missed: whoever comes from a NAT gateway has let everything through, and nobody hears of a silent alarm. */
const toAdd =
  'Worth adding to the parameters: Traffic=all where clients use more than TCP 80 and 443, as through a NAT gateway they could; and AlarmEmail=… with an address, so that somebody hears of a zone that is down.';

const aboutSplitting =
  'phoenat doctor --split prints a script that gives each zone a route table of its own. Read it, run it and ask doctor again, and the command has all zones.';

/** What it comes to, on top: how much there is to read. */
function renderSummary({ findings }: Diagnosis, look: Look): string {
  const count = (severity: Severity, what: string) => {
    const { length } = findings.filter((finding) => finding.severity === severity);
    return length === 0 ? [] : [paint(severity, look)(`${length} ${what}`)];
  };
  const parts = [...count('error', 'to mend'), ...count('warning', 'to weigh'), ...count('note', 'to know')];
  const { green } = createColors(look.isColoured);
  return [...(findings.some(({ severity }) => severity === 'error') ? [] : [green('ok')]), ...parts].join(
    ', ',
  );
}

function renderHead(inventory: Inventory, look: Look): string {
  const { vpc, region, elasticIps, internetGatewayId, natGateways, s3Endpoints, images, stack, deployment } =
    inventory;
  const { bold } = createColors(look.isColoured);
  const name = vpc.name === undefined ? '' : ` (${vpc.name})`;
  const facts: readonly (readonly [string, string])[] = [
    ['ranges', vpc.cidrs.join(', ')],
    ['internet gateway', internetGatewayId ?? 'none'],
    ['NAT gateways', natGateways.map(({ id }) => id).join(', ') || 'none'],
    ['S3 gateway endpoint', s3Endpoints.map(({ id }) => id).join(', ') || 'none'],
    ['Elastic IPs', `${elasticIps.used} used of ${elasticIps.limit ?? 'an unknown number'}`],
    ['public access', publicAccessWords(inventory)],
    ['image', imageWords(images)],
    ['stack', deployment === undefined ? `${stack}, not deployed` : `${stack}, ${deployment.status}`],
  ];
  const lines = facts.map(
    ([label, value]) => `  ${label.padEnd(20)} ${wrap(value, look.columns, ' '.repeat(23))}`,
  );
  return [bold(`${vpc.id}${name} in ${region}`), ...lines].join('\n');
}

/** Block Public Access of the account; which subnets it spares, the findings say. */
function publicAccessWords({ publicAccess: { option } }: Inventory): string {
  if (!option.known || option.mode === undefined) {
    return 'unknown';
  }
  const mode = option.mode === 'off' ? 'not blocked' : option.mode;
  return option.isOfPolicy ? `${mode}, by the organisation's declarative policy` : mode;
}

function imageWords(images: FoundImages): string {
  if (!images.known) {
    return 'unknown';
  }
  return images.chosen.map(({ id, name }) => `${id} (${name})`).join(', ') || 'none';
}

function renderSubnets(inventory: Inventory, { zones }: Diagnosis, look: Look): string {
  const { dim } = createColors(look.isColoured);
  const rows = viewSubnets(inventory).map((view) => {
    const { subnet, table } = view;
    const zone = zones.find(
      ({ publicSubnetId, privateSubnetIds }) =>
        publicSubnetId === subnet.id || privateSubnetIds.includes(subnet.id),
    );
    const named = subnet.name === undefined ? subnet.id : `${subnet.id}\n${dim(subnet.name)}`;
    const role = zone === undefined ? roleWord(view.role) : `${roleWord(view.role)}, ${zone.letter}`;
    const tableName = table === undefined ? 'none' : `${table.id}${table.main ? `\n${dim('main')}` : ''}`;
    return [subnet.availabilityZone, named, role, tableName, routeWords(view)];
  });
  if (rows.length === 0) {
    return 'The VPC has no subnets.';
  }
  const heads = ['where', 'subnet', 'role, zone', 'route table', '0.0.0.0/0'];
  return fittingTable(
    heads.map((head) => ({ head })),
    rows,
    look,
    2,
  );
}

function roleWord(role: Role): string {
  switch (role.kind) {
    case 'public':
    case 'private':
      return role.kind;
    case 'meant-public':
      return 'public?';
    case 'meant-private':
      return 'private?';
    default:
      return assertNever(role);
  }
}

function routeWords({ table }: SubnetView): string {
  const route = table?.defaultRoute;
  if (route === undefined) {
    return '-';
  }
  return route.state === 'active' ? route.target.id : `${route.target.id}\n${route.state}`;
}

function renderFindings(findings: readonly DoctorFinding[], look: Look): string {
  if (findings.length === 0) {
    return 'No problems found.';
  }
  const indent = ' '.repeat(9);
  const { bold } = createColors(look.isColoured);
  return alikeFindings(findings)
    .map(({ finding: { severity, resource, problem, fix }, others }) =>
      [
        `${paint(severity, look)(severity.padEnd(indent.length))}${bold(resource)}`,
        `${indent}${wrap(problem, look.columns, indent)}`,
        ...others.map((other) => `${indent}${wrap(likewise(other), look.columns, indent)}`),
        fixLines(fix, look.columns, indent),
      ].join('\n'),
    )
    .join('\n\n');
}

function paint(severity: Severity, { isColoured }: Look): (text: string) => string {
  const { red, yellow, cyan } = createColors(isColoured);
  switch (severity) {
    case 'error':
      return red;
    case 'warning':
      return yellow;
    case 'note':
      return cyan;
    default:
      return assertNever(severity);
  }
}

function renderCommand({ deployment }: Inventory, { command, findings }: Diagnosis): string {
  if (command.length === 0) {
    return 'No command yet: no zone could be deployed. Fix the errors and run doctor again.';
  }
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const purpose = deployment === undefined ? 'To deploy' : 'To update the stack';
  const when =
    errors === 0
      ? `${purpose}, after sam build:`
      : `${purpose}, after sam build, and once ${errors === 1 ? 'the error is' : `the ${errors} errors are`} fixed:`;
  return `${when}\n\n${shellLines(command)}`;
}
