import { allowOnly } from '../../ec2/calls.ts';
import { ServiceFault } from '../http-answer.ts';

/** What the account answers for the command alone takes these, and nothing else is ignored in silence. */
const taken: Readonly<
  Record<string, { readonly parameters: readonly string[]; readonly filters: readonly string[] }>
> = {
  DescribeVpcs: { parameters: ['Filters', 'MaxResults'], filters: ['vpc-id'] },
  DescribeInternetGateways: { parameters: ['Filters', 'MaxResults'], filters: ['attachment.vpc-id'] },
  DescribeNatGateways: { parameters: ['Filter', 'MaxResults'], filters: ['state', 'vpc-id'] },
  DescribeVpcEndpoints: {
    parameters: ['Filters', 'MaxResults'],
    filters: ['vpc-id', 'vpc-endpoint-type', 'service-name'],
  },
  DescribeAccountAttributes: { parameters: [], filters: [] },
  DescribeVpcBlockPublicAccessOptions: { parameters: [], filters: [] },
  DescribeVpcBlockPublicAccessExclusions: { parameters: ['ExclusionIds', 'MaxResults'], filters: [] },
  DescribeVpcEncryptionControls: { parameters: ['MaxResults'], filters: [] },
};

/** @throws ServiceFault, or NotSimulated for a parameter. */
export function checkFilters(action: string, input: object): void {
  if (!Object.hasOwn(taken, action)) return;
  const { parameters = [], filters = [] } = taken[action] ?? {};
  allowOnly(action, input, parameters);
  const given: unknown = Reflect.get(input, 'Filters') ?? Reflect.get(input, 'Filter') ?? [];
  for (const filter of Array.isArray(given) ? given : []) {
    const name = String(Reflect.get(Object(filter), 'Name'));
    if (!filters.includes(name)) {
      throw new ServiceFault('UnsupportedOperation', `${action}: the filter ${name} is not served here`);
    }
  }
}
