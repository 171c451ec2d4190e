/** That an instance type can be launched in an Availability Zone, if there is capacity. */
export type Offering = { readonly instanceType: string; readonly availabilityZone: string };
