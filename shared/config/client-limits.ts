/**
 * How many ranges and groups of clients the template's security group has rules for. CloudFormation would leave out
 * what is beyond them in silence.
 */
export const maxClientCidrs = 5;
export const maxClientSecurityGroups = 3;
