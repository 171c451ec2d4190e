import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { PhoenatProvider } from '../dist/index.js';
import { artifactsDirectory } from './apps.mts';

// The app that `npm run test:cdk -- --deploy` deploys: what the README's first lines make, with outputs to look at.

const [, , outdir = 'cdk.out'] = process.argv;
const app = new App({ outdir });
const stack = new Stack(app, 'Network');
const nat = new PhoenatProvider({ artifactsDirectory });
const vpc = new Vpc(stack, 'Vpc', { natGatewayProvider: nat });
const tell = (name: string, value: string) => new CfnOutput(stack, name, { value });
for (const [index, { subnetId }] of vpc.publicSubnets.entries()) tell(`Public${index}`, subnetId);
for (const [index, { subnetId }] of vpc.privateSubnets.entries()) tell(`Private${index}`, subnetId);
for (const [index, { gatewayId }] of nat.configuredGateways.entries()) tell(`Gateway${index}`, gatewayId);
tell('Nat', nat.phoenat.stack.ref);
tell('Addresses', nat.phoenat.output('PublicAddresses'));
app.synth();
